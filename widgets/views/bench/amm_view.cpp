#include "widgets/views/bench/amm_view.h"

#include <algorithm>

#include <QComboBox>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSplitter>
#include <QVBoxLayout>

#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/train/training_header.h"

namespace inlay::widgets {
namespace {

CurveSeries level(const QString& id, const QString& name, double value, double from, double to,
                  int style) {
    CurveSeries line;
    line.id = id;
    line.name = name;
    line.style = seriesStyle(style);
    line.style.dash = {2, 3};
    line.emphasis = Emphasis::Reference;
    line.label = EndLabel::NameAndValue;
    line.points = {{from, to}, {value, value}};
    return line;
}

} // namespace

AmmView::AmmView(ViewContext viewContext, QWidget* parent)
    : View(viewContext, parent) {
    build();
    connect(context().watcher, &RunWatcher::runsChanged, this, [this] { updateRun(); });
    connect(context().watcher, &RunWatcher::seriesArrived, this,
            [this](const std::vector<SeriesNews>& news) {
                if (std::any_of(news.begin(), news.end(),
                                [this](const SeriesNews& one) { return one.run == run_; }))
                    ask();
            });
}

void AmmView::build() {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    const auto line = [&] {
        auto* separator = new QFrame(this);
        separator->setProperty("separator", true);
        separator->setFixedHeight(1);
        column->addWidget(separator);
    };
    header_ = new TrainingHeader(this);
    header_->setTrains(false);
    connect(header_, &TrainingHeader::actionWanted, this,
            [this](const QString& action) { emit actionWanted(run_, action); });
    column->addWidget(header_);
    line();
    auto* bar = new QHBoxLayout;
    const int pad = scaled(measure::kViewPadding, font());
    bar->setContentsMargins(pad, scaled(4, font()), pad, scaled(4, font()));
    bar->setSpacing(scaled(measure::kGap, font()));
    const auto choice = [&](const QString& words, const QString& help) {
        auto* label = new QLabel(words, this);
        label->setProperty("role", QStringLiteral("muted"));
        auto* box = new QComboBox(this);
        box->setAccessibleName(help);
        box->setToolTip(help);
        box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
        label->setBuddy(box);
        bar->addWidget(label);
        bar->addWidget(box);
        bar->addSpacing(pad);
        connect(box, qOverload<int>(&QComboBox::activated), this, [this] { showFits(); });
        return box;
    };
    ranks_ = choice(tr("Rank"), tr("Products a tile"));
    starts_ = choice(tr("Encoders of"), tr("Start whose best encoders are shown"));
    bar->addStretch(1);
    savedWords_ = new QLabel(this);
    savedWords_->setProperty("role", QStringLiteral("muted"));
    bar->addWidget(savedWords_);
    use_ = new QPushButton(tr("Use in layers"), this);
    use_->setToolTip(tr("Put the best triple of this rank into the set-up: STL layers that begin "
                        "with it"));
    use_->setAccessibleName(use_->toolTip());
    bar->addWidget(use_);
    connect(use_, &QPushButton::clicked, this, [this] {
        if (const SavedTriple* saved = fits_.savedOf(ranks_->currentData().toLongLong()))
            emit actionWanted(run_, QStringLiteral("use triple ") + saved->artifact);
    });
    column->addLayout(bar);
    line();
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setChildrenCollapsible(false);
    auto* top = new QWidget(splitter);
    auto* row = new QHBoxLayout(top);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    curves_ = new CurvePlot(top);
    curves_->setEmptyText(tr("The errors of all starts appear here while they are fitted."));
    byRank_ = new CurvePlot(top);
    byRank_->setEmptyText(tr("A mark a rank and start appears here."));
    row->addWidget(curves_, 3);
    row->addWidget(byRank_, 2);
    splitter->addWidget(top);
    auto* bottom = new QWidget(splitter);
    auto* maps = new QHBoxLayout(bottom);
    maps->setContentsMargins(0, 0, 0, 0);
    maps->setSpacing(0);
    const QString titles[] = {tr("Encoder of X"), tr("Encoder of W"), tr("Decoder")};
    for (const QString& title : titles) {
        auto* map = new HeatMap(bottom);
        map->setTitle(title);
        map->setXAxis({tr("Element of the tile"), {}, AxisScale::Linear});
        map->setYAxis({tr("Product"), {}, AxisScale::Linear});
        map->setValues(tr("Coefficient"), {{}, 3}, AxisScale::Linear, ColorMap::Diverging);
        map->setEmptyText(tr("The best fit appears here when it has ended."));
        maps->addWidget(map, 1);
        factors_.push_back(map);
    }
    splitter->addWidget(bottom);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    column->addWidget(splitter, 1);
    for (Plot* plot : findChildren<Plot*>())
        connect(plot, &Plot::notice, this, &View::notice);
}

void AmmView::setRuns(const std::vector<engine::RunId>& runs) {
    const engine::RunId wanted = runs.empty() ? 0 : runs.front();
    if (wanted != run_) {
        run_ = wanted;
        changed_ = -1;
        fits_ = {};
        ranks_->clear();
        starts_->clear();
    }
    updateRun();
}

void AmmView::updateRun() {
    const auto table = context().watcher->runs();
    const std::ptrdiff_t row = run_ == 0 ? -1 : table->indexOf(run_);
    if (row < 0)
        return;
    const engine::RunRecord& run = table->row(static_cast<std::size_t>(row));
    header_->setRun(run);
    const QString provenance =
        tr("%1, run %2, seed %3").arg(QString::fromStdString(run.name)).arg(run.id).arg(run.seed);
    for (Plot* plot : findChildren<Plot*>())
        plot->setProvenance(provenance);
    if (run.changed != changed_) {
        changed_ = run.changed;
        ask();
    }
}

/// One question at a time: a live run changes faster than a slow store answers.
void AmmView::ask() {
    if (asking_) {
        askAgain_ = true;
        return;
    }
    asking_ = true;
    const auto answered = [this] {
        asking_ = false;
        if (askAgain_) {
            askAgain_ = false;
            ask();
        }
    };
    context().store->ask(
        this, [run = run_](engine::RunStore& store) { return readAmmFits(store, run); },
        [this, run = run_, answered](AmmFits fits) {
            if (run == run_) {
                fits_ = std::move(fits);
                showFits();
            }
            answered();
        },
        [answered](const QString&) { answered(); });
}

void AmmView::showFits() {
    for (const std::int64_t rank : fits_.ranks())
        if (ranks_->findData(static_cast<qlonglong>(rank)) < 0)
            ranks_->addItem(QString::number(rank), static_cast<qlonglong>(rank));
    QStringList starts;
    for (const AmmCurve& curve : fits_.curves)
        if (!starts.contains(curve.start))
            starts << curve.start;
    std::sort(starts.begin(), starts.end(),
              [](const QString& a, const QString& b) { return startStyle(a) < startStyle(b); });
    for (qsizetype i = 0; i < starts.size(); ++i)
        if (starts_->findData(starts[i]) < 0)
            starts_->insertItem(static_cast<int>(i), startTitle(starts[i]), starts[i]);
    const std::int64_t rank = ranks_->currentData().toLongLong();
    showCurves(rank);
    showByRank();
    showTriple(rank);
    showSaved(rank);
}

void AmmView::showSaved(std::int64_t rank) {
    const SavedTriple* saved = fits_.savedOf(rank);
    use_->setVisible(saved != nullptr);
    savedWords_->setText(saved == nullptr ? QString()
                                          : tr("Saved: from %1, error² %2")
                                                .arg(startTitle(saved->start),
                                                     QLocale().toString(saved->error, 'f', 4)));
}

void AmmView::showCurves(std::int64_t rank) {
    curves_->setTitle(tr("Squared error while fitting"),
                      tr("median, band from best to worst replicate"));
    curves_->setXAxis({tr("Step"), {}, AxisScale::Linear});
    curves_->setYAxis({tr("Squared relative error"), {{}, 4}, AxisScale::Linear});
    std::vector<CurveSeries> series;
    double last = 0;
    for (const AmmCurve& curve : fits_.curves) {
        if (curve.rank != rank || curve.median.size() == 0)
            continue;
        CurveSeries one;
        one.id = curve.start;
        one.name = startTitle(curve.start);
        one.style = seriesStyle(startStyle(curve.start));
        one.emphasis = curve.start == QLatin1String("theory") ? Emphasis::Chosen : Emphasis::Normal;
        one.label = EndLabel::NameAndValue;
        // The first steps of a random start tower over all that follows.
        std::size_t begin = 0;
        while (begin + 1 < curve.median.size() && curve.median.y[begin] > 1.2)
            ++begin;
        one.points.x.assign(curve.median.x.begin() + static_cast<std::ptrdiff_t>(begin),
                            curve.median.x.end());
        one.points.y.assign(curve.median.y.begin() + static_cast<std::ptrdiff_t>(begin),
                            curve.median.y.end());
        const std::size_t shown = std::min(begin, curve.band.x.size());
        const auto from = static_cast<std::ptrdiff_t>(shown);
        one.band.x.assign(curve.band.x.begin() + from, curve.band.x.end());
        one.band.low.assign(curve.band.low.begin() + from, curve.band.low.end());
        one.band.high.assign(curve.band.high.begin() + from, curve.band.high.end());
        last = std::max(last, curve.median.x.back());
        series.push_back(std::move(one));
    }
    if (last > 0) {
        if (fits_.tile > 0) {
            const double cube = fits_.tile * fits_.tile * fits_.tile;
            series.push_back(level(QStringLiteral("keep"), tr("keep r"),
                                   1 - static_cast<double>(rank) / cube, 0, last, 6));
        }
        if (const auto lowRank = fits_.lowRank.find(rank); lowRank != fits_.lowRank.end())
            series.push_back(
                level(QStringLiteral("low_rank"), tr("low rank"), lowRank->second, 0, last, 7));
        if (fits_.twoFour)
            series.push_back(
                level(QStringLiteral("two_four"), tr("2:4 pruning"), *fits_.twoFour, 0, last, 1));
    }
    curves_->setSeries(std::move(series));
}

void AmmView::showByRank() {
    byRank_->setTitle(tr("Error by rank"), tr("median of the replicates, now"));
    byRank_->setXAxis({tr("Products a tile, r"), {}, AxisScale::Linear});
    byRank_->setYAxis({tr("Squared relative error"), {{}, 3}, AxisScale::Linear});
    const std::vector<std::int64_t> ranks = fits_.ranks();
    std::vector<CurveSeries> series;
    for (int i = 0; i < starts_->count(); ++i) {
        const QString start = starts_->itemData(i).toString();
        CurveSeries one;
        one.id = start;
        one.name = startTitle(start);
        one.style = seriesStyle(startStyle(start));
        one.marks = PointMarks::Shown;
        one.label = EndLabel::Name;
        for (const std::int64_t rank : ranks)
            if (const AmmCurve* curve = fits_.find(start, rank);
                curve != nullptr && curve->median.size() > 0) {
                one.points.x.push_back(static_cast<double>(rank));
                one.points.y.push_back(curve->median.y.back());
            }
        if (one.points.size() > 0)
            series.push_back(std::move(one));
    }
    if (!ranks.empty() && fits_.tile > 0) {
        const double cube = fits_.tile * fits_.tile * fits_.tile;
        const auto low = static_cast<double>(std::max<std::int64_t>(1, ranks.front() - 8));
        const double high = std::min(cube, static_cast<double>(ranks.back()) + 8);
        CurveSeries keep;
        keep.id = QStringLiteral("keep");
        keep.name = tr("keep r");
        keep.style = seriesStyle(6);
        keep.style.dash = {2, 3};
        keep.emphasis = Emphasis::Reference;
        keep.points = {{low, high}, {1 - low / cube, 1 - high / cube}};
        series.push_back(std::move(keep));
        if (!fits_.lowRank.empty()) {
            CurveSeries one;
            one.id = QStringLiteral("low_rank");
            one.name = tr("low rank");
            one.style = seriesStyle(7);
            one.style.dash = {2, 3};
            one.emphasis = Emphasis::Reference;
            one.label = EndLabel::Name;
            for (const auto& [r, error] : fits_.lowRank) {
                one.points.x.push_back(static_cast<double>(r));
                one.points.y.push_back(error);
            }
            one.marks = PointMarks::Shown;
            series.push_back(std::move(one));
        }
        if (fits_.twoFour)
            series.push_back(
                level(QStringLiteral("two_four"), tr("2:4 pruning"), *fits_.twoFour, low, high, 1));
        if (fits_.twoFourTransposable)
            series.push_back(level(QStringLiteral("transposable"), tr("2:4 both ways"),
                                   *fits_.twoFourTransposable, low, high, 2));
    }
    byRank_->setSeries(std::move(series));
}

void AmmView::showTriple(std::int64_t rank) {
    const AmmCurve* curve = fits_.find(starts_->currentData().toString(), rank);
    const auto size = curve == nullptr ? std::size_t{0} : curve->triple.size() / factors_.size();
    for (std::size_t i = 0; i < factors_.size(); ++i) {
        MatrixData matrix;
        if (size > 0) {
            matrix.rows = static_cast<int>(rank);
            matrix.columns = curve->elements;
            const auto begin = curve->triple.begin() + static_cast<std::ptrdiff_t>(i * size);
            matrix.values.assign(begin, begin + static_cast<std::ptrdiff_t>(size));
        }
        factors_[i]->setData(std::move(matrix));
    }
}

} // namespace inlay::widgets

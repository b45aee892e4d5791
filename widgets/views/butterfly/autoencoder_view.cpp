#include "widgets/views/butterfly/autoencoder_view.h"

#include <algorithm>

#include <QComboBox>
#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QSplitter>
#include <QTableWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/plots/curve_plot.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/elided_label.h"
#include "widgets/views/train/training_header.h"

namespace inlay::widgets {
namespace {

enum Style { kTwoPhase = 0, kTogether = 1, kPca = 2, kBound = 3, kFixed = 4, kLevel = 6, kOne = 5 };

CurveSeries line(const QString& id, const QString& name, double value, double to, int style) {
    CurveSeries one;
    one.id = id;
    one.name = name;
    one.style = seriesStyle(style);
    one.style.dash = {2, 3};
    one.emphasis = Emphasis::Reference;
    one.label = EndLabel::NameAndValue;
    one.points = {{0, to}, {value, value}};
    return one;
}

QTableWidgetItem* cell(const QString& text) {
    auto* item = new QTableWidgetItem(text);
    item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    return item;
}

QString shareText(std::optional<double> share) {
    return share ? QLocale().toString(100 * *share, 'g', 4) + QStringLiteral(" %")
                 : QStringLiteral("–");
}

} // namespace

AutoencoderView::AutoencoderView(ViewContext viewContext, QWidget* parent)
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

void AutoencoderView::build() {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    const auto separator = [&] {
        auto* made = new QFrame(this);
        made->setProperty("separator", true);
        made->setFixedHeight(1);
        column->addWidget(made);
    };
    header_ = new TrainingHeader(this);
    header_->setTrains(false);
    connect(header_, &TrainingHeader::actionWanted, this,
            [this](const QString& action) { emit actionWanted(run_, action); });
    column->addWidget(header_);
    separator();
    auto* bar = new QHBoxLayout;
    const int pad = scaled(measure::kViewPadding, font());
    bar->setContentsMargins(pad, scaled(4, font()), pad, scaled(4, font()));
    bar->setSpacing(scaled(measure::kGap, font()));
    auto* label = new QLabel(tr("Rank k"), this);
    label->setProperty("role", QStringLiteral("muted"));
    ranks_ = new QComboBox(this);
    ranks_->setAccessibleName(tr("Width of the code"));
    ranks_->setToolTip(ranks_->accessibleName());
    ranks_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    label->setBuddy(ranks_);
    connect(ranks_, qOverload<int>(&QComboBox::activated), this, [this] {
        followsNewest_ = false;
        showFits();
    });
    bar->addWidget(label);
    bar->addWidget(ranks_);
    levels_ = new QToolButton(this);
    levels_->setText(tr("Critical levels"));
    levels_->setCheckable(true);
    levels_->setChecked(true);
    levels_->setProperty("segment", true);
    levels_->setToolTip(tr("Losses at which D and E have no gradient with the butterfly as drawn "
                           "(Theorem 1): plateaus that training may pass"));
    levels_->setAccessibleName(levels_->text());
    connect(levels_, &QToolButton::toggled, this, [this] { showFits(); });
    bar->addWidget(levels_);
    bar->addSpacing(pad);
    sizes_ = new ElidedLabel(this);
    sizes_->setProperty("role", QStringLiteral("muted"));
    bar->addWidget(sizes_, 1);
    column->addLayout(bar);
    separator();

    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setChildrenCollapsible(false);
    auto* plots = new QWidget(splitter);
    auto* row = new QHBoxLayout(plots);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    curves_ = new CurvePlot(plots);
    curves_->setEmptyText(tr("The loss appears here while the network trains."));
    byRank_ = new CurvePlot(plots);
    byRank_->setEmptyText(tr("A mark a rank appears here."));
    row->addWidget(curves_, 3);
    row->addWidget(byRank_, 2);
    splitter->addWidget(plots);
    table_ = new QTableWidget(0, 8, splitter);
    table_->setAccessibleName(tr("Losses by rank"));
    table_->setHorizontalHeaderLabels({tr("k"), tr("l kept"), tr("Encoder / dense"), tr("PCA"),
                                       tr("FJLT + PCA"), tr("Phase 1"), tr("Phase 2"),
                                       tr("Together")});
    table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table_->setSelectionMode(QAbstractItemView::NoSelection);
    table_->setFocusPolicy(Qt::TabFocus);
    table_->setFrameShape(QFrame::NoFrame);
    table_->setShowGrid(false);
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(scaled(measure::kRowHeight, font()));
    table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    table_->horizontalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
    table_->horizontalHeaderItem(2)->setToolTip(
        tr("Live weights of the butterfly and E, and of a dense encoder instead"));
    splitter->addWidget(table_);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 1);
    column->addWidget(splitter, 1);
    for (Plot* plot : findChildren<Plot*>())
        connect(plot, &Plot::notice, this, &View::notice);
}

void AutoencoderView::setRuns(const std::vector<engine::RunId>& runs) {
    const engine::RunId wanted = runs.empty() ? 0 : runs.front();
    if (wanted != run_) {
        run_ = wanted;
        changed_ = -1;
        fits_ = {};
        ranks_->clear();
        followsNewest_ = true;
    }
    updateRun();
}

void AutoencoderView::updateRun() {
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
void AutoencoderView::ask() {
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
        this, [run = run_](engine::RunStore& store) { return readAutoencoderFits(store, run); },
        [this, run = run_, answered](AutoencoderFits fits) {
            if (run == run_) {
                fits_ = std::move(fits);
                showFits();
            }
            answered();
        },
        [answered](const QString&) { answered(); });
}

void AutoencoderView::showFits() {
    for (const AutoencoderFit& fit : fits_.fits)
        if (ranks_->findData(static_cast<qlonglong>(fit.rank)) < 0)
            ranks_->addItem(QString::number(fit.rank), static_cast<qlonglong>(fit.rank));
    if (followsNewest_ && ranks_->count() > 0)
        ranks_->setCurrentIndex(ranks_->count() - 1);
    const AutoencoderFit* fit = fits_.find(ranks_->currentData().toLongLong());
    sizes_->setFullText(
        fit == nullptr ? QString()
                       : tr("%L1 outputs kept; encoder of %L2 numbers (butterfly %L3), dense %L4")
                             .arg(fit->kept)
                             .arg(fit->encoderNumbers)
                             .arg(fit->liveWeights)
                             .arg(fit->denseEncoderNumbers));
    showCurves(fit);
    showByRank();
    showTable();
}

void AutoencoderView::showCurves(const AutoencoderFit* fit) {
    curves_->setTitle(tr("Squared error while training"), tr("share of the matrix's energy"));
    curves_->setXAxis({tr("Step"), {}, AxisScale::Linear});
    curves_->setYAxis({tr("‖X − Y‖² / ‖X‖²"), {{}, 4}, AxisScale::Log});
    std::vector<CurveSeries> series;
    if (fit != nullptr && fit->twoPhase.size() + fit->together.size() > 0) {
        double last = 1;
        const auto add = [&](const char* id, const QString& name, const Points& points, int style,
                             Emphasis emphasis) {
            if (points.size() == 0)
                return;
            CurveSeries one;
            one.id = QLatin1String(id);
            one.name = name;
            one.style = seriesStyle(style);
            one.emphasis = emphasis;
            one.label = EndLabel::NameAndValue;
            one.points = points;
            last = std::max(last, points.x.back());
            series.push_back(std::move(one));
        };
        add("two_phase", tr("two phases"), fit->twoPhase, kTwoPhase, Emphasis::Chosen);
        add("together", tr("together"), fit->together, kTogether, Emphasis::Normal);
        series.push_back(line(QStringLiteral("fixed"), fixedName(), fit->fixed, last, kFixed));
        if (fits_.bounded)
            series.push_back(
                line(QStringLiteral("bound"), tr("(1 + ε) PCA"), fit->bound, last, kBound));
        series.push_back(line(QStringLiteral("pca"), tr("PCA"), fit->pca, last, kPca));
        if (levels_->isChecked())
            for (std::size_t i = 0; i < fit->levels.size(); ++i) {
                CurveSeries level;
                level.id = QStringLiteral("level %1").arg(i);
                level.name = tr("critical level %1").arg(i);
                level.style = seriesStyle(kLevel);
                level.label = EndLabel::None;
                level.raw = {{0, last}, {fit->levels[i], fit->levels[i]}}; // faintly, behind
                series.push_back(std::move(level));
            }
        curves_->setMarks({{static_cast<double>(fits_.phase1Steps), tr("phase 2")}});
    } else {
        curves_->setMarks({});
    }
    curves_->setSeries(std::move(series));
}

void AutoencoderView::showByRank() {
    byRank_->setTitle(tr("Squared error by rank"), tr("at the end of training"));
    byRank_->setXAxis({tr("Rank k"), {}, AxisScale::Log});
    byRank_->setYAxis({tr("‖X − Y‖² / ‖X‖²"), {{}, 3}, AxisScale::Log});
    std::vector<CurveSeries> series;
    const auto add = [&](const char* id, const QString& name, int style, bool isReference,
                         const auto& valueOf) {
        CurveSeries one;
        one.id = QLatin1String(id);
        one.name = name;
        one.style = seriesStyle(style);
        if (isReference)
            one.style.dash = {2, 3};
        one.emphasis = isReference ? Emphasis::Reference : Emphasis::Normal;
        one.marks = PointMarks::Shown;
        one.label = EndLabel::Name;
        std::vector<std::pair<double, double>> points;
        for (const AutoencoderFit& fit : fits_.fits)
            if (const std::optional<double> value = valueOf(fit))
                points.emplace_back(static_cast<double>(fit.rank), *value);
        std::sort(points.begin(), points.end());
        for (const auto& [x, y] : points) {
            one.points.x.push_back(x);
            one.points.y.push_back(y);
        }
        if (one.points.size() > 0)
            series.push_back(std::move(one));
    };
    using Value = std::optional<double>;
    add("pca", tr("PCA"), kPca, true, [](const AutoencoderFit& fit) { return Value(fit.pca); });
    add("fixed", fixedName(), kFixed, true,
        [](const AutoencoderFit& fit) { return Value(fit.fixed); });
    add("phase1", tr("phase 1"), kOne, false, [](const AutoencoderFit& fit) { return fit.phase1; });
    add("phase2", tr("phase 2"), kTwoPhase, false,
        [](const AutoencoderFit& fit) { return fit.phase2; });
    add("together", tr("together"), kTogether, false,
        [](const AutoencoderFit& fit) { return fit.togetherEnd; });
    byRank_->setSeries(std::move(series));
}

QString AutoencoderView::fixedName() const {
    return fits_.fjlt ? tr("FJLT + PCA") : tr("as drawn + PCA");
}

void AutoencoderView::showTable() {
    table_->horizontalHeaderItem(4)->setText(fixedName());
    table_->setRowCount(static_cast<int>(fits_.fits.size()));
    const QLocale locale;
    for (int row = 0; row < table_->rowCount(); ++row) {
        const AutoencoderFit& fit = fits_.fits[static_cast<std::size_t>(row)];
        const QString texts[] = {
            locale.toString(static_cast<qlonglong>(fit.rank)),
            locale.toString(static_cast<qlonglong>(fit.kept)),
            tr("%L1 / %L2").arg(fit.encoderNumbers).arg(fit.denseEncoderNumbers),
            shareText(fit.pca),
            shareText(fit.fixed),
            shareText(fit.phase1),
            shareText(fit.phase2),
            shareText(fit.togetherEnd)};
        int column = 0;
        for (const QString& text : texts)
            table_->setItem(row, column++, cell(text));
    }
}

} // namespace inlay::widgets

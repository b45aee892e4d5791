#include "widgets/views/butterfly/sketch_view.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <QComboBox>
#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QSplitter>
#include <QTableWidget>
#include <QVBoxLayout>

#include "widgets/plots/curve_plot.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/elided_label.h"
#include "widgets/views/train/training_header.h"

namespace inlay::widgets {
namespace {

QTableWidgetItem* cell(const QString& text, Qt::Alignment side) {
    auto* item = new QTableWidgetItem(text);
    item->setTextAlignment(side | Qt::AlignVCenter);
    return item;
}

QString numberText(std::optional<double> value) {
    return value ? QLocale().toString(*value, 'g', 4) : QStringLiteral("–");
}

} // namespace

SketchView::SketchView(ViewContext viewContext, QWidget* parent)
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

void SketchView::build() {
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
    sizes_ = choice(tr("Rows l"), tr("Rows of the sketches whose training is shown"));
    norms_ = choice(tr("Error"), tr("Which norm of what is left, above the best approximation"));
    norms_->addItem(tr("Squared norm"), static_cast<int>(SketchNorm::Squared));
    norms_->addItem(tr("Norm"), static_cast<int>(SketchNorm::Plain));
    moments_ = new ElidedLabel(this);
    moments_->setProperty("role", QStringLiteral("muted"));
    moments_->setToolTip(
        tr("Johnson-Lindenstrauss: squared lengths of one unit vector under random "
           "butterflies of l rows, and their exact moments"));
    bar->addWidget(moments_, 1);
    column->addLayout(bar);
    separator();

    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setChildrenCollapsible(false);
    auto* plots = new QWidget(splitter);
    auto* row = new QHBoxLayout(plots);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    curves_ = new CurvePlot(plots);
    curves_->setObjectName(QStringLiteral("training"));
    curves_->setEmptyText(tr("Test errors appear here while sketches are learned."));
    bySize_ = new CurvePlot(plots);
    bySize_->setObjectName(QStringLiteral("sizes"));
    bySize_->setEmptyText(tr("A mark a size and sketch appears here."));
    row->addWidget(curves_, 3);
    row->addWidget(bySize_, 2);
    splitter->addWidget(plots);
    auto* bottom = new QWidget(splitter);
    auto* figures = new QHBoxLayout(bottom);
    figures->setContentsMargins(0, 0, 0, 0);
    figures->setSpacing(0);
    table_ = new QTableWidget(0, 0, bottom);
    table_->setAccessibleName(tr("Test errors by sketch and size"));
    table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table_->setSelectionMode(QAbstractItemView::NoSelection);
    table_->setFrameShape(QFrame::NoFrame);
    table_->setShowGrid(false);
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(scaled(measure::kRowHeight, font()));
    table_->horizontalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
    lengths_ = new CurvePlot(bottom);
    lengths_->setObjectName(QStringLiteral("lengths"));
    lengths_->setEmptyText(tr("Squared lengths under random butterflies appear here."));
    figures->addWidget(table_, 3);
    figures->addWidget(lengths_, 2);
    splitter->addWidget(bottom);
    splitter->setStretchFactor(0, 3);
    splitter->setStretchFactor(1, 2);
    column->addWidget(splitter, 1);
    for (Plot* plot : findChildren<Plot*>())
        connect(plot, &Plot::notice, this, &View::notice);
}

void SketchView::setRuns(const std::vector<engine::RunId>& runs) {
    const engine::RunId wanted = runs.empty() ? 0 : runs.front();
    if (wanted != run_) {
        run_ = wanted;
        changed_ = -1;
        fits_ = {};
        sizes_->clear();
    }
    updateRun();
}

void SketchView::updateRun() {
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
void SketchView::ask() {
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
        this, [run = run_](engine::RunStore& store) { return readSketchFits(store, run); },
        [this, run = run_, answered](SketchFits fits) {
            if (run == run_) {
                fits_ = std::move(fits);
                showFits();
            }
            answered();
        },
        [answered](const QString&) { answered(); });
}

QString SketchView::errorTitle(SketchNorm norm) const {
    return norm == SketchNorm::Squared ? tr("‖X − B(X)‖² above the best")
                                       : tr("‖X − B(X)‖ above the best");
}

void SketchView::showFits() {
    for (const std::int64_t size : fits_.sizes())
        if (sizes_->findData(static_cast<qlonglong>(size)) < 0)
            sizes_->addItem(QString::number(size), static_cast<qlonglong>(size));
    const std::int64_t kept = sizes_->currentData().toLongLong();
    const auto norm = static_cast<SketchNorm>(norms_->currentData().toInt());
    QString words;
    for (const SketchLengths& one : fits_.lengths)
        if (one.kept == kept)
            words = tr("‖Jx‖² over %L1 draws: mean %2 (1), variance %3 (%4)")
                        .arg(one.draws)
                        .arg(QLocale().toString(one.mean, 'f', 3),
                             QLocale().toString(one.variance, 'g', 3),
                             QLocale().toString(one.exactVariance, 'g', 3));
    moments_->setFullText(words);
    showCurves(kept, norm);
    showBySize(norm);
    showTable(kept, norm);
    showLengths(kept);
}

/// A histogram, and the normal density of the exact mean and variance: what it tends to for large
/// l, not what it is.
void SketchView::showLengths(std::int64_t kept) {
    constexpr std::size_t kBins = 32;
    lengths_->setTitle(tr("Squared length ‖Jx‖²"), tr("random butterflies of l rows"));
    lengths_->setXAxis({tr("‖Jx‖² of a unit vector"), {{}, 3}, AxisScale::Linear});
    lengths_->setYAxis({tr("Density"), {{}, 3}, AxisScale::Linear});
    std::vector<CurveSeries> series;
    for (const SketchLengths& one : fits_.lengths) {
        if (one.kept != kept || one.drawn.size() < 2)
            continue;
        const auto [low, high] = std::minmax_element(one.drawn.begin(), one.drawn.end());
        const double from = *low;
        const double width = (static_cast<double>(*high) - from) / static_cast<double>(kBins);
        if (!(width > 0))
            continue;
        CurveSeries drawn;
        drawn.id = QStringLiteral("drawn");
        drawn.name = tr("drawn");
        drawn.style = seriesStyle(0);
        drawn.label = EndLabel::Name;
        std::vector<double> counts(kBins, 0.0);
        for (const float length : one.drawn)
            ++counts[std::min(kBins - 1, static_cast<std::size_t>((length - from) / width))];
        CurveSeries normal;
        normal.id = QStringLiteral("normal");
        normal.name = tr("normal");
        normal.style = seriesStyle(2);
        normal.style.dash = {2, 3};
        normal.emphasis = Emphasis::Reference;
        normal.label = EndLabel::Name;
        for (std::size_t b = 0; b < kBins; ++b) {
            const double x = from + (static_cast<double>(b) + 0.5) * width;
            drawn.points.x.push_back(x);
            drawn.points.y.push_back(counts[b] / (static_cast<double>(one.drawn.size()) * width));
            normal.points.x.push_back(x);
            normal.points.y.push_back(std::exp(-(x - 1) * (x - 1) / (2 * one.exactVariance)) /
                                      std::sqrt(2 * std::numbers::pi * one.exactVariance));
        }
        series.push_back(std::move(drawn));
        if (one.exactVariance > 0)
            series.push_back(std::move(normal));
    }
    lengths_->setMarks(series.empty() ? std::vector<PlotMark>{}
                                      : std::vector<PlotMark>{{1, tr("mean")}});
    lengths_->setSeries(std::move(series));
}

void SketchView::showCurves(std::int64_t kept, SketchNorm norm) {
    curves_->setTitle(tr("Test error while learning"), tr("mean over the test matrices"));
    curves_->setXAxis({tr("Step"), {}, AxisScale::Linear});
    curves_->setYAxis({errorTitle(norm), {{}, 4}, AxisScale::Log});
    std::vector<CurveSeries> series;
    double last = 0;
    for (const QString& arm : fits_.arms())
        if (const SketchCurve* found = fits_.find(arm, kept);
            found != nullptr && found->curve(norm).size() > 0) {
            CurveSeries one;
            one.id = arm;
            one.name = sketchTitle(arm);
            one.style = seriesStyle(sketchStyle(arm));
            one.emphasis = arm == QLatin1String("butterfly") ? Emphasis::Chosen : Emphasis::Normal;
            one.label = EndLabel::NameAndValue;
            one.points = found->curve(norm);
            last = std::max(last, one.points.x.back());
            series.push_back(std::move(one));
        }
    if (last > 0)
        for (const QString& arm : fits_.arms()) {
            const SketchCurve* found = fits_.find(arm, kept);
            if (found == nullptr || found->curve(norm).size() > 0 || !found->end(norm))
                continue;
            CurveSeries line;
            line.id = arm;
            line.name = sketchTitle(arm);
            line.style = seriesStyle(sketchStyle(arm));
            line.style.dash = {2, 3};
            line.emphasis = Emphasis::Reference;
            line.label = EndLabel::NameAndValue;
            line.points = {{0, last}, {*found->end(norm), *found->end(norm)}};
            series.push_back(std::move(line));
        }
    curves_->setSeries(std::move(series));
}

void SketchView::showBySize(SketchNorm norm) {
    bySize_->setTitle(tr("Test error by size"), tr("of random sketches the median"));
    bySize_->setXAxis({tr("Rows of the sketch, l"), {}, AxisScale::Linear});
    bySize_->setYAxis({errorTitle(norm), {{}, 3}, AxisScale::Log});
    std::vector<CurveSeries> series;
    for (const QString& arm : fits_.arms()) {
        CurveSeries one;
        one.id = arm;
        one.name = sketchTitle(arm);
        one.style = seriesStyle(sketchStyle(arm));
        const bool isRandom = arm.startsWith(QLatin1String("random"));
        if (isRandom)
            one.style.dash = {2, 3};
        one.emphasis = isRandom ? Emphasis::Reference : Emphasis::Normal;
        one.marks = PointMarks::Shown;
        one.label = EndLabel::Name;
        for (const std::int64_t kept : fits_.sizes())
            if (const SketchCurve* found = fits_.find(arm, kept); found && found->end(norm)) {
                one.points.x.push_back(static_cast<double>(kept));
                one.points.y.push_back(*found->end(norm));
            }
        if (one.points.size() > 0)
            series.push_back(std::move(one));
    }
    bySize_->setSeries(std::move(series));
}

void SketchView::showTable(std::int64_t kept, SketchNorm norm) {
    const std::vector<std::int64_t> sizes = fits_.sizes();
    const std::vector<QString> arms = fits_.arms();
    QStringList headers = {tr("Sketch"), tr("Numbers, l = %L1").arg(kept)};
    for (const std::int64_t size : sizes)
        headers << tr("l = %L1").arg(size);
    table_->setColumnCount(static_cast<int>(headers.size()));
    table_->setHorizontalHeaderLabels(headers);
    table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    for (const int column : {0, 1})
        table_->horizontalHeader()->setSectionResizeMode(column, QHeaderView::ResizeToContents);
    table_->horizontalHeaderItem(0)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table_->setRowCount(static_cast<int>(arms.size()));
    for (int row = 0; row < table_->rowCount(); ++row) {
        const QString& arm = arms[static_cast<std::size_t>(row)];
        table_->setItem(row, 0, cell(sketchTitle(arm), Qt::AlignLeft));
        const SketchCurve* chosen = fits_.find(arm, kept);
        table_->setItem(row, 1,
                        cell(chosen && chosen->numbers > 0
                                 ? QLocale().toString(static_cast<qlonglong>(chosen->numbers))
                                 : QStringLiteral("–"),
                             Qt::AlignRight));
        int column = 2;
        for (const std::int64_t size : sizes) {
            const SketchCurve* found = fits_.find(arm, size);
            table_->setItem(
                row, column++,
                cell(numberText(found ? found->end(norm) : std::nullopt), Qt::AlignRight));
        }
    }
}

} // namespace inlay::widgets

#include "widgets/views/train/training_view.h"

#include <algorithm>
#include <cmath>

#include <QAction>
#include <QHBoxLayout>
#include <QLocale>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTimer>

#include "engine/store/run_store.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/numbers.h"
#include "widgets/plots/readout_row.h"
#include "widgets/runs/dense_twins.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/train/event_list.h"
#include "widgets/views/train/layer_table.h"
#include "widgets/views/train/mistakes_reader.h"
#include "widgets/views/train/mistakes_strip.h"
#include "widgets/views/train/training_header.h"
#include "widgets/views/train/training_plots.h"

namespace inlay::widgets {
namespace {

constexpr int kReadoutsEveryMs = 200;
// Below this the pictures of the bottom row go behind a tab.
constexpr double kWideFrom = 700;
constexpr double kTallFrom = 640;

bool isShown(const std::string& name) {
    return name.starts_with("train/") || name.starts_with("validation/") ||
           name.starts_with("time/") || name.starts_with("gradient_norm/") ||
           name.starts_with("operator/");
}

double medianOf(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    if (values.size() % 2 == 1)
        return *middle;
    return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

QString percent(double fraction) {
    return QLocale().toString(100 * fraction, 'f', 2);
}

QString ratio(double value) {
    return QLocale().toString(value, 'f', 2);
}

} // namespace

TrainingView::TrainingView(ViewContext context, QWidget* parent)
    : View(context, parent)
    , readoutsSoon_(new QTimer(this)) {
    build();
    connect(this->context().watcher, &RunWatcher::runsChanged, this, &TrainingView::updateRun);
    connect(this->context().watcher, &RunWatcher::seriesArrived, this,
            [this](const std::vector<SeriesNews>& news) {
                plots_->take(news);
                const bool isEpoch = std::any_of(news.begin(), news.end(), [this](const auto& one) {
                    return one.run == run_ && one.name == QLatin1String("validation/accuracy");
                });
                if (isEpoch)
                    askForMistakes();
                if (!readoutsSoon_->isActive())
                    readoutsSoon_->start();
            });
    readoutsSoon_->setSingleShot(true);
    readoutsSoon_->setInterval(kReadoutsEveryMs);
    connect(readoutsSoon_, &QTimer::timeout, this, [this] {
        updateReadouts();
        layers_->setValues(plots_->book(), run_);
    });
    showEmpty();
}

TrainingView::~TrainingView() = default;

void TrainingView::build() {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    pages_ = new QStackedWidget(this);
    layout->addWidget(pages_);
    empty_ = new EmptyState(QStringLiteral("chart"), {}, {}, pages_);
    runExample_ =
        new QAction(icon(QStringLiteral("run"), IconColor::OnAccent), tr("Run the example"), this);
    connect(runExample_, &QAction::triggered, this,
            [this] { emit actionWanted(0, QStringLiteral("run example")); });
    pages_->addWidget(empty_);

    auto* page = new QWidget(pages_);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    const auto line = [&] {
        auto* separator = new QFrame(page);
        separator->setProperty("separator", true);
        separator->setFixedHeight(1);
        column->addWidget(separator);
    };
    header_ = new TrainingHeader(page);
    connect(header_, &TrainingHeader::actionWanted, this,
            [this](const QString& action) { emit actionWanted(run_, action); });
    column->addWidget(header_);
    line();
    auto* figures = new QHBoxLayout;
    figures->setContentsMargins(scaled(measure::kViewPadding, font()), 0,
                                scaled(measure::kViewPadding, font()), 0);
    readouts_ = new ReadoutRow(page);
    readouts_->setAccessibleName(tr("Key figures"));
    figures->addWidget(readouts_, 1);
    queueTwin_ = new QPushButton(tr("Train dense twin"), page);
    queueTwin_->setObjectName(QStringLiteral("queue dense twin"));
    queueTwin_->setAccessibleName(queueTwin_->text());
    queueTwin_->setToolTip(tr("No dense twin to compare with: queues the same run with dense "
                              "layers, so that speed and accuracy can be set side by side"));
    connect(queueTwin_, &QPushButton::clicked, this,
            [this] { emit actionWanted(run_, QStringLiteral("queue dense twin")); });
    figures->addWidget(queueTwin_);
    column->addLayout(figures);
    line();

    auto* splitter = new QSplitter(Qt::Vertical, page);
    splitter->setChildrenCollapsible(false);
    plots_ = new TrainingPlots(*context().store, splitter);
    connect(plots_, &TrainingPlots::notice, this, &TrainingView::notice);
    connect(plots_, &TrainingPlots::smoothingChanged, this, [this] {
        if (!readoutsSoon_->isActive())
            readoutsSoon_->start();
    });
    splitter->addWidget(plots_);
    bottom_ = new QSplitter(Qt::Horizontal, splitter);
    bottom_->setChildrenCollapsible(false);
    tabs_ = new QTabWidget(bottom_);
    tabs_->setDocumentMode(true);
    tabs_->tabBar()->setAccessibleName(tr("Details of the run"));
    layers_ = new LayerModel(this);
    layerTable_ = new LayerTable(layers_, tabs_);
    events_ = new EventList(tabs_);
    tabs_->addTab(layerTable_, tr("Layers"));
    tabs_->addTab(events_, tr("Events"));
    mistakes_ = new MistakesStrip(bottom_);
    mistakes_->setEmptyText(tr("Images the network gets wrong, with what it saw instead, appear "
                               "here after the first epoch."));
    bottom_->addWidget(tabs_);
    bottom_->addWidget(mistakes_);
    bottom_->setStretchFactor(0, 7);
    bottom_->setStretchFactor(1, 3);
    bottom_->setMinimumHeight(scaled(128, font()));
    splitter->addWidget(bottom_);
    splitter->setStretchFactor(0, 12);
    splitter->setStretchFactor(1, 6);
    splitter->setSizes({scaled(390, font()), scaled(196, font())});
    column->addWidget(splitter, 1);
    pages_->addWidget(page);
}

void TrainingView::setRuns(const std::vector<engine::RunId>& runs) {
    wanted_ = runs.empty() ? 0 : runs.front();
    updateRun();
}

void TrainingView::setBaseline(engine::RunId run) {
    baseline_ = run;
    updateRun();
}

const engine::RunRecord* TrainingView::record(engine::RunId run) const {
    const auto table = context().watcher->runs();
    const std::ptrdiff_t row = run == 0 ? -1 : table->indexOf(run);
    // The watcher keeps the snapshot until the next one is announced.
    return row < 0 ? nullptr : &table->row(static_cast<std::size_t>(row));
}

std::optional<double> TrainingView::metric(engine::RunId run, const char* name) const {
    const auto table = context().watcher->runs();
    const std::ptrdiff_t row = run == 0 ? -1 : table->indexOf(run);
    const engine::RunColumn* column = table->column(engine::RunColumn::Source::Metric, name);
    if (row < 0 || column == nullptr ||
        column->cells[static_cast<std::size_t>(row)] != engine::RunColumn::Cell::Number)
        return std::nullopt;
    return column->numbers[static_cast<std::size_t>(row)];
}

void TrainingView::showEmpty() {
    const engine::RunRecord* other = record(wanted_);
    const bool isNew = context().watcher->runs()->rowCount() == 0;
    if (other != nullptr) {
        empty_->setHeading(tr("This run trains no network"));
        empty_->setText(tr("Choose a training run in the list, or look at this one in the "
                           "comparison."));
    } else if (isNew) {
        empty_->setHeading(tr("See what a cheaper layer costs"));
        empty_->setText(tr("The example trains a small network on digits, once with structured "
                           "layers and once dense, and shows accuracy, operation count and "
                           "measured time side by side."));
    } else {
        empty_->setHeading(tr("No run chosen"));
        empty_->setText(tr("Choose a run in the list to see how it learns."));
    }
    empty_->setAction(isNew && other == nullptr ? runExample_ : nullptr);
    pages_->setCurrentIndex(0);
}

void TrainingView::updateRun() {
    const auto table = context().watcher->runs();
    const engine::RunRecord* run = record(wanted_);
    if (run == nullptr || run->kind != "train") {
        if (run_ != 0)
            follow(0, 0, false);
        showEmpty();
        return;
    }
    const auto row = static_cast<std::uint32_t>(table->indexOf(wanted_));
    const std::ptrdiff_t twinRow = DenseTwins(*table).twinOf(row);
    engine::RunId twin = 0;
    bool isBaseline = false;
    if (twinRow >= 0) {
        twin = table->row(static_cast<std::size_t>(twinRow)).id;
    } else if (baseline_ != 0 && table->indexOf(baseline_) >= 0) {
        twin = baseline_;
        isBaseline = true;
    }
    if (twin == wanted_)
        twin = 0;
    if (run_ != wanted_ || twin != twin_ || isBaseline != twinIsBaseline_)
        follow(wanted_, twin, isBaseline);
    header_->setRun(*run);
    const bool isOpen = engine::isActive(run->status);
    plots_->setExpectedEnd(isOpen && run->totalSteps > 0
                               ? std::optional<double>(static_cast<double>(run->totalSteps))
                               : std::nullopt);
    if (run->changed != changed_) {
        changed_ = run->changed;
        askForEvents();
    }
    if (!readoutsSoon_->isActive())
        readoutsSoon_->start();
    pages_->setCurrentIndex(1);
}

void TrainingView::follow(engine::RunId run, engine::RunId twin, bool twinIsBaseline) {
    const bool isOther = run != run_;
    run_ = run;
    twin_ = twin;
    twinIsBaseline_ = twinIsBaseline;
    TrainingPlots::Subject subject;
    subject.run = run;
    subject.twin = twin;
    if (const engine::RunRecord* r = record(run)) {
        subject.originMs = static_cast<double>(r->startedMs);
        plots_->setProvenance(tr("%1, run %2, seed %3, %4, %5 threads")
                                  .arg(QString::fromStdString(r->name))
                                  .arg(r->id)
                                  .arg(r->seed)
                                  .arg(QString::fromStdString(r->device))
                                  .arg(r->threads));
    }
    if (const engine::RunRecord* r = record(twin)) {
        subject.twinOriginMs = static_cast<double>(r->startedMs);
        subject.twinName = twinIsBaseline ? tr("pinned baseline") : QString();
    }
    if (isOther) {
        costs_.reset();
        costsTrouble_.clear();
        changed_ = -1;
        layers_->setLayers({});
        plots_->setLayers({}, {});
        mistakes_->setMistakes({}, {});
        readouts_->setReadouts({});
        if (run != 0) {
            askForCosts();
            askForMistakes();
        }
    }
    plots_->setSubject(subject);
    std::vector<engine::RunId> runs;
    for (const engine::RunId id : {run, twin})
        if (id != 0)
            runs.push_back(id);
    context().watcher->watchSeries(std::move(runs), isShown);
}

void TrainingView::askForCosts() {
    context().store->ask(
        this,
        [run = run_](engine::RunStore& store) {
            std::pair<std::optional<RunCosts>, QString> answer;
            try {
                if (const auto record = store.run(run))
                    answer.first = runCostsOf(record->config);
            } catch (const std::exception& error) {
                answer.second = QString::fromUtf8(error.what());
            }
            return answer;
        },
        [this, run = run_](std::pair<std::optional<RunCosts>, QString> answer) {
            if (run != run_)
                return;
            costs_ = std::move(answer.first);
            costsTrouble_ = answer.second;
            if (costs_) {
                QStringList names;
                QStringList titles;
                for (const LayerCost& layer : costs_->layers) {
                    names << QString::fromStdString(layer.name);
                    titles << layer.title;
                }
                layers_->setLayers(costs_->layers);
                plots_->setLayers(names, titles);
                plots_->setSubtitles(costs_->validationCount > 0
                                         ? tr("validation, %L1 images").arg(costs_->validationCount)
                                         : tr("no validation images"),
                                     tr("batch %L1").arg(costs_->batchSize));
            }
            updateReadouts();
            layers_->setValues(plots_->book(), run_);
        });
}

void TrainingView::askForEvents() {
    context().store->ask(
        this, [run = run_](engine::RunStore& store) { return store.events(run); },
        [this, run = run_](const std::vector<engine::EventRecord>& events) {
            if (run != run_)
                return;
            const auto warnings =
                std::count_if(events.begin(), events.end(), [](const auto& event) {
                    return event.level != engine::EventLevel::Info;
                });
            events_->setEvents(events);
            const int tab = tabs_->indexOf(events_);
            tabs_->setTabText(tab, warnings > 0 ? tr("Events (%1)").arg(warnings) : tr("Events"));
            tabs_->setTabIcon(tab, warnings > 0 ? icon(QStringLiteral("warning"), IconColor::Warn)
                                                : QIcon());
        });
}

void TrainingView::askForMistakes() {
    context().store->ask(
        this, [run = run_](engine::RunStore& store) { return readMistakes(store, run); },
        [this, run = run_](Mistakes found) {
            if (run != run_)
                return;
            const QString subtitle =
                found.images.empty() ? QString() : tr("surest first, step %L1").arg(found.step);
            mistakes_->setMistakes(std::move(found.images), subtitle);
        });
}

void TrainingView::updateReadouts() {
    const engine::RunRecord* run = record(run_);
    if (run == nullptr)
        return;
    const SeriesBook& book = plots_->book();
    const QLocale locale;
    const QString none = QStringLiteral("–");
    std::vector<Readout> all;

    Readout accuracy{tr("Validation accuracy"), none, {}, {}, Tone::Normal, {}};
    const auto validation = book.find(run_, QStringLiteral("validation/accuracy"));
    if (validation && validation->size() > 0) {
        accuracy.value = percent(validation->values.back());
        accuracy.unit = QStringLiteral("%");
        if (const auto dense = book.find(twin_, QStringLiteral("validation/accuracy"))) {
            const auto at = std::upper_bound(dense->steps.begin(), dense->steps.end(),
                                             validation->steps.back());
            if (at != dense->steps.begin())
                accuracy.secondary =
                    tr("dense %1 here")
                        .arg(percent(
                            dense
                                ->values[static_cast<std::size_t>(at - dense->steps.begin()) - 1]));
        }
    }
    all.push_back(accuracy);

    Readout loss{tr("Train loss, smoothed"), none, {}, {}, Tone::Normal, {}};
    if (const auto smoothed = plots_->smoothedLoss()) {
        loss.value = formatNumber(*smoothed, 3, locale);
        loss.unit = tr("nats");
        if (!std::isfinite(*smoothed))
            loss.tone = Tone::Bad;
    }
    all.push_back(loss);

    Readout throughput{tr("Throughput"), none, {}, {}, Tone::Normal, {}};
    const auto steps = book.find(run_, QStringLiteral("time/step_seconds"));
    std::optional<double> stepSeconds = metric(run_, "time/step_seconds");
    if (!engine::hasEnded(run->status) || !stepSeconds)
        stepSeconds =
            steps && steps->size() > 0 ? std::optional(medianOf(steps->values)) : std::nullopt;
    if (const auto rate = plots_->smoothedThroughput()) {
        throughput.value = locale.toString(*rate, 'f', *rate < 100 ? 1 : 0);
        throughput.unit = tr("images/s");
    }
    if (stepSeconds)
        throughput.secondary = tr("%1 ms a step").arg(formatNumber(1000 * *stepSeconds, 3, locale));
    all.push_back(throughput);

    const bool isDense = costs_ && costs_->isDense;
    Readout count{tr("Speed-up by count"), none, {}, {}, Tone::Normal, costsTrouble_};
    if (costs_ && std::isfinite(costs_->countRatio)) {
        count.value = ratio(costs_->countRatio);
        count.unit = QStringLiteral("×");
        count.toolTip = tr("Multiply-adds of the dense network over those of this one, forward");
    }
    all.push_back(count);

    Readout measured{tr("Speed-up measured"), none, {}, {}, Tone::Normal, {}};
    const std::optional<double> dense = metric(twin_, "time/step_seconds");
    if (twin_ != 0 && dense && stepSeconds && *stepSeconds > 0) {
        const double speedUp = *dense / *stepSeconds;
        measured.value = ratio(speedUp);
        measured.unit = QStringLiteral("×");
        measured.secondary = twinIsBaseline_ ? tr("vs. pinned baseline") : tr("vs. dense twin");
        measured.tone = speedUp < 1 ? Tone::Warn : Tone::Normal;
        measured.toolTip =
            tr("Median step time of %1 over that of this run: %2 ms over %3 ms%4")
                .arg(twinIsBaseline_ ? tr("the pinned baseline") : tr("the dense twin"))
                .arg(formatNumber(1000 * *dense, 3, locale),
                     formatNumber(1000 * *stepSeconds, 3, locale),
                     speedUp < 1 ? tr("; slower than dense") : QString());
    } else if (isDense) {
        measured.secondary = tr("this run is dense");
    } else if (twin_ == 0) {
        measured.secondary = tr("no dense twin");
    }
    all.push_back(measured);
    if (all != readouts_->readouts())
        readouts_->setReadouts(std::move(all));
    queueTwin_->setVisible(twin_ == 0 && costs_ && !isDense);
}

void TrainingView::placeMistakes() {
    const bool isWide =
        width() >= scaled(kWideFrom, font()) && height() >= scaled(kTallFrom, font());
    const int tab = tabs_->indexOf(mistakes_);
    if (isWide && tab >= 0) {
        tabs_->removeTab(tab);
        bottom_->addWidget(mistakes_);
        bottom_->setSizes({scaled(570, font()), scaled(244, font())});
        mistakes_->show();
    } else if (!isWide && tab < 0) {
        tabs_->addTab(mistakes_, tr("Mistakes"));
    }
}

void TrainingView::resizeEvent(QResizeEvent* event) {
    View::resizeEvent(event);
    placeMistakes();
}

} // namespace inlay::widgets

#include "widgets/views/ranking/active_view.h"

#include <algorithm>

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableWidget>
#include <QTabWidget>
#include <QTimer>

#include "engine/store/run_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/ranking/ask_panel.h"
#include "widgets/views/ranking/bump_chart.h"
#include "widgets/views/ranking/ranking_header.h"

namespace inlay::widgets {
namespace {

constexpr int kReadEveryMs = 300;

} // namespace

ActiveView::ActiveView(ViewContext context, QWidget* parent)
    : View(context, parent)
    , soon_(new QTimer(this)) {
    build();
    soon_->setSingleShot(true);
    soon_->setInterval(kReadEveryMs);
    connect(soon_, &QTimer::timeout, this, &ActiveView::read);
    connect(this->context().watcher, &RunWatcher::runsChanged, this, &ActiveView::updateRun);
    showEmpty();
}

QTableWidget* ActiveView::makeTable(const QStringList& headers, const QString& name) {
    auto* table = new QTableWidget(0, static_cast<int>(headers.size()), this);
    table->setHorizontalHeaderLabels(headers);
    table->setAccessibleName(name);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(scaled(measure::kRowHeight, font()));
    table->setShowGrid(false);
    table->setFrameShape(QFrame::NoFrame);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setWordWrap(false);
    return table;
}

void ActiveView::build() {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    pages_ = new QStackedWidget(this);
    layout->addWidget(pages_);
    empty_ = new EmptyState(QStringLiteral("ranking"), {}, {}, pages_);
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
    header_ = new RankingHeader(page);
    connect(header_, &RankingHeader::actionWanted, this,
            [this](const QString& action) { emit actionWanted(run_, action); });
    connect(header_, &RankingHeader::exportWanted, this, &ActiveView::exportRanking);
    column->addWidget(header_);
    line();
    auto* film = new QHBoxLayout;
    const int pad = scaled(measure::kViewPadding, font());
    film->setContentsMargins(pad, 0, pad, 0);
    strategy_ = new QComboBox(page);
    strategy_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    strategy_->setAccessibleName(tr("Strategy whose film is shown"));
    strategy_->setToolTip(strategy_->accessibleName());
    connect(strategy_, &QComboBox::currentIndexChanged, this, &ActiveView::showFilm);
    film->addWidget(strategy_);
    transport_ = new Transport(page);
    transport_->setFrameName(tr("moment"));
    connect(transport_, &Transport::indexChanged, this, &ActiveView::showMoment);
    film->addWidget(transport_, 1);
    column->addLayout(film);
    line();

    rows_ = new QSplitter(Qt::Vertical, page);
    rows_->setChildrenCollapsible(false);
    rows_->addWidget(buildTop(rows_));
    rows_->addWidget(buildBottom(rows_));
    rows_->setStretchFactor(0, 5);
    rows_->setStretchFactor(1, 5);
    column->addWidget(rows_, 1);
    pages_->addWidget(page);
}

QWidget* ActiveView::buildTop(QWidget* parent) {
    auto* top = new QSplitter(Qt::Horizontal, parent);
    top->setChildrenCollapsible(false);
    curves_ = new CurvePlot(top);
    curves_->setEmptyText(tr("Regret against labels appears here with the first replicate."));
    bump_ = new BumpChart(top);
    bump_->setEmptyText(tr("The leading items' places appear here with the first labels."));
    connect(bump_, &BumpChart::itemClicked, this, &ActiveView::chooseItem);
    connect(bump_, &BumpChart::roundClicked, this, [this](std::int64_t labels) {
        const ActiveFilm* shown = film();
        if (shown == nullptr)
            return;
        const auto at = std::lower_bound(
            shown->moments.begin(), shown->moments.end(), labels,
            [](const ActiveMoment& moment, std::int64_t wanted) { return moment.labels < wanted; });
        transport_->setIndex(static_cast<int>(at - shown->moments.begin()));
    });
    pairs_ = new HeatMap(top);
    pairs_->setSquare(true);
    pairs_->setFixedRange(Range{0, 1});
    pairs_->setValues(tr("row preferred"), {{}, 2}, AxisScale::Linear, ColorMap::Diverging);
    pairs_->setXAxis({tr("Item, in current order"), {}, AxisScale::Linear});
    pairs_->setYAxis({tr("Item"), {}, AxisScale::Linear});
    pairs_->setEmptyText(tr("The pairs asked appear here as they are answered."));
    connect(pairs_, &HeatMap::cellClicked, this, [this](int row, int) {
        if (row >= 0 && static_cast<std::size_t>(row) < detail_.ranking.size() &&
            detail_.pairs.rowSize == 1)
            chooseItem(detail_.ranking[static_cast<std::size_t>(row)].place.item);
    });
    for (Plot* plot : std::initializer_list<Plot*>{curves_, pairs_})
        connect(plot, &Plot::notice, this, &ActiveView::notice);
    top->addWidget(curves_);
    top->addWidget(bump_);
    top->addWidget(pairs_);
    top->setStretchFactor(0, 38);
    top->setStretchFactor(1, 34);
    top->setStretchFactor(2, 28);
    top->setSizes({scaled(380, font()), scaled(340, font()), scaled(280, font())});
    return top;
}

QWidget* ActiveView::buildBottom(QWidget* parent) {
    const int pad = scaled(measure::kViewPadding, font());
    bottom_ = new QSplitter(Qt::Horizontal, parent);
    bottom_->setChildrenCollapsible(false);
    resultsPane_ = new QWidget(bottom_);
    auto* resultsColumn = new QVBoxLayout(resultsPane_);
    resultsColumn->setContentsMargins(0, 0, 0, 0);
    resultsColumn->setSpacing(0);
    auto* resultsTitle = new QLabel(tr("Results, mean over replicates"), resultsPane_);
    resultsTitle->setProperty("role", QStringLiteral("title"));
    resultsTitle->setContentsMargins(pad, scaled(6, font()), pad, scaled(6, font()));
    resultsColumn->addWidget(resultsTitle);
    results_ = makeTable({tr("Strategy"), tr("Labels"), tr("Loss"), tr("Regret"), tr("Blocks")},
                         tr("Results"));
    results_->horizontalHeaderItem(2)->setToolTip(tr("Labels of all pairs that it contradicts"));
    results_->horizontalHeaderItem(3)->setToolTip(
        tr("Loss above OPT^, the smallest loss known, as a share of it"));
    results_->horizontalHeaderItem(4)->setToolTip(tr(
        "Blocks of the decomposition in the first replicate: SampleAndRank's own, for the others "
        "found with the labels they bought"));
    resultsColumn->addWidget(results_);

    auto* detailPane = new QWidget(bottom_);
    auto* column = new QVBoxLayout(detailPane);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    tabs_ = new QTabWidget(detailPane);
    tabs_->setDocumentMode(true);
    tabs_->setAccessibleName(tr("The ranking and what speaks against it"));
    ranking_ =
        makeTable({tr("Place"), tr("Item"), tr("Sure"), tr("90 %"), tr("Score")}, tr("Ranking"));
    ranking_->horizontalHeaderItem(2)->setToolTip(
        tr("Probability of the place if the others stay where they are"));
    ranking_->horizontalHeaderItem(3)->setToolTip(tr("Places that hold 90 % of it"));
    ranking_->horizontalHeaderItem(4)->setToolTip(
        tr("Bradley-Terry score (log odds, centered, penalty 0.01) with its 95 % interval"));
    connect(ranking_, &QTableWidget::cellClicked, this, [this](int row, int) {
        if (static_cast<std::size_t>(row) < detail_.ranking.size())
            chooseItem(detail_.ranking[static_cast<std::size_t>(row)].place.item);
    });
    doubt_ = makeTable({tr("Stands above"), tr("Stands below"), tr("Other way round")},
                       tr("Pairs in doubt"));
    cycles_ = makeTable({tr("Preferred"), tr("to"), tr("to"), tr("to the first")},
                        tr("Answers in a circle"));
    blocks_ = makeTable({tr("Places"), tr("Items"), tr("Kind")}, tr("Blocks"));
    annotators_ = makeTable(
        {tr("Annotator"), tr("Answers"), tr("Agrees"), tr("With the others"), tr("τ without")},
        tr("Annotators"));
    annotators_->horizontalHeaderItem(2)->setToolTip(
        tr("Share of the decided answers that the ranking agrees with"));
    annotators_->horizontalHeaderItem(3)->setToolTip(
        tr("The same for the ranking by the other annotators' answers alone"));
    annotators_->horizontalHeaderItem(4)->setToolTip(
        tr("Kendall's tau between the ranking with and without this annotator"));
    models_ = makeTable({tr("Item"), tr("Bradley-Terry"), tr("Elo"), tr("Borda"), tr("Copeland")},
                        tr("Scores by other models"));
    models_->horizontalHeaderItem(2)->setToolTip(
        tr("In the order of the answers: K 4, scale 400, from 1,000"));
    models_->horizontalHeaderItem(3)->setToolTip(tr("Wins, ties half"));
    models_->horizontalHeaderItem(4)->setToolTip(
        tr("Items beaten more often than not, even pairs half"));
    scores_ = new CurvePlot(tabs_);
    scores_->setTitle(tr("Bradley-Terry scores"), tr("band: 95 % interval"));
    scores_->setXAxis({tr("Place"), {}, AxisScale::Linear, TickStep::Whole});
    scores_->setYAxis({tr("Score, log odds"), {}, AxisScale::Linear});
    connect(scores_, &Plot::notice, this, &ActiveView::notice);
    for (QWidget* page : std::initializer_list<QWidget*>{ranking_, doubt_, cycles_, blocks_,
                                                         annotators_, scores_, models_})
        page->hide(); // until it is a tab
    column->addWidget(tabs_, 1);
    summary_ = new QLabel(detailPane);
    summary_->setProperty("role", QStringLiteral("muted"));
    summary_->setContentsMargins(pad, scaled(4, font()), pad, scaled(4, font()));
    column->addWidget(summary_);
    ask_ = new AskPanel(*context().store, bottom_);
    bottom_->addWidget(resultsPane_);
    bottom_->addWidget(detailPane);
    bottom_->addWidget(ask_);
    bottom_->setStretchFactor(0, 3);
    bottom_->setStretchFactor(1, 4);
    bottom_->setStretchFactor(2, 4);
    return bottom_;
}

void ActiveView::setRuns(const std::vector<engine::RunId>& runs) {
    wanted_ = runs.empty() ? 0 : runs.front();
    updateRun();
}

const engine::RunRecord* ActiveView::record() const {
    const auto table = context().watcher->runs();
    const std::ptrdiff_t row = wanted_ == 0 ? -1 : table->indexOf(wanted_);
    return row < 0 ? nullptr : &table->row(static_cast<std::size_t>(row));
}

void ActiveView::showEmpty() {
    empty_->setHeading(tr("No ranking chosen"));
    empty_->setText(tr("Choose a run of active ranking in the list, or set one up: strategies "
                       "against simulated labels, or your own answers, two cards at a time."));
    pages_->setCurrentIndex(0);
}

void ActiveView::updateRun() {
    const engine::RunRecord* run = record();
    if (run == nullptr || run->kind != "active_ranking") {
        run_ = 0;
        ask_->setRun(0);
        showEmpty();
        return;
    }
    if (run_ != run->id) {
        run_ = run->id;
        changed_ = -1;
        active_ = std::make_shared<ActiveRun>();
        item_ = -1;
        results_->setRowCount(0);
        curves_->clear();
        takeDetail({});
        ask_->setRun(0);
        header_->setRanksRuns(false);
        const QString provenance = tr("%1, run %2, seed %3, %4")
                                       .arg(QString::fromStdString(run->name))
                                       .arg(run->id)
                                       .arg(run->seed)
                                       .arg(QString::fromStdString(run->device));
        for (Plot* plot : std::initializer_list<Plot*>{curves_, pairs_, scores_})
            plot->setProvenance(provenance);
    }
    header_->setRun(*run, words(), !active_->films.empty());
    ask_->setListening(engine::isActive(run->status));
    pages_->setCurrentIndex(1);
    if (run->changed == changed_ || soon_->isActive() || reading_)
        return;
    if (changed_ < 0)
        read();
    else
        soon_->start();
}

void ActiveView::read() {
    const engine::RunRecord* run = record();
    if (run == nullptr || run_ == 0 || reading_)
        return;
    reading_ = true;
    changed_ = run->changed;
    context().store->ask(
        this, [id = run_](engine::RunStore& store) { return readActiveRun(store, id); },
        [this](ActiveRun active) {
            reading_ = false;
            if (active.run == run_)
                take(std::move(active));
            updateRun(); // what changed meanwhile
        },
        [this](const QString&) { reading_ = false; });
}

QString ActiveView::words() const {
    if (active_->run == 0)
        return {};
    if (active_->byPerson)
        return tr("%L1 items, by eye").arg(active_->items);
    const QString replicates = active_->replicates == 1
                                   ? tr("1 replicate")
                                   : tr("%L1 replicates").arg(active_->replicates);
    return tr("%L1 items, %2, %3").arg(active_->items).arg(active_->noise, replicates);
}

std::string ActiveView::filmed() const {
    return strategy_->currentData().toString().toStdString();
}

const ActiveFilm* ActiveView::film() const {
    const auto found = active_->films.find(filmed());
    const int index = transport_->index();
    return found == active_->films.end() || index < 0 ||
                   index >= static_cast<int>(found->second.moments.size())
               ? nullptr
               : &found->second;
}

void ActiveView::take(ActiveRun active) {
    const bool isOther = active.run != active_->run || active.strategies != active_->strategies;
    active_ = std::make_shared<const ActiveRun>(std::move(active));
    const bool byPerson = active_->byPerson;
    if (isOther) {
        const QSignalBlocker quiet(strategy_);
        strategy_->clear();
        for (const std::string& strategy : active_->strategies)
            strategy_->addItem(strategyTitle(strategy), QString::fromStdString(strategy));
        strategy_->setVisible(active_->strategies.size() > 1);
    }
    resultsPane_->setVisible(!byPerson);
    ask_->setVisible(byPerson);
    if (isOther) {
        // Questions need room for what is compared; plots of a session do with less.
        const int whole = rows_->height();
        const int top = byPerson ? (2 * whole) / 5 : (5 * whole) / 9;
        rows_->setSizes({top, whole - top});
    }
    if (isOther && !byPerson)
        bottom_->setSizes({width() / 2, width() - width() / 2, 0});
    if (byPerson) {
        ask_->setRun(active_->run);
        ask_->setThings(active_->things);
        if (isOther) {
            ask_->setFocus();
            // Names and pictures need about the same room.
            bottom_->setSizes({0, width() / 2, width() - width() / 2});
        }
    }
    if (const engine::RunRecord* run = record())
        header_->setRun(*run, words(), !active_->films.empty());
    header_->setRanksRuns(
        !active_->films.empty() &&
        std::any_of(active_->things.begin(), active_->things.end(),
                    [](const ActiveItem& thing) { return thing.run.has_value(); }));
    showCurves();
    showResults();
    showAnnotators();
    showFilm();
}

void ActiveView::showFilm() {
    const auto shown = active_->films.find(filmed());
    transport_->setCount(
        shown == active_->films.end() ? 0 : static_cast<int>(shown->second.moments.size()));
    showBlocks();
    showMoment();
}

void ActiveView::askForDetail() {
    if (film() == nullptr)
        return;
    if (detailAsking_) {
        detailStale_ = true; // the latest wish wins
        return;
    }
    detailAsking_ = true;
    detailStale_ = false;
    ActiveRequest request{active_, filmed(), static_cast<std::size_t>(transport_->index())};
    context().store->ask(
        this, [request](engine::RunStore&) { return activeDetail(request); },
        [this, run = run_](ActiveDetail detail) {
            detailAsking_ = false;
            if (run == run_)
                takeDetail(std::move(detail));
            if (detailStale_ || run != run_)
                askForDetail();
        },
        [this](const QString&) { detailAsking_ = false; });
}

void ActiveView::chooseItem(std::int64_t item) {
    item_ = item;
    bump_->setData(detail_.bump, item_);
    showRanking();
}

} // namespace inlay::widgets

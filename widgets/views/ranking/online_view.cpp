#include "widgets/views/ranking/online_view.h"

#include <algorithm>

#include <QComboBox>
#include <QHBoxLayout>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QTabWidget>
#include <QTimer>

#include "engine/store/run_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/ranking/bump_chart.h"
#include "widgets/views/ranking/figure_list.h"
#include "widgets/views/train/training_header.h"

namespace inlay::widgets {
namespace {

constexpr int kCurvesEveryMs = 150;

bool isShown(const std::string& name) {
    return name.starts_with("regret") || name.starts_with("bound/") || name.starts_with("rate/") ||
           name == "lower_bound";
}

} // namespace

OnlineView::OnlineView(ViewContext context, QWidget* parent)
    : View(context, parent)
    , soon_(new QTimer(this)) {
    build();
    connect(this->context().watcher, &RunWatcher::runsChanged, this, &OnlineView::updateRun);
    connect(this->context().watcher, &RunWatcher::seriesArrived, this,
            [this](const std::vector<SeriesNews>& news) {
                for (const SeriesNews& one : news)
                    if (one.run == run_)
                        book_.apply(one);
                if (!soon_->isActive())
                    soon_->start();
            });
    soon_->setSingleShot(true);
    soon_->setInterval(kCurvesEveryMs);
    connect(soon_, &QTimer::timeout, this, [this] {
        updateCurves();
        askForFilm();
        askForMoment();
    });
    showEmpty();
}

OnlineView::~OnlineView() = default;

QWidget* OnlineView::buildControls(QWidget* page) {
    auto* bar = new QWidget(page);
    auto* row = new QHBoxLayout(bar);
    bar->setMinimumHeight(scaled(measure::kViewHeaderHeight, font()));
    row->setContentsMargins(0, 0, scaled(measure::kViewPadding, font()), 0);
    row->setSpacing(scaled(measure::kGap, font()));
    const auto choice = [&](const QString& name, const QString& tip) {
        auto* combo = new QComboBox(bar);
        combo->setAccessibleName(name);
        combo->setToolTip(tip);
        row->addWidget(combo);
        return combo;
    };
    algorithms_ = choice(tr("Algorithm"), tr("Whose bound, ranking and pairs are shown"));
    algorithms_->setMinimumWidth(scaled(132, font()));
    scale_ = choice(tr("Scale of the regret"), tr("Axes of the regret; normalized = regret over "
                                                  "n^(3/2) times the root of tk"));
    scale_->addItems({tr("Log"), tr("Linear"), tr("Normalized")});
    connect(algorithms_, &QComboBox::currentIndexChanged, this, [this] {
        updateCurves();
        askForMoment();
    });
    connect(scale_, &QComboBox::currentIndexChanged, this, &OnlineView::updateCurves);
    export_ = new QPushButton(icon(QStringLiteral("export")), tr("Export ranking…"), bar);
    export_->setToolTip(tr("Writes the ranking of this round as CSV: rank, item, score"));
    connect(export_, &QPushButton::clicked, this, &OnlineView::exportRanking);
    row->addWidget(export_);
    return bar;
}

QWidget* OnlineView::buildTransport(QWidget* page) {
    auto* bar = new QWidget(page);
    auto* row = new QHBoxLayout(bar);
    const int pad = scaled(measure::kViewPadding, font());
    row->setContentsMargins(pad, scaled(2, font()), pad, scaled(2, font()));
    transport_ = new Transport(bar);
    transport_->setFrameName(tr("round"));
    connect(transport_, &Transport::indexChanged, this, [this] {
        updateCursor();
        askForMoment();
    });
    row->addWidget(transport_);
    return bar;
}

void OnlineView::build() {
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
    header_ = new TrainingHeader(page);
    header_->setTrains(false);
    header_->setRun({}); // only the buttons that a run will need take room
    connect(header_, &TrainingHeader::actionWanted, this,
            [this](const QString& action) { emit actionWanted(run_, action); });
    auto* head = new QHBoxLayout;
    head->setSpacing(0);
    head->addWidget(header_, 1);
    head->addWidget(buildControls(page), 0, Qt::AlignTop);
    column->addLayout(head);
    line();
    column->addWidget(buildTransport(page));
    line();
    auto* rows = new QSplitter(Qt::Vertical, page);
    rows->setChildrenCollapsible(false);
    auto* top = new QSplitter(Qt::Horizontal, rows);
    top->setChildrenCollapsible(false);
    regret_ = new CurvePlot(top);
    regret_->setEmptyText(tr("The regret of each algorithm will appear here as rounds are played, "
                             "with its bound above."));
    bump_ = new BumpChart(top);
    bump_->setEmptyText(tr("The places of the leading items will appear here as rounds are "
                           "played."));
    top->addWidget(regret_);
    top->addWidget(bump_);
    top->setStretchFactor(0, 58);
    top->setStretchFactor(1, 42);
    top->setSizes({scaled(470, font()), scaled(330, font())});
    auto* bottom = new QSplitter(Qt::Horizontal, rows);
    bottom->setChildrenCollapsible(false);
    pairs_ = new HeatMap(bottom);
    pairs_->setTitle(tr("P(u before v)"));
    pairs_->setXAxis({tr("Item v, in current order"), {{}, 4}, AxisScale::Linear});
    pairs_->setYAxis({tr("Item u"), {{}, 4}, AxisScale::Linear});
    pairs_->setValues(tr("P(u before v)"), {{}, 3}, AxisScale::Linear, ColorMap::Diverging);
    pairs_->setFixedRange(Range{0, 1});
    pairs_->setSquare(true);
    figures_ = new FigureList(bottom);
    places_ = new QTabWidget(bottom);
    places_->setDocumentMode(true);
    places_->tabBar()->setAccessibleName(tr("Where items may stand"));
    ridges_ = new RidgePlot(places_);
    ridges_->setTitle(tr("Where they may stand"), tr("each to its own height"));
    positions_ = new CurvePlot(places_);
    positions_->setXAxis({tr("Place"), {{}, 4}, AxisScale::Linear, TickStep::Whole});
    positions_->setYAxis(
        {tr("Share of drawn rankings"), {QStringLiteral("%"), 3}, AxisScale::Linear});
    bottom->addWidget(pairs_);
    bottom->addWidget(figures_);
    places_->addTab(ridges_, tr("Leading items"));
    places_->addTab(positions_, tr("One item"));
    bottom->addWidget(places_);
    bottom->setStretchFactor(0, 40);
    bottom->setStretchFactor(1, 20);
    bottom->setStretchFactor(2, 40);
    bottom->setSizes({scaled(310, font()), scaled(190, font()), scaled(300, font())});
    rows->addWidget(top);
    rows->addWidget(bottom);
    rows->setStretchFactor(0, 1);
    rows->setStretchFactor(1, 1);
    column->addWidget(rows, 1);
    pages_->addWidget(page);
    for (Plot* plot : std::initializer_list<Plot*>{regret_, pairs_, positions_, ridges_})
        connect(plot, &Plot::notice, this, &OnlineView::notice);
    connect(regret_, &CurvePlot::seriesClicked, this, [this](const QString& id) {
        if (!film_)
            return;
        for (std::size_t i = 0; i < film_->algorithms.size(); ++i)
            if (film_->algorithms[i].id == id)
                algorithms_->setCurrentIndex(static_cast<int>(i));
    });
    const auto chooseItem = [this](std::int64_t item) {
        item_ = item;
        askForMoment();
    };
    connect(bump_, &BumpChart::itemClicked, this, chooseItem);
    connect(ridges_, &RidgePlot::itemClicked, this, chooseItem);
    connect(pairs_, &HeatMap::cellClicked, this, [this, chooseItem](int row, int) {
        if (moment_ && row >= 0 && static_cast<std::size_t>(row) < moment_->order.size() &&
            pairs_->data().rowSize == 1)
            chooseItem(moment_->order[static_cast<std::size_t>(row)]);
    });
    connect(bump_, &BumpChart::roundClicked, this, [this](std::int64_t round) {
        if (film_)
            transport_->setIndex(static_cast<int>(
                std::lower_bound(film_->rounds.begin(), film_->rounds.end(), round) -
                film_->rounds.begin()));
    });
}

void OnlineView::setRuns(const std::vector<engine::RunId>& runs) {
    wanted_ = runs.empty() ? 0 : runs.front();
    updateRun();
}

const engine::RunRecord* OnlineView::record() const {
    const auto table = context().watcher->runs();
    const std::ptrdiff_t row = wanted_ == 0 ? -1 : table->indexOf(wanted_);
    return row < 0 ? nullptr : &table->row(static_cast<std::size_t>(row));
}

void OnlineView::showEmpty() {
    empty_->setHeading(tr("No ranking chosen"));
    empty_->setText(tr("Choose a run of online ranking in the list, or set one up: algorithms that "
                       "rank before they see what is chosen, beside the best ranking in "
                       "hindsight."));
    pages_->setCurrentIndex(0);
}

void OnlineView::updateRun() {
    const engine::RunRecord* run = record();
    if (run == nullptr || run->kind != "online_ranking") {
        if (run_ != 0)
            follow(0);
        showEmpty();
        return;
    }
    if (run_ != run->id)
        follow(run->id);
    header_->setRun(*run);
    const bool isOpen = engine::isActive(run->status);
    regret_->setExpectedEnd(isOpen && run->totalSteps > 0
                                ? std::optional<double>(static_cast<double>(run->totalSteps))
                                : std::nullopt);
    if (run->changed != changed_) {
        changed_ = run->changed;
        askForFilm();
    }
    pages_->setCurrentIndex(1);
}

void OnlineView::follow(engine::RunId run) {
    run_ = run;
    changed_ = -1;
    book_.clear();
    film_.reset();
    moment_.reset();
    item_ = -1;
    transport_->setCount(0);
    algorithms_->clear();
    regret_->clear();
    bump_->setData({}, -1);
    pairs_->setData({});
    positions_->clear();
    ridges_->setRidges({}, -1);
    figures_->setRows({});
    if (const engine::RunRecord* r = run != 0 ? record() : nullptr) {
        const QString provenance = tr("%1, run %2, seed %3, %4")
                                       .arg(QString::fromStdString(r->name))
                                       .arg(r->id)
                                       .arg(r->seed)
                                       .arg(QString::fromStdString(r->device));
        for (Plot* plot : std::initializer_list<Plot*>{regret_, pairs_, positions_, ridges_})
            plot->setProvenance(provenance);
    }
    context().watcher->watchSeries(
        run != 0 ? std::vector<engine::RunId>{run} : std::vector<engine::RunId>{}, isShown);
    if (run != 0)
        askForFilm();
}

void OnlineView::askForFilm() {
    if (filmAsking_ || run_ == 0)
        return;
    filmAsking_ = true;
    context().store->ask(
        this,
        [run = run_, before = film_](engine::RunStore& store) {
            return readOnlineFilm(store, run, before);
        },
        [this, run = run_](std::shared_ptr<const OnlineFilm> film) {
            filmAsking_ = false;
            if (run == run_)
                takeFilm(std::move(film));
            else
                askForFilm();
        },
        [this](const QString&) { filmAsking_ = false; });
}

void OnlineView::takeFilm(std::shared_ptr<const OnlineFilm> film) {
    const bool isFirst = !film_;
    const bool isSame = film_ && film_->rounds == film->rounds && film_->names == film->names;
    film_ = std::move(film);
    if (isFirst) {
        for (const OnlineAlgorithm& algorithm : film_->algorithms)
            algorithms_->addItem(algorithm.curveName, algorithm.id);
        const bool canNormalize = film_->isChoice;
        if (!canNormalize && scale_->currentIndex() == Normalized)
            scale_->setCurrentIndex(Log);
    }
    if (isSame)
        return;
    transport_->setCount(static_cast<int>(film_->rounds.size()));
    updateCurves();
    askForMoment();
}

std::size_t OnlineView::algorithm() const {
    return static_cast<std::size_t>(std::max(0, algorithms_->currentIndex()));
}

double OnlineView::currentRound() const {
    if (!film_ || transport_->index() < 0 || film_->rounds.empty())
        return 0;
    const auto index =
        std::min(static_cast<std::size_t>(transport_->index()), film_->rounds.size() - 1);
    return static_cast<double>(film_->rounds[index]);
}

std::optional<double> OnlineView::valueNow(const QString& name) const {
    const auto points = book_.find(run_, name);
    if (!points || points->size() == 0)
        return std::nullopt;
    const auto at = std::upper_bound(points->steps.begin(), points->steps.end(), currentRound());
    if (at == points->steps.begin())
        return points->values.front();
    return points->values[static_cast<std::size_t>(at - points->steps.begin()) - 1];
}

void OnlineView::updateCursor() {
    const double round = currentRound();
    if (round <= 0)
        return;
    const QString text = tr("t = %L1").arg(static_cast<qlonglong>(round));
    regret_->setMarks({{round, text}});
    const engine::RunRecord* run = record();
    transport_->setText(run != nullptr && run->totalSteps > 0
                            ? tr("%1 of %L2").arg(text).arg(run->totalSteps)
                            : text);
    updateFigures();
}

void OnlineView::askForMoment() {
    if (!film_ || film_->rounds.empty() || transport_->index() < 0 ||
        algorithm() >= film_->algorithms.size())
        return;
    if (momentAsking_) {
        momentStale_ = true; // the latest wish wins
        return;
    }
    momentAsking_ = true;
    momentStale_ = false;
    OnlineRequest request;
    request.film = film_;
    request.frame =
        std::min(static_cast<std::size_t>(transport_->index()), film_->rounds.size() - 1);
    request.algorithm = algorithm();
    request.item = item_;
    request.rate = valueNow(QStringLiteral("rate/") + film_->algorithms[algorithm()].id);
    context().store->ask(
        this, [request](engine::RunStore&) { return onlineMoment(request); },
        [this, run = run_](OnlineMoment moment) {
            momentAsking_ = false;
            if (run == run_) {
                moment_ = std::move(moment);
                showMoment();
            }
            if (momentStale_)
                askForMoment();
        },
        [this](const QString&) { momentAsking_ = false; });
}

} // namespace inlay::widgets

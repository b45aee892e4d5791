#include "widgets/views/ranking/online_view.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSaveFile>
#include <QSplitter>
#include <QStackedWidget>
#include <QTimer>

#include "engine/interop/csv.h"
#include "engine/store/run_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/numbers.h"
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

const QString kRegret = QStringLiteral("regret/");
const QString kBound = QStringLiteral("bound/");
const QString kLowerBound = QStringLiteral("lower_bound");

bool isShown(const std::string& name) {
    return name.starts_with("regret") || name.starts_with("bound/") || name.starts_with("rate/") ||
           name == "lower_bound";
}

QString figure(double value) {
    const double size = std::abs(value);
    return QLocale().toString(value, 'f', size < 10 ? 2 : (size < 100 ? 1 : 0));
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
    algorithms_->setMinimumWidth(scaled(150, font()));
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
    positions_ = new CurvePlot(bottom);
    positions_->setXAxis({tr("Place"), {{}, 4}, AxisScale::Linear});
    positions_->setYAxis(
        {tr("Share of drawn rankings"), {QStringLiteral("%"), 3}, AxisScale::Linear});
    bottom->addWidget(pairs_);
    bottom->addWidget(figures_);
    bottom->addWidget(positions_);
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
    for (Plot* plot : std::initializer_list<Plot*>{regret_, pairs_, positions_})
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
    figures_->setRows({});
    if (const engine::RunRecord* r = run != 0 ? record() : nullptr) {
        const QString provenance = tr("%1, run %2, seed %3, %4")
                                       .arg(QString::fromStdString(r->name))
                                       .arg(r->id)
                                       .arg(r->seed)
                                       .arg(QString::fromStdString(r->device));
        for (Plot* plot : std::initializer_list<Plot*>{regret_, pairs_, positions_})
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
            algorithms_->addItem(algorithm.title, algorithm.id);
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

void OnlineView::updateCurves() {
    if (!film_)
        return;
    const bool isNormalized = scale_->currentIndex() == Normalized && film_->isChoice;
    const auto unit = [&](double t) {
        const auto n = static_cast<double>(film_->items);
        return isNormalized ? std::pow(n, 1.5) * std::sqrt(t * static_cast<double>(film_->chosen))
                            : 1.0;
    };
    const auto pointsOf = [&](const QString& name) {
        Points points;
        if (const auto found = book_.find(run_, name)) {
            points.x = found->steps;
            points.y = found->values;
            for (std::size_t i = 0; i < points.y.size(); ++i)
                points.y[i] /= unit(points.x[i]);
        }
        return points;
    };
    const bool isLog = scale_->currentIndex() == Log;
    std::vector<CurveSeries> all;
    for (std::size_t i = 0; i < film_->algorithms.size(); ++i) {
        const OnlineAlgorithm& algorithm = film_->algorithms[i];
        CurveSeries series;
        series.id = algorithm.id;
        series.name = algorithm.title;
        series.style = algorithm.style;
        series.emphasis = i == this->algorithm() ? Emphasis::Chosen : Emphasis::Normal;
        series.points = pointsOf(kRegret + algorithm.id);
        if (film_->replicates > 1) {
            const Points low = pointsOf(QStringLiteral("regret_low/") + algorithm.id);
            const Points high = pointsOf(QStringLiteral("regret_high/") + algorithm.id);
            if (low.size() == high.size())
                series.band = {low.x, low.y, high.y};
            // A band that falls below zero ends at the axis.
            if (isLog)
                for (double& value : series.band.low)
                    value = value > 0 ? value : 1e-3;
        }
        if (series.points.size() > 0)
            all.push_back(std::move(series));
    }
    if (algorithm() < film_->algorithms.size()) {
        CurveSeries bound;
        bound.id = QStringLiteral("bound");
        bound.name = tr("bound");
        bound.style = seriesStyle(0);
        bound.style.color = 0;
        bound.style.dash = {};
        bound.emphasis = Emphasis::Reference;
        bound.points = pointsOf(kBound + film_->algorithms[algorithm()].id);
        if (bound.points.size() > 0)
            all.push_back(std::move(bound));
    }
    CurveSeries lower;
    lower.id = kLowerBound;
    lower.name = tr("lower bound, iid");
    lower.style = seriesStyle(0);
    lower.style.color = 0;
    lower.style.dash = {2, 4};
    lower.points = pointsOf(kLowerBound);
    if (lower.points.size() > 0)
        all.push_back(std::move(lower));
    const AxisScale x = scale_->currentIndex() == Linear ? AxisScale::Linear : AxisScale::Log;
    regret_->setTitle(tr("Regret against time"), film_->subtitle);
    regret_->setXAxis({tr("Round t"), {{}, 4}, x});
    regret_->setYAxis({isNormalized ? tr("Regret over n^(3/2) √(tk)") : tr("Regret, positions"),
                       {{}, 4},
                       isLog ? AxisScale::Log : AxisScale::Linear});
    regret_->setSeries(std::move(all));
    updateCursor();
    updateFigures();
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

void OnlineView::showMoment() {
    const QString title = film_->algorithms[algorithm()].title;
    bump_->setTitle(tr("Ranking over time"),
                    tr("%1, top %2").arg(title).arg(moment_->bump.shownRanks));
    bump_->setData(moment_->bump, moment_->item);
    const QString at = tr("t = %L1").arg(static_cast<qlonglong>(currentRound()));
    pairs_->setTitle(tr("P(u before v)"),
                     moment_->isEstimated ? tr("%1, from drawn rankings").arg(at) : at);
    pairs_->setEmptyText(moment_->pairsTrouble);
    if (pairs_->data().rowSize == 1)
        pairs_->setNames(moment_->names, moment_->names);
    pairs_->setData(moment_->pairs);
    const QString name = film_->itemName(moment_->item);
    positions_->setTitle(tr("Where it may stand"), name);
    positions_->setEmptyText(moment_->sharesTrouble);
    std::vector<CurveSeries> curves;
    if (!moment_->shares.empty()) {
        CurveSeries series;
        series.id = QStringLiteral("shares");
        series.name = name;
        series.style = seriesStyle(5);
        series.style.color = 5;
        series.style.dash = {};
        series.emphasis = Emphasis::Chosen;
        series.label = EndLabel::None;
        // Steps: a place reaches from half before to half after it.
        for (std::size_t place = 0; place < moment_->shares.size(); ++place)
            for (const double side : {0.5, 1.5}) {
                series.points.x.push_back(static_cast<double>(place) + side);
                series.points.y.push_back(100 * moment_->shares[place]);
            }
        series.band = {series.points.x, std::vector<double>(series.points.size(), 0.0),
                       series.points.y};
        curves.push_back(std::move(series));
    }
    positions_->setSeries(std::move(curves));
    positions_->setMarks({{moment_->position + 1, tr("mean")}});
    updateFigures();
}

void OnlineView::updateFigures() {
    if (!film_ || currentRound() <= 0)
        return;
    std::vector<FigureList::Row> rows;
    const auto add = [&](const QString& name, const QString& value,
                         std::optional<SeriesStyle> style = {}, bool strong = false) {
        rows.push_back({name, value, std::move(style), strong});
    };
    if (moment_) {
        add(tr("Expected place"), figure(moment_->position + 1));
        add(film_->isChoice ? tr("Chosen") : tr("Score"),
            film_->isChoice ? tr("%L1 times").arg(static_cast<qlonglong>(moment_->score))
                            : figure(moment_->score));
        if (moment_->weight)
            add(tr("Weight"), (*moment_->weight > 0 ? QStringLiteral("+") : QString()) +
                                  figure(*moment_->weight));
    }
    rows.push_back({tr("Regret now"), {}, {}, false});
    std::vector<std::pair<double, std::size_t>> regrets;
    for (std::size_t i = 0; i < film_->algorithms.size(); ++i)
        if (const auto value = valueNow(kRegret + film_->algorithms[i].id))
            regrets.emplace_back(*value, i);
    std::sort(regrets.begin(), regrets.end());
    for (const auto& [value, i] : regrets)
        add(film_->algorithms[i].title, figure(value), film_->algorithms[i].style,
            i == algorithm());
    if (algorithm() < film_->algorithms.size()) {
        const QString id = film_->algorithms[algorithm()].id;
        const auto bound = valueNow(kBound + id);
        const auto regret = valueNow(kRegret + id);
        add(tr("bound"), bound ? figure(*bound) : tr("none"));
        if (bound && regret && *bound > 0)
            add(tr("bound used"),
                QLocale().toString(100 * *regret / *bound, 'f', 0) + QStringLiteral(" %"));
    }
    figures_->setTitle(tr("At t = %L1").arg(static_cast<qlonglong>(currentRound())),
                       moment_ ? film_->itemName(moment_->item) : QString());
    figures_->setRows(std::move(rows));
}

void OnlineView::exportRanking() {
    if (!moment_)
        return;
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Export ranking"), QStringLiteral("ranking.csv"), tr("CSV (*.csv)"));
    if (path.isEmpty())
        return;
    QByteArray text("rank,item,score\n");
    const auto frame = std::min(static_cast<std::size_t>(std::max(0, transport_->index())),
                                film_->rounds.size() - 1);
    const float* scores = film_->scores(frame, algorithm());
    for (std::size_t rank = 0; rank < moment_->order.size(); ++rank) {
        const std::int64_t item = moment_->order[rank];
        text +=
            QByteArray::number(static_cast<qulonglong>(rank) + 1) + ',' +
            QByteArray::fromStdString(engine::csvText(film_->itemName(item).toStdString())) + ',' +
            QByteArray::fromStdString(engine::csvNumber(static_cast<double>(scores[item]))) + '\n';
    }
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit())
        emit notice(tr("Wrote %1").arg(path));
    else
        emit notice(tr("%1 cannot be written: %2").arg(path, file.errorString()));
}

} // namespace inlay::widgets

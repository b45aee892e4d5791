#include "widgets/views/clustering/stream_view.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <QLocale>
#include <QSplitter>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

#include "engine/store/run_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/numbers.h"
#include "widgets/plots/readout_row.h"
#include "widgets/plots/transport.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/clustering/buffer_panel.h"
#include "widgets/views/clustering/cluster_list.h"
#include "widgets/views/clustering/point_plot.h"
#include "widgets/views/clustering/stream_header.h"

namespace inlay::widgets {
namespace {

constexpr int kFilmEveryMs = 250;
constexpr double kWideFrom = 720;

QString algorithmTitle(const QString& id) {
    if (id == QLatin1String("dc1"))
        return StreamView::tr("DC-1");
    if (id == QLatin1String("dc2"))
        return StreamView::tr("DC-2");
    if (id == QLatin1String("multi_level"))
        return StreamView::tr("multi-level");
    if (id == QLatin1String("seeding"))
        return StreamView::tr("seeding");
    if (id == QLatin1String("online"))
        return StreamView::tr("online");
    if (id == QLatin1String("mini_batch"))
        return StreamView::tr("mini-batch");
    return StreamView::tr("Lloyd");
}

QString shortNumber(double value, const QLocale& locale) {
    if (value >= 1e5)
        return locale.toString(value, 'e', 2)
            .replace(QLatin1String("e+0"), QLatin1String("e"))
            .replace(QLatin1String("e+"), QLatin1String("e"));
    return formatNumber(value, 4, locale);
}

} // namespace

StreamView::StreamView(ViewContext context, QWidget* parent)
    : View(context, parent)
    , soon_(new QTimer(this)) {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    pages_ = new QStackedWidget(this);
    layout->addWidget(pages_);
    empty_ = new EmptyState(QStringLiteral("clusters"), {}, {}, pages_);
    pages_->addWidget(empty_);
    pages_->addWidget(buildPage());
    soon_->setSingleShot(true);
    soon_->setInterval(kFilmEveryMs);
    connect(soon_, &QTimer::timeout, this, &StreamView::askForFilm);
    connect(this->context().watcher, &RunWatcher::runsChanged, this, &StreamView::updateRun);
    showEmpty();
}

QWidget* StreamView::buildPage() {
    auto* page = new QWidget(pages_);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    const auto line = [&](QVBoxLayout* into, QWidget* owner) {
        auto* separator = new QFrame(owner);
        separator->setProperty("separator", true);
        separator->setFixedHeight(1);
        into->addWidget(separator);
    };
    header_ = new StreamHeader(page);
    connect(header_, &StreamHeader::actionWanted, this,
            [this](const QString& action) { emit actionWanted(run_, action); });
    column->addWidget(header_);
    line(column, page);
    readouts_ = new ReadoutRow(page);
    readouts_->setAccessibleName(tr("Key figures"));
    const int pad = scaled(measure::kViewPadding, font());
    auto* figures = new QVBoxLayout;
    figures->setContentsMargins(pad, 0, pad, 0);
    figures->addWidget(readouts_);
    column->addLayout(figures);
    line(column, page);
    transport_ = new Transport(page);
    transport_->setFrameName(tr("moment"));
    auto* film = new QVBoxLayout;
    film->setContentsMargins(pad, scaled(2, font()), pad, scaled(2, font()));
    film->addWidget(transport_);
    column->addLayout(film);
    connect(transport_, &Transport::indexChanged, this, &StreamView::showMoment);
    line(column, page);

    halves_ = new QSplitter(Qt::Horizontal, page);
    halves_->setChildrenCollapsible(false);
    auto* left = new QWidget(halves_);
    auto* leftColumn = new QVBoxLayout(left);
    leftColumn->setContentsMargins(0, 0, 0, 0);
    leftColumn->setSpacing(0);
    points_ = new PointPlot(left);
    points_->setEmptyText(tr("A sample of the points, and the centers as they form, appear here "
                             "with the first group of the stream."));
    leftColumn->addWidget(points_, 1);
    line(leftColumn, left);
    buffers_ = new BufferPanel(left);
    leftColumn->addWidget(buffers_);
    halves_->addWidget(left);
    auto* right = new QSplitter(Qt::Vertical, halves_);
    right->setChildrenCollapsible(false);
    cost_ = new CurvePlot(right);
    cost_->setEmptyText(tr("The cost over time appears here, beside the baselines chosen under "
                           "\"Compare with\"."));
    cost_->setXAxis({tr("Time"), {tr("s"), 3}, AxisScale::Log});
    cost_->setYAxis({tr("Cost"), {{}, 4}, AxisScale::Log});
    right->addWidget(cost_);
    clusters_ = new ClusterModel(this);
    list_ = new ClusterList(clusters_, right);
    right->addWidget(list_);
    right->setStretchFactor(0, 1);
    right->setStretchFactor(1, 1);
    halves_->addWidget(right);
    halves_->setStretchFactor(0, 6);
    halves_->setStretchFactor(1, 5);
    column->addWidget(halves_, 1);
    for (Plot* plot : {static_cast<Plot*>(points_), static_cast<Plot*>(cost_)})
        connect(plot, &Plot::notice, this, &StreamView::notice);
    connect(list_, &ClusterList::clusterChosen, this, [this](int cluster) {
        chosen_ = cluster;
        points_->highlight(atEnd() ? cluster : -1);
    });
    connect(points_, &PointPlot::centerClicked, this, [this](int center) {
        if (atEnd())
            list_->select(center);
    });
    return page;
}

void StreamView::setRuns(const std::vector<engine::RunId>& runs) {
    wanted_ = runs.empty() ? 0 : runs.front();
    updateRun();
}

void StreamView::setBaseline(engine::RunId) {}

const engine::RunRecord* StreamView::record() const {
    const auto table = context().watcher->runs();
    const std::ptrdiff_t row = wanted_ == 0 ? -1 : table->indexOf(wanted_);
    return row < 0 ? nullptr : &table->row(static_cast<std::size_t>(row));
}

std::optional<double> StreamView::metric(const char* name) const {
    const auto table = context().watcher->runs();
    const std::ptrdiff_t row = run_ == 0 ? -1 : table->indexOf(run_);
    const engine::RunColumn* column = table->column(engine::RunColumn::Source::Metric, name);
    if (row < 0 || column == nullptr ||
        column->cells[static_cast<std::size_t>(row)] != engine::RunColumn::Cell::Number)
        return std::nullopt;
    return column->numbers[static_cast<std::size_t>(row)];
}

void StreamView::showEmpty() {
    if (record() != nullptr) {
        empty_->setHeading(tr("This run clusters no stream"));
        empty_->setText(tr("Choose a run of streaming k-means in the list."));
    } else {
        empty_->setHeading(tr("No run chosen"));
        empty_->setText(tr("Choose a run of streaming k-means in the list, or open the project "
                           "\"Streaming k-means on norm25\" and run it: it takes two seconds."));
    }
    pages_->setCurrentIndex(0);
}

void StreamView::updateRun() {
    const engine::RunRecord* run = record();
    if (run == nullptr || run->kind != "streaming_kmeans") {
        run_ = 0;
        changed_ = -1;
        showEmpty();
        return;
    }
    if (run_ != wanted_) {
        run_ = wanted_;
        changed_ = -1;
        chosen_ = -1;
        stale_ = false;
        film_ = {};
        points_->setPoints({});
        clusters_->setClusters({});
        transport_->setCount(0);
        const QString provenance = tr("%1, run %2, seed %3, %4, %5 threads")
                                       .arg(QString::fromStdString(run->name))
                                       .arg(run->id)
                                       .arg(run->seed)
                                       .arg(QString::fromStdString(run->device))
                                       .arg(run->threads);
        points_->setProvenance(provenance);
        cost_->setProvenance(provenance);
        showMoment();
        showCost();
        askForFilm();
    }
    header_->setRun(*run);
    showReadouts();
    if (run->changed != changed_) {
        changed_ = run->changed;
        if (!soon_->isActive())
            soon_->start();
    }
    pages_->setCurrentIndex(1);
}

// One request at a time; what changed meanwhile is read after it.
void StreamView::askForFilm() {
    if (run_ == 0)
        return;
    if (asking_) {
        stale_ = true;
        return;
    }
    asking_ = true;
    context().store->ask(
        this, [run = run_](engine::RunStore& store) { return readStreamFilm(store, run); },
        [this, run = run_](StreamFilm film) {
            asking_ = false;
            if (run == run_)
                takeFilm(std::move(film));
            if (std::exchange(stale_, false) || run != run_)
                askForFilm();
        },
        [this](const QString&) { asking_ = false; });
}

void StreamView::takeFilm(StreamFilm film) {
    film_ = std::move(film);
    QString subtitle;
    if (!film_.points.empty()) {
        subtitle = tr("sample of %L1, %L2 dimensions").arg(film_.points.size()).arg(film_.dims);
        if (film_.projected)
            subtitle += tr(", projected (%1 % of the variance)")
                            .arg(QLocale().toString(100 * film_.planeShare, 'f', 0));
    }
    points_->setTitle(tr("Points and centers"), subtitle);
    points_->setXAxis(
        {film_.projected ? tr("First principal axis") : tr("First coordinate"), {}, {}});
    points_->setYAxis(
        {film_.projected ? tr("Second principal axis") : tr("Second coordinate"), {}, {}});
    points_->setPoints(film_.points);
    buffers_->setLevels(film_.levels);
    buffers_->setVisible(!film_.levels.empty());
    clusters_->setClusters(film_.clusters);
    list_->resort();
    list_->setVisible(!film_.clusters.empty());
    const int before = transport_->index();
    transport_->setCount(static_cast<int>(film_.moments.size()));
    if (transport_->index() == before || film_.moments.empty())
        showMoment();
    showCost();
    showReadouts();
}

bool StreamView::atEnd() const {
    return !film_.moments.empty() && transport_->index() + 1 == transport_->count() &&
           !film_.clusters.empty();
}

void StreamView::showMoment() {
    const int index = transport_->index();
    if (index < 0 || index >= static_cast<int>(film_.moments.size())) {
        transport_->setText({});
        points_->setCenters({}, 0);
        return;
    }
    const QLocale locale;
    const StreamMoment& moment = film_.moments[static_cast<std::size_t>(index)];
    const bool batch = film_.algorithm == QLatin1String("lloyd");
    const double all = metric("points").value_or(film_.moments.back().points);
    transport_->setText(batch
                            ? tr("iteration %1").arg(formatStep(moment.points, locale))
                            : tr("%1 of %2 points")
                                  .arg(formatStep(moment.points, locale), formatStep(all, locale)));
    points_->setCenters(moment.centers, batch ? all : moment.points);
    points_->highlight(atEnd() ? chosen_ : -1);
    const double rate = moment.seconds > 0 ? moment.points / moment.seconds : 0;
    buffers_->setMoment(moment, tr("%1 points/s     groups cost %2 so far")
                                    .arg(formatStep(std::round(rate), locale),
                                         shortNumber(moment.estimate, locale)));
    if (moment.seconds > 0)
        cost_->showCursor(moment.seconds);
}

void StreamView::showCost() {
    std::vector<CurveSeries> all;
    double first = INFINITY;
    double last = 0;
    const auto add = [&](const QString& id, const QString& name, const std::vector<double>& x,
                         const std::vector<double>& y, SeriesStyle style, Emphasis emphasis) {
        CurveSeries series;
        series.id = id;
        series.name = name;
        series.style = std::move(style);
        series.emphasis = emphasis;
        series.marks = x.size() == 1 ? PointMarks::Shown : PointMarks::None;
        series.label = EndLabel::Name;
        for (std::size_t i = 0; i < x.size(); ++i)
            if (x[i] > 0) {
                series.points.x.push_back(x[i]);
                series.points.y.push_back(y[i]);
                first = std::min(first, x[i]);
                last = std::max(last, x[i]);
            }
        if (series.points.size() > 0)
            all.push_back(std::move(series));
    };
    std::vector<double> seconds;
    std::vector<double> cost;
    for (const StreamMoment& moment : film_.moments) {
        seconds.push_back(std::max(moment.seconds, seconds.empty() ? 0.0 : seconds.back()));
        cost.push_back(moment.cost);
    }
    // Dashed as the page of series styles has it; the run itself is solid.
    const struct {
        QString id;
        QString name;
        SeriesStyle style;
    } rivals[] = {
        {QStringLiteral("lloyd"), tr("Lloyd, random start"), {0, {5, 3}, Marker::Disc, {}}},
        {QStringLiteral("plus_plus"), tr("k-means++"), {3, {2, 2}, Marker::TriangleUp, {}}},
        {QStringLiteral("online"), tr("online"), {1, {3, 2}, Marker::Diamond, {}}},
        {QStringLiteral("mini_batch"), tr("mini-batch"), {7, {2, 2}, Marker::TriangleDown, {}}},
    };
    for (const auto& rival : rivals)
        for (const StreamBaseline& baseline : film_.baselines)
            if (baseline.id == rival.id)
                add(rival.id, rival.name, baseline.seconds, baseline.cost, rival.style,
                    Emphasis::Normal);
    add(QStringLiteral("run"), algorithmTitle(film_.algorithm), seconds, cost, trainStyle(),
        Emphasis::Chosen);
    if (const auto optimum = metric("optimum"); optimum && last > 0)
        add(QStringLiteral("optimum"), tr("optimum"), {first, last}, {*optimum, *optimum},
            {0, {1, 3}, Marker::Disc, {}}, Emphasis::Reference);
    cost_->setTitle(tr("Cost against time"), film_.k > 0 ? tr("k = %L1").arg(film_.k) : QString());
    cost_->setSeries(std::move(all));
}

void StreamView::showReadouts() {
    const engine::RunRecord* run = record();
    if (run == nullptr)
        return;
    const QLocale locale;
    const QString none = QStringLiteral("–");
    std::vector<Readout> all;
    Readout cost{tr("Cost"), none, {}, {}, Tone::Normal, {}};
    if (const auto value = metric("cost")) {
        cost.value = shortNumber(*value, locale);
        if (const auto ratio = metric("cost/optimum"))
            cost.secondary = tr("%1 × optimum").arg(locale.toString(*ratio, 'f', 3));
    } else if (const auto estimate = metric("cost_estimate")) {
        cost.value = shortNumber(*estimate, locale);
        cost.secondary = tr("estimate");
    } else if (!film_.moments.empty()) {
        cost.value = shortNumber(film_.moments.back().cost, locale);
        cost.secondary = tr("estimate from the sample");
    }
    cost.toolTip = tr("Sum of the squared distances of all points to their nearest center");
    all.push_back(cost);
    Readout centers{tr("Centers"), none, {}, {}, Tone::Normal, {}};
    if (const auto value = metric("centers"))
        centers.value = formatStep(*value, locale);
    if (const auto covered = metric("covered_clusters"))
        centers.secondary = tr("%1 planted clusters covered").arg(formatStep(*covered, locale));
    all.push_back(centers);
    Readout held{tr("Points held at most"), none, {}, {}, Tone::Normal, {}};
    const auto budget = metric("points_budget");
    if (const auto value = metric("points_held")) {
        held.value = formatStep(*value, locale);
        if (budget)
            held.secondary = tr("budget %1").arg(formatStep(*budget, locale));
        if (const auto points = metric("points"); points && *points > 0)
            buffers_->setSubtitle(tr("at most %1 points held, %2 % of the data")
                                      .arg(formatStep(*value, locale),
                                           locale.toString(100 * *value / *points, 'f', 0)));
    } else if (!film_.moments.empty()) {
        held.value = formatStep(film_.moments.back().held, locale);
        held.secondary = tr("now");
        buffers_->setSubtitle(budget ? tr("budget %1 points").arg(formatStep(*budget, locale))
                                     : QString());
    }
    all.push_back(held);
    Readout rate{tr("Throughput"), none, {}, {}, Tone::Normal, {}};
    if (const auto value = metric("time/points_per_second")) {
        rate.value = formatStep(std::round(*value), locale);
        rate.unit = tr("points/s");
    }
    if (const auto seconds = metric("time/stream_seconds"))
        rate.secondary = tr("%1 s in all").arg(formatNumber(*seconds, 3, locale));
    all.push_back(rate);
    Readout warnings{tr("Warnings"),
                     formatStep(static_cast<double>(film_.events.size()), locale),
                     {},
                     {},
                     film_.events.isEmpty() ? Tone::Normal : Tone::Warn,
                     film_.events.join(QLatin1Char('\n'))};
    if (!film_.events.isEmpty())
        warnings.secondary = tr("see the tool tip");
    all.push_back(warnings);
    if (all != readouts_->readouts())
        readouts_->setReadouts(std::move(all));
}

void StreamView::resizeEvent(QResizeEvent* event) {
    View::resizeEvent(event);
    const auto wanted = width() >= scaled(kWideFrom, font()) ? Qt::Horizontal : Qt::Vertical;
    if (halves_->orientation() != wanted)
        halves_->setOrientation(wanted);
}

} // namespace inlay::widgets

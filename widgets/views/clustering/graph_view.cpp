#include "widgets/views/clustering/graph_view.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QSlider>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableWidget>
#include <QVBoxLayout>

#include "widgets/plots/curve_plot.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/clustering/recovery_bars.h"
#include "widgets/views/train/training_header.h"

namespace inlay::widgets {
namespace {

/// The slider's position for kappa times the round's: 100 = as it was, a factor of 1.1 each 10.
constexpr int kSliderMiddle = 100;

double kappaFactor(int position) {
    return std::pow(1.1, (position - kSliderMiddle) / 10.0);
}

QString count(std::int64_t value) {
    return QLocale().toString(static_cast<qlonglong>(value));
}

QString sizes(const std::vector<std::int64_t>& found) {
    QStringList words;
    for (const std::int64_t size : found)
        words << count(size);
    return words.join(QStringLiteral(", "));
}

QString seconds(double value) {
    return value < 1 ? GraphView::tr("%1 ms").arg(1000 * value, 0, 'f', value < 0.1 ? 1 : 0)
                     : GraphView::tr("%1 s").arg(value, 0, 'f', 2);
}

QTableWidget* table(const QStringList& headers, const QString& name, QWidget* parent) {
    auto* widget = new QTableWidget(0, static_cast<int>(headers.size()), parent);
    widget->setHorizontalHeaderLabels(headers);
    widget->setAccessibleName(name);
    widget->setShowGrid(false);
    widget->setEditTriggers(QAbstractItemView::NoEditTriggers);
    widget->setSelectionBehavior(QAbstractItemView::SelectRows);
    widget->setSelectionMode(QAbstractItemView::SingleSelection);
    widget->setTabKeyNavigation(false);
    widget->setWordWrap(false);
    widget->verticalHeader()->hide();
    widget->verticalHeader()->setDefaultSectionSize(scaled(measure::kRowHeight, widget->font()));
    widget->horizontalHeader()->setHighlightSections(false);
    widget->horizontalHeader()->setFixedHeight(scaled(measure::kRowHeight, widget->font()));
    widget->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    widget->horizontalHeader()->setStretchLastSection(true);
    return widget;
}

void setCell(QTableWidget* table, int row, int column, const QString& text,
             Qt::Alignment alignment = Qt::AlignRight) {
    auto* item = new QTableWidgetItem(text);
    item->setTextAlignment(alignment | Qt::AlignVCenter);
    table->setItem(row, column, item);
}

QFrame* separator(QWidget* parent, Qt::Orientation orientation) {
    auto* line = new QFrame(parent);
    line->setProperty("separator", true);
    if (orientation == Qt::Horizontal)
        line->setFixedHeight(1);
    else
        line->setFixedWidth(1);
    return line;
}

} // namespace

GraphView::GraphView(ViewContext viewContext, QWidget* parent)
    : View(viewContext, parent) {
    build();
    connect(context().watcher, &RunWatcher::runsChanged, this, [this] { updateRun(); });
    updateRun();
}

void GraphView::build() {
    setProperty("surface", true);
    setAttribute(Qt::WA_StyledBackground);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    pages_ = new QStackedWidget(this);
    layout->addWidget(pages_);
    empty_ = new EmptyState(QStringLiteral("graph"), tr("Which clusters does a graph hold?"),
                            tr("Choose the kind Graph clustering in the set-up and run it: the "
                               "matrix, its clusters and every round appear here as they are "
                               "found."),
                            pages_);
    pages_->addWidget(empty_);
    auto* page = new QWidget(pages_);
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    header_ = new TrainingHeader(page);
    header_->setTrains(false);
    connect(header_, &TrainingHeader::actionWanted, this,
            [this](const QString& action) { emit actionWanted(run_, action); });
    column->addWidget(header_);
    column->addWidget(separator(page, Qt::Horizontal));
    transport_ = new Transport(page);
    transport_->setFrameName(tr("solve"));
    connect(transport_, &Transport::indexChanged, this, [this] { showRound(); });
    column->addWidget(transport_);
    column->addWidget(separator(page, Qt::Horizontal));

    auto* splitter = new QSplitter(Qt::Vertical, page);
    splitter->setChildrenCollapsible(false);
    auto* matrices = new QWidget(splitter);
    auto* pair = new QHBoxLayout(matrices);
    pair->setContentsMargins(0, 0, 0, 0);
    pair->setSpacing(0);
    adjacency_ = new HeatMap(matrices);
    solution_ = new HeatMap(matrices);
    adjacency_->setTitle(tr("Adjacency"), tr("nodes in found order"));
    solution_->setTitle(tr("Solution K"), tr("of the nodes left"));
    adjacency_->setEmptyText(tr("The graph appears here when the run begins."));
    solution_->setEmptyText(tr("The solution appears here with its first iterations."));
    for (HeatMap* map : {adjacency_, solution_}) {
        map->setSquare(true);
        map->setFixedRange(Range{0, 1});
        map->setXAxis({tr("Node"), {{}, 4}});
        map->setYAxis({tr("Node"), {{}, 4}});
        map->setMinimumHeight(scaled(170, font()));
        connect(map, &Plot::notice, this, &View::notice);
    }
    adjacency_->setValues(tr("joined"), {{}, 3}, AxisScale::Linear);
    solution_->setValues(tr("K"), {{}, 3}, AxisScale::Linear);
    adjacency_->setScaleShown(false);
    pair->addWidget(adjacency_, 1);
    pair->addWidget(separator(matrices, Qt::Vertical));
    pair->addWidget(solution_, 1);
    splitter->addWidget(matrices);

    auto* middle = new QWidget(splitter);
    auto* middleColumn = new QVBoxLayout(middle);
    middleColumn->setContentsMargins(0, 0, 0, 0);
    middleColumn->setSpacing(0);
    middleColumn->addWidget(buildReadouts());
    middleColumn->addWidget(separator(middle, Qt::Horizontal));
    auto* halves = new QHBoxLayout;
    halves->setSpacing(0);
    bars_ = new RecoveryBars(middle);
    spectrum_ = new CurvePlot(middle);
    spectrum_->setEmptyText(tr("The eigenvalues of a solve appear here when it ends."));
    spectrum_->setMinimumHeight(scaled(120, font()));
    connect(spectrum_, &Plot::notice, this, &View::notice);
    halves->addWidget(bars_, 1);
    halves->addWidget(separator(middle, Qt::Vertical));
    halves->addWidget(spectrum_, 1);
    middleColumn->addLayout(halves, 1);
    splitter->addWidget(middle);
    splitter->addWidget(buildTables());
    splitter->setStretchFactor(0, 5);
    splitter->setStretchFactor(1, 3);
    splitter->setStretchFactor(2, 2);
    column->addWidget(splitter, 1);
    pages_->addWidget(page);
}

QWidget* GraphView::buildReadouts() {
    auto* bar = new QWidget(this);
    auto* row = new QHBoxLayout(bar);
    const int pad = scaled(measure::kViewPadding, font());
    row->setContentsMargins(pad, scaled(4, font()), pad, scaled(4, font()));
    row->setSpacing(pad);
    const auto readout = [&](const QString& caption, QWidget* above = nullptr) {
        auto* cell = new QVBoxLayout;
        cell->setSpacing(0);
        auto* label = new QLabel(caption, bar);
        label->setProperty("role", QStringLiteral("muted"));
        auto* line = new QHBoxLayout;
        line->setSpacing(scaled(measure::kGap, font()));
        line->addWidget(label);
        if (above)
            line->addWidget(above, 1);
        cell->addLayout(line);
        auto* value = new QLabel(bar);
        value->setProperty("role", QStringLiteral("readout"));
        cell->addWidget(value);
        row->addLayout(cell, above ? 2 : 1);
        return value;
    };
    kappa_ = new QSlider(Qt::Horizontal, bar);
    kappa_->setRange(0, 2 * kSliderMiddle);
    kappa_->setValue(kSliderMiddle);
    kappa_->setAccessibleName(tr("What another kappa would recover"));
    kappa_->setToolTip(tr("Move it to see what another κ would recover; the run is not changed."));
    connect(kappa_, &QSlider::valueChanged, this, [this] { showPrediction(); });
    kappaText_ = readout(tr("κ, threshold scale"), kappa_);
    smallest_ = readout(tr("Smallest recoverable, s₀"));
    noise_ = readout(tr("Noise number"));
    found_ = readout(tr("Nodes covered"));
    asked_ = readout(tr("Pairs asked"));
    return bar;
}

QWidget* GraphView::buildTables() {
    auto* tables = new QWidget(this);
    auto* row = new QHBoxLayout(tables);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    rounds_ = table({tr("Round"), tr("κ"), tr("Observed"), tr("Nodes"), tr("s₀"), tr("Noise"),
                     tr("Iterations"), tr("Rank"), tr("Time"), tr("Found")},
                    tr("Rounds"), tables);
    methods_ = table({tr("Method"), tr("Clusters"), tr("Exact"), tr("Rand index"), tr("NMI"),
                      tr("Modularity"), tr("Time")},
                     tr("Methods compared"), tables);
    row->addWidget(rounds_, 3);
    row->addWidget(separator(tables, Qt::Vertical));
    row->addWidget(methods_, 2);
    connect(rounds_, &QTableWidget::currentCellChanged, this, [this](int current) {
        if (current >= 0 && current != transport_->index()) {
            transport_->setIndex(current);
            showRound();
        }
    });
    return tables;
}

const engine::RunRecord* GraphView::record() const {
    const auto runs = context().watcher->runs();
    const std::ptrdiff_t row = run_ == 0 ? -1 : runs->indexOf(run_);
    return row < 0 ? nullptr : &runs->row(static_cast<std::size_t>(row));
}

void GraphView::setRuns(const std::vector<engine::RunId>& runs) {
    const engine::RunId wanted = runs.empty() ? 0 : runs.front();
    if (wanted != run_) {
        run_ = wanted;
        changed_ = -1;
        graph_ = {};
        transport_->setCount(0);
        adjacency_->setData({});
        solution_->setData({});
        spectrum_->setSeries({});
    }
    updateRun();
}

void GraphView::updateRun() {
    const engine::RunRecord* run = record();
    if (run == nullptr || run->kind != "graph_clustering") {
        pages_->setCurrentIndex(0);
        return;
    }
    header_->setRun(*run);
    const QString provenance = tr("%1, run %2, seed %3, %4, %5 threads")
                                   .arg(QString::fromStdString(run->name))
                                   .arg(run->id)
                                   .arg(run->seed)
                                   .arg(QString::fromStdString(run->device))
                                   .arg(run->threads);
    adjacency_->setProvenance(provenance);
    solution_->setProvenance(provenance);
    spectrum_->setProvenance(provenance);
    pages_->setCurrentIndex(1);
    if (run->changed != changed_) {
        changed_ = run->changed;
        ask();
    }
}

/// One question at a time: a live run changes faster than a slow store answers.
void GraphView::ask() {
    const engine::RunRecord* run = record();
    if (asking_ || run == nullptr) {
        askAgain_ = asking_;
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
        this,
        [id = run_, config = run->config](engine::RunStore& store) {
            return readGraphRun(store, id, config);
        },
        [this, id = run_, answered](GraphRun graph) {
            if (id == run_) {
                graph_ = std::move(graph);
                showRun();
            }
            answered();
        },
        [answered](const QString&) { answered(); });
}

const GraphRound* GraphView::chosen() const {
    const int index = transport_->index();
    return index >= 0 && index < static_cast<int>(graph_.rounds.size())
               ? &graph_.rounds[static_cast<std::size_t>(index)]
               : nullptr;
}

void GraphView::showRun() {
    fillRounds();
    fillMethods();
    transport_->setCount(static_cast<int>(graph_.rounds.size()));
    showRound();
}

void GraphView::showRound() {
    const GraphRound* round = chosen();
    const int index = transport_->index();
    if (round) {
        transport_->setText(tr("Solve %1 of %2, round %3, %4 iterations")
                                .arg(index + 1)
                                .arg(transport_->count())
                                .arg(round->round)
                                .arg(round->iterations));
        if (rounds_->currentRow() != index)
            rounds_->selectRow(index);
    } else {
        transport_->setText(tr("First solve goes on"));
    }
    kappa_->setEnabled(round != nullptr);
    const QSignalBlocker blocker(kappa_);
    kappa_->setValue(kSliderMiddle);
    showPrediction();
    askPictures();
}

/// s0 grows and the noise number falls in proportion to kappa.
void GraphView::showPrediction() {
    const GraphRound* round = chosen();
    const QString none = QStringLiteral("–");
    if (!round) {
        for (QLabel* label : {kappaText_, smallest_, noise_, found_, asked_})
            label->setText(none);
        bars_->setSmallest(0);
        bars_->setClusters(graph_.truth);
        return;
    }
    const double factor = kappaFactor(kappa_->value());
    const double s0 = round->s0 * factor;
    const double noise = round->noise / factor;
    kappaText_->setText(QLocale().toString(round->kappa * factor, 'f', 2));
    smallest_->setText(tr("%1 nodes").arg(QLocale().toString(s0, 'f', 1)));
    noise_->setText(noise > 1.2   ? tr("%1 noisy").arg(QLocale().toString(noise, 'f', 2))
                    : noise > 0.9 ? tr("%1 near 1").arg(QLocale().toString(noise, 'f', 2))
                                  : tr("%1 quiet").arg(QLocale().toString(noise, 'f', 2)));
    std::int64_t covered = 0;
    for (const FoundCluster& cluster : foundSoFar())
        covered += cluster.size;
    found_->setText(tr("%1 of %2").arg(count(covered), count(graph_.nodes)));
    const double pairs =
        static_cast<double>(graph_.nodes) * static_cast<double>(graph_.nodes - 1) / 2;
    asked_->setText(
        tr("%1, %2 %")
            .arg(count(round->queries))
            .arg(pairs > 0 ? 100 * static_cast<double>(round->queries) / pairs : 0, 0, 'f', 1));
    bars_->setSmallest(s0);
    bars_->setClusters(graph_.truth);
}

/// The clusters of the rounds up to the chosen one; at the end those that clean-up left.
std::vector<FoundCluster> GraphView::foundSoFar() const {
    if (!graph_.clusters.empty() && transport_->index() + 1 == transport_->count())
        return graph_.clusters;
    std::vector<FoundCluster> clusters;
    for (int i = 0; i <= transport_->index(); ++i) {
        const GraphRound& round = graph_.rounds[static_cast<std::size_t>(i)];
        for (const std::int64_t size : round.found)
            clusters.push_back({size, round.round});
    }
    return clusters;
}

void GraphView::askPictures() {
    const GraphRound* round = chosen();
    // While a run goes on its newest iterate is shown at the end of the film.
    const engine::RunRecord* run = record();
    const bool live =
        run && engine::isActive(run->status) && transport_->index() + 1 == transport_->count();
    const std::optional<GraphRound> wanted = round && !live ? std::optional(*round) : std::nullopt;
    const std::uint64_t generation = ++wanted_;
    context().store->ask(
        this,
        [id = run_, wanted, nodes = graph_.nodes](engine::RunStore& store) {
            return readGraphPictures(store, id, wanted, nodes);
        },
        [this, generation](const GraphPictures& pictures) {
            if (generation == wanted_)
                showPictures(pictures);
        });
}

void GraphView::showPictures(const GraphPictures& pictures) {
    adjacency_->setData(pictures.adjacency);
    solution_->setData(pictures.solution);
    std::vector<MatrixBlock> blocks;
    double begin = 0;
    for (const FoundCluster& cluster : foundSoFar()) {
        const double end = begin + static_cast<double>(cluster.size);
        blocks.push_back(
            {begin, end, begin, end, seriesStyle(static_cast<int>(blocks.size())).color,
             tr("cluster of %1, round %2").arg(count(cluster.size)).arg(cluster.round)});
        begin = end;
    }
    adjacency_->setBlocks(std::move(blocks));

    spectrum_->setTitle(tr("Spectrum"), tr("of Z − Y/ρ, kept above 1/ρ"));
    spectrum_->setXAxis({tr("Eigenvalue index"), {{}, 3}});
    spectrum_->setYAxis({tr("Magnitude"), {{}, 3}, AxisScale::Log});
    std::vector<CurveSeries> series;
    if (!pictures.eigenvalues.empty()) {
        CurveSeries values;
        values.id = values.name = tr("eigenvalues");
        values.style = trainStyle();
        values.marks = PointMarks::Shown;
        values.label = EndLabel::None;
        for (std::size_t i = 0; i < pictures.eigenvalues.size(); ++i) {
            values.points.x.push_back(static_cast<double>(i + 1));
            values.points.y.push_back(std::abs(pictures.eigenvalues[i]));
        }
        if (pictures.threshold > 0) {
            CurveSeries line;
            line.id = line.name = tr("kept above");
            line.style = baselineStyle();
            line.emphasis = Emphasis::Reference;
            line.label = EndLabel::NameAndValue;
            line.points = {{1, std::max(2.0, values.points.x.back())},
                           {pictures.threshold, pictures.threshold}};
            series.push_back(std::move(line));
        }
        series.push_back(std::move(values));
    }
    spectrum_->setSeries(std::move(series));
}

void GraphView::fillRounds() {
    const QSignalBlocker blocker(rounds_);
    rounds_->setRowCount(static_cast<int>(graph_.rounds.size()));
    int row = 0;
    for (const GraphRound& round : graph_.rounds) {
        const QLocale locale;
        setCell(rounds_, row, 0, QString::number(round.round));
        setCell(rounds_, row, 1, locale.toString(round.kappa, 'f', 2));
        setCell(rounds_, row, 2, tr("%1 %").arg(locale.toString(100 * round.rate, 'f', 1)));
        setCell(rounds_, row, 3, count(round.nodes));
        setCell(rounds_, row, 4, locale.toString(round.s0, 'f', 1));
        setCell(rounds_, row, 5, locale.toString(round.noise, 'f', 2));
        setCell(rounds_, row, 6, count(round.iterations));
        setCell(rounds_, row, 7, count(round.rank));
        setCell(rounds_, row, 8, seconds(round.seconds));
        setCell(rounds_, row, 9, round.found.empty() ? tr("not clean") : sizes(round.found),
                Qt::AlignLeft);
        ++row;
    }
}

void GraphView::fillMethods() {
    methods_->setRowCount(static_cast<int>(graph_.methods.size()));
    int row = 0;
    const auto shown = [](const std::optional<double>& value) {
        return value ? QLocale().toString(*value, 'f', 3) : QStringLiteral("–");
    };
    for (const MethodRow& method : graph_.methods) {
        setCell(methods_, row, 0, method.method, Qt::AlignLeft);
        setCell(methods_, row, 1, count(method.clusters));
        setCell(methods_, row, 2,
                method.exact ? QString::number(*method.exact) : QStringLiteral("–"));
        setCell(methods_, row, 3, shown(method.ari));
        setCell(methods_, row, 4, shown(method.nmi));
        setCell(methods_, row, 5, shown(method.modularity));
        setCell(methods_, row, 6, seconds(method.seconds));
        ++row;
    }
}

} // namespace inlay::widgets

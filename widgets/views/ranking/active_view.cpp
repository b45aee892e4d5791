#include "widgets/views/ranking/active_view.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QSaveFile>
#include <QSplitter>
#include <QStackedWidget>
#include <QTableWidget>
#include <QTimer>

#include "engine/interop/csv.h"
#include "engine/store/run_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/empty_state.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/ranking/ask_panel.h"
#include "widgets/views/ranking/pair_matrix.h"
#include "widgets/views/ranking/ranking_header.h"

namespace inlay::widgets {
namespace {

constexpr int kReadEveryMs = 300;
// Blocks below this part of the ranking are not drawn.
constexpr int kSmallestBlock = 40;

QString percent(double share) {
    return QLocale().toString(100 * share, 'f', share < 0.1 ? 2 : 1) + QStringLiteral(" %");
}

QTableWidgetItem* cell(const QString& text, bool isNumber) {
    auto* item = new QTableWidgetItem(text);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
    item->setTextAlignment(isNumber ? Qt::AlignRight | Qt::AlignVCenter
                                    : Qt::AlignLeft | Qt::AlignVCenter);
    item->setToolTip(text);
    return item;
}

// The same look for a strategy in every run.
int styleOf(const std::string& strategy) {
    static const std::vector<std::string> order = {"active_ring", "uniform", "quick_sort",
                                                   "merge_sort", "sample_and_rank"};
    return static_cast<int>(std::find(order.begin(), order.end(), strategy) - order.begin());
}

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

    auto* splitter = new QSplitter(Qt::Vertical, page);
    splitter->setChildrenCollapsible(false);
    auto* top = new QSplitter(Qt::Horizontal, splitter);
    top->setChildrenCollapsible(false);
    curves_ = new CurvePlot(top);
    curves_->setEmptyText(tr("Regret against labels appears here with the first replicate."));
    connect(curves_, &Plot::notice, this, &ActiveView::notice);
    pairs_ = new HeatMap(top);
    pairs_->setSquare(true);
    pairs_->setFixedRange(Range{0, 1});
    pairs_->setValues(tr("row preferred"), {{}, 2}, AxisScale::Linear, ColorMap::Diverging);
    pairs_->setXAxis({tr("Item, in current order"), {}, AxisScale::Linear});
    pairs_->setYAxis({tr("Item"), {}, AxisScale::Linear});
    pairs_->setEmptyText(tr("The pairs asked appear here as they are answered."));
    connect(pairs_, &Plot::notice, this, &ActiveView::notice);
    top->addWidget(curves_);
    top->addWidget(pairs_);
    top->setStretchFactor(0, 5);
    top->setStretchFactor(1, 4);
    splitter->addWidget(top);

    bottom_ = new QSplitter(Qt::Horizontal, splitter);
    bottom_->setChildrenCollapsible(false);
    resultsPane_ = new QWidget(bottom_);
    auto* resultsColumn = new QVBoxLayout(resultsPane_);
    resultsColumn->setContentsMargins(0, 0, 0, 0);
    resultsColumn->setSpacing(0);
    auto* resultsTitle = new QLabel(tr("Results, mean over replicates"), resultsPane_);
    resultsTitle->setProperty("role", QStringLiteral("title"));
    resultsTitle->setContentsMargins(pad, scaled(4, font()), pad, scaled(4, font()));
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
    auto* rankingPane = new QWidget(bottom_);
    auto* rankingColumn = new QVBoxLayout(rankingPane);
    rankingColumn->setContentsMargins(0, 0, 0, 0);
    rankingColumn->setSpacing(0);
    rankingTitle_ = new QLabel(rankingPane);
    rankingTitle_->setProperty("role", QStringLiteral("title"));
    rankingTitle_->setContentsMargins(pad, scaled(4, font()), pad, scaled(4, font()));
    rankingColumn->addWidget(rankingTitle_);
    ranking_ = makeTable({tr("Place"), tr("Item"), tr("Sure"), tr("90 %")}, tr("Ranking"));
    rankingColumn->addWidget(ranking_, 1);
    doubt_ = new QLabel(rankingPane);
    doubt_->setProperty("role", QStringLiteral("muted"));
    doubt_->setWordWrap(true);
    doubt_->setContentsMargins(pad, scaled(4, font()), pad, scaled(4, font()));
    rankingColumn->addWidget(doubt_);
    ask_ = new AskPanel(*context().store, bottom_);
    bottom_->addWidget(resultsPane_);
    bottom_->addWidget(rankingPane);
    bottom_->addWidget(ask_);
    bottom_->setStretchFactor(0, 3);
    bottom_->setStretchFactor(1, 3);
    bottom_->setStretchFactor(2, 4);
    splitter->addWidget(bottom_);
    splitter->setStretchFactor(0, 5);
    splitter->setStretchFactor(1, 4);
    column->addWidget(splitter, 1);
    pages_->addWidget(page);
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
        active_ = {};
        ranking_->setRowCount(0);
        results_->setRowCount(0);
        curves_->clear();
        pairs_->setData({});
        ask_->setRun(0);
    }
    header_->setRun(*run, words(), !active_.films.empty());
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
    if (active_.run == 0)
        return {};
    if (active_.byPerson)
        return tr("%L1 items, by eye").arg(active_.items);
    const QString replicates =
        active_.replicates == 1 ? tr("1 replicate") : tr("%L1 replicates").arg(active_.replicates);
    return tr("%L1 items, %2, %3").arg(active_.items).arg(active_.noise, replicates);
}

std::string ActiveView::filmed() const {
    return strategy_->currentData().toString().toStdString();
}

void ActiveView::take(ActiveRun active) {
    const bool isOther = active.run != active_.run || active.strategies != active_.strategies;
    active_ = std::move(active);
    if (isOther) {
        const QSignalBlocker quiet(strategy_);
        strategy_->clear();
        for (const std::string& strategy : active_.strategies)
            strategy_->addItem(strategyTitle(strategy), QString::fromStdString(strategy));
        strategy_->setVisible(active_.strategies.size() > 1);
    }
    resultsPane_->setVisible(!active_.byPerson);
    ranking_->setColumnHidden(2, !active_.byPerson);
    ranking_->setColumnHidden(3, !active_.byPerson);
    ask_->setVisible(active_.byPerson);
    if (isOther && !active_.byPerson)
        bottom_->setSizes({(11 * width()) / 20, (9 * width()) / 20, 0});
    if (active_.byPerson) {
        ask_->setRun(active_.run);
        ask_->setThings(active_.things);
        if (isOther) {
            ask_->setFocus();
            // Names and pictures need about the same room.
            bottom_->setSizes({0, width() / 2, width() - width() / 2});
        }
    }
    if (const engine::RunRecord* run = record())
        header_->setRun(*run, words(), !active_.films.empty());
    showCurves();
    showResults();
    showFilm();
}

void ActiveView::showCurves() {
    std::vector<CurveSeries> all;
    if (active_.byPerson) {
        curves_->setTitle(tr("Answers the ranking contradicts"), tr("labels, by answer"));
        curves_->setXAxis({tr("Answer"), {}, AxisScale::Linear});
        curves_->setYAxis({tr("Contradicted"), {}, AxisScale::Linear});
        CurveSeries series;
        series.id = QStringLiteral("contradictions");
        series.name = tr("contradicted");
        series.style = seriesStyle(0);
        series.label = EndLabel::NameAndValue;
        series.points = active_.contradictions;
        if (series.points.size() > 0)
            all.push_back(std::move(series));
    } else {
        curves_->setTitle(tr("Regret against labels"), tr("share of OPT^, band: replicates"));
        curves_->setXAxis({tr("Labels bought"), {}, AxisScale::Log});
        curves_->setYAxis({tr("Regret / OPT^"), {}, AxisScale::Log});
        for (const std::string& strategy : active_.strategies) {
            const ActiveCurve& curve = active_.curves[strategy];
            if (curve.mean.size() == 0)
                continue;
            CurveSeries series;
            series.id = QString::fromStdString(strategy);
            series.name = strategyTitle(strategy);
            series.style = seriesStyle(styleOf(strategy));
            series.emphasis = strategy == "active_ring" ? Emphasis::Chosen : Emphasis::Normal;
            series.marks = PointMarks::Shown;
            series.points = curve.mean;
            series.band = curve.band;
            all.push_back(std::move(series));
        }
    }
    curves_->setSeries(std::move(all));
}

void ActiveView::showResults() {
    results_->setRowCount(static_cast<int>(active_.results.size()));
    int row = 0;
    for (const std::string& strategy : active_.strategies) {
        const auto found = active_.results.find(strategy);
        if (found == active_.results.end())
            continue;
        const ActiveResult& result = found->second;
        results_->setItem(row, 0, cell(strategyTitle(strategy), false));
        results_->setItem(row, 1, cell(QLocale().toString(std::llround(result.labels)), true));
        results_->setItem(row, 2, cell(QLocale().toString(result.loss, 'f', 1), true));
        results_->setItem(row, 3, cell(percent(result.regret), true));
        const auto blocks = active_.blocks.find(strategy);
        const std::size_t count = blocks == active_.blocks.end() ? 0 : blocks->second.size();
        results_->setItem(row, 4, cell(QLocale().toString(static_cast<qulonglong>(count)), true));
        ++row;
    }
    results_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    results_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
}

void ActiveView::showFilm() {
    const auto film = active_.films.find(filmed());
    transport_->setCount(
        film == active_.films.end() ? 0 : static_cast<int>(film->second.moments.size()));
    showMoment();
}

void ActiveView::showMoment() {
    const auto found = active_.films.find(filmed());
    const int index = transport_->index();
    if (found == active_.films.end() || index < 0 ||
        index >= static_cast<int>(found->second.moments.size())) {
        pairs_->setData({});
        return;
    }
    const ActiveFilm& film = found->second;
    const ActiveMoment& moment = film.moments[static_cast<std::size_t>(index)];
    const auto pairs = static_cast<double>(moment.order.size()) *
                       (static_cast<double>(moment.order.size()) - 1) / 2;
    const double labels = film.isPerson ? static_cast<double>(film.bought.size())
                                        : static_cast<double>(moment.labels);
    transport_->setText(film.isPerson ? tr("answer %L1").arg(moment.labels)
                                      : tr("%L1 labels, %2 of all pairs")
                                            .arg(moment.labels)
                                            .arg(percent(labels / std::max(1.0, pairs))));
    pairs_->setTitle(tr("Pairs asked"),
                     tr("%1; plain: not asked").arg(strategyTitle(found->first)));
    pairs_->setData(pairMatrix(film, moment));
    std::vector<MatrixBlock> outlines;
    const bool isLast = index + 1 == static_cast<int>(film.moments.size());
    const auto blocks = active_.blocks.find(found->first);
    if (isLast && blocks != active_.blocks.end()) {
        for (const ActiveBlock& block : blocks->second) {
            // Smaller ones would hide the pairs along the diagonal; the table counts them.
            if (block.last - block.first < std::max(2, active_.items / kSmallestBlock))
                continue;
            MatrixBlock outline;
            outline.rowBegin = outline.columnBegin = block.first;
            outline.rowEnd = outline.columnEnd = block.last;
            outline.color = block.isChaotic ? 5 : 2;
            outline.name =
                block.isChaotic
                    ? tr("chaotic block, places %1 to %2").arg(block.first + 1).arg(block.last)
                    : tr("block of places %1 to %2").arg(block.first + 1).arg(block.last);
            outlines.push_back(std::move(outline));
        }
    }
    pairs_->setBlocks(std::move(outlines));
    curves_->setMarks(film.isPerson
                          ? std::vector<PlotMark>{}
                          : std::vector<PlotMark>{{static_cast<double>(moment.labels), {}}});
    showRanking(moment);
}

void ActiveView::showRanking(const ActiveMoment& moment) {
    const bool isNewest = active_.byPerson && transport_->index() + 1 == transport_->count();
    rankingTitle_->setText(active_.byPerson ? tr("Ranking after answer %L1").arg(moment.labels)
                                            : tr("Ranking after %L1 labels").arg(moment.labels));
    ranking_->setRowCount(static_cast<int>(moment.order.size()));
    QStringList names;
    for (int row = 0; row < ranking_->rowCount(); ++row) {
        const auto item = moment.order[static_cast<std::size_t>(row)];
        const auto index = static_cast<std::size_t>(item);
        const QString name = index < active_.things.size() ? active_.things[index].name
                                                           : tr("item %1").arg(item + 1);
        names << name;
        ranking_->setItem(row, 0, cell(QString::number(row + 1), true));
        ranking_->setItem(row, 1, cell(name, false));
        const bool knows = isNewest && static_cast<std::size_t>(row) < active_.ranking.size() &&
                           active_.ranking[static_cast<std::size_t>(row)].item == item;
        const RankedItem ranked =
            knows ? active_.ranking[static_cast<std::size_t>(row)] : RankedItem{};
        ranking_->setItem(row, 2, cell(knows ? percent(ranked.confidence) : QString(), true));
        ranking_->setItem(
            row, 3,
            cell(knows ? tr("%1 to %2").arg(ranked.low).arg(ranked.high) : QString(), true));
    }
    pairs_->setNames(names, names);
    ranking_->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    ranking_->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
    QStringList doubts;
    for (std::size_t i = 0; isNewest && i < std::min<std::size_t>(3, active_.doubt.size()); ++i) {
        const DoubtfulItems& pair = active_.doubt[i];
        doubts << tr("%1 above %2 (%3)").arg(pair.above, pair.below, percent(pair.probability));
    }
    doubt_->setVisible(!doubts.isEmpty());
    doubt_->setText(tr("Most in doubt: %1; %L2 pairs in all")
                        .arg(doubts.join(QStringLiteral(", ")))
                        .arg(active_.doubt.size()));
}

// rank,item,score,ci_lo,ci_hi: without a model of strengths the score is the probability of the
// place, and the interval is one of places.
void ActiveView::exportRanking() {
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Export ranking"), QStringLiteral("ranking.csv"), tr("CSV (*.csv)"));
    if (path.isEmpty())
        return;
    std::string text = "rank,item,score,ci_lo,ci_hi\n";
    for (int row = 0; row < ranking_->rowCount(); ++row) {
        const bool knows = static_cast<std::size_t>(row) < active_.ranking.size();
        text += std::to_string(row + 1) + ',' +
                engine::csvText(ranking_->item(row, 1)->text().toStdString()) + ',';
        if (knows) {
            const RankedItem& item = active_.ranking[static_cast<std::size_t>(row)];
            text += engine::csvNumber(item.confidence) + ',' + std::to_string(item.low) + ',' +
                    std::to_string(item.high);
        } else {
            text += ",,";
        }
        text += '\n';
    }
    QSaveFile file(path);
    const bool isWritten =
        file.open(QIODevice::WriteOnly) &&
        file.write(QByteArray::fromStdString(text)) == static_cast<qint64>(text.size()) &&
        file.commit();
    emit notice(isWritten ? tr("The ranking was written to %1.").arg(path)
                          : tr("%1 could not be written: %2").arg(path, file.errorString()));
}

} // namespace inlay::widgets

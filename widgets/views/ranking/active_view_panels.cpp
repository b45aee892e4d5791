#include <algorithm>
#include <cmath>

#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QSaveFile>
#include <QTableWidget>
#include <QTabWidget>

#include "engine/interop/csv.h"
#include "engine/interop/preflib.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/views/ranking/active_view.h"
#include "widgets/views/ranking/bump_chart.h"

// What the panels of the view show; following the run is in active_view.cpp.

namespace inlay::widgets {
namespace {

// Blocks below this part of the ranking are not drawn.
constexpr int kSmallestBlock = 40;

QString percent(double share) {
    if (!std::isfinite(share))
        return QStringLiteral("–");
    return QLocale().toString(100 * share, 'f', share < 0.1 ? 2 : 1) + QStringLiteral(" %");
}

QString signedNumber(double value) {
    const QString text = QLocale().toString(std::abs(value), 'f', 2);
    if (std::abs(value) < 0.005)
        return text;
    return (value > 0 ? QStringLiteral("+") : QStringLiteral("−")) + text;
}

QTableWidgetItem* cell(const QString& text, bool isNumber) {
    auto* item = new QTableWidgetItem(text);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
    item->setTextAlignment(isNumber ? Qt::AlignRight | Qt::AlignVCenter
                                    : Qt::AlignLeft | Qt::AlignVCenter);
    item->setToolTip(text);
    return item;
}

void fitColumns(QTableWidget* table, std::initializer_list<int> stretched) {
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    for (const int column : stretched)
        table->horizontalHeader()->setSectionResizeMode(column, QHeaderView::Stretch);
}

// The same look for a strategy in every run.
int styleOf(const std::string& strategy) {
    static const std::vector<std::string> order = {"active_ring", "uniform", "quick_sort",
                                                   "merge_sort", "sample_and_rank"};
    return static_cast<int>(std::find(order.begin(), order.end(), strategy) - order.begin());
}

double pairsOf(double items) {
    return std::max(1.0, items * (items - 1) / 2);
}

engine::PreflibFile orderOf(const ActiveDetail& detail, const QString& path) {
    engine::PreflibFile file;
    file.metadata = engine::emptyPreflibMetadata();
    engine::setMetadata(file.metadata, "FILE NAME", QFileInfo(path).fileName().toStdString());
    engine::setMetadata(file.metadata, "MODIFICATION TYPE", "induced");
    file.alternatives.resize(detail.ranking.size());
    engine::PreflibOrder order;
    for (const PlacedItem& item : detail.ranking) {
        file.alternatives[static_cast<std::size_t>(item.place.item)] =
            item.place.name.toStdString();
        order.groups.push_back({item.place.item});
    }
    file.orders.push_back(std::move(order));
    return file;
}

} // namespace

void ActiveView::showCurves() {
    std::vector<CurveSeries> all;
    if (active_->byPerson) {
        curves_->setTitle(tr("Answers the ranking contradicts"), tr("labels, by answer"));
        curves_->setXAxis({tr("Answer"), {}, AxisScale::Linear, TickStep::Whole});
        curves_->setYAxis({tr("Contradicted"), {}, AxisScale::Linear, TickStep::Whole});
        CurveSeries series;
        series.id = QStringLiteral("contradictions");
        series.name = tr("contradicted");
        series.style = seriesStyle(0);
        series.label = EndLabel::NameAndValue;
        series.points = active_->contradictions;
        if (series.points.size() > 0)
            all.push_back(std::move(series));
    } else {
        const double unit = active_->items * std::log(std::max(2, active_->items));
        curves_->setTitle(
            tr("Regret against labels"),
            tr("share of OPT^, n ln n = %L1").arg(static_cast<qlonglong>(std::llround(unit))));
        curves_->setXAxis({tr("Labels bought"), {}, AxisScale::Log});
        curves_->setYAxis({tr("Regret / OPT^"), {}, AxisScale::Log});
        for (const std::string& strategy : active_->strategies) {
            const auto curve = active_->curves.find(strategy);
            if (curve == active_->curves.end() || curve->second.mean.size() == 0)
                continue;
            CurveSeries series;
            series.id = QString::fromStdString(strategy);
            series.name = strategyTitle(strategy);
            series.style = seriesStyle(styleOf(strategy));
            series.emphasis = strategy == "active_ring" ? Emphasis::Chosen : Emphasis::Normal;
            series.marks = PointMarks::Shown;
            series.points = curve->second.mean;
            series.band = curve->second.band;
            all.push_back(std::move(series));
        }
    }
    curves_->setSeries(std::move(all));
}

void ActiveView::showResults() {
    results_->setRowCount(static_cast<int>(active_->results.size()));
    int row = 0;
    for (const std::string& strategy : active_->strategies) {
        const auto found = active_->results.find(strategy);
        if (found == active_->results.end())
            continue;
        const ActiveResult& result = found->second;
        results_->setItem(row, 0, cell(strategyTitle(strategy), false));
        results_->setItem(row, 1, cell(QLocale().toString(std::llround(result.labels)), true));
        results_->setItem(row, 2, cell(QLocale().toString(result.loss, 'f', 1), true));
        results_->setItem(row, 3, cell(percent(result.regret), true));
        const auto blocks = active_->blocks.find(strategy);
        const std::size_t count = blocks == active_->blocks.end() ? 0 : blocks->second.size();
        results_->setItem(row, 4, cell(QLocale().toString(static_cast<qulonglong>(count)), true));
        ++row;
    }
    fitColumns(results_, {0});
}

void ActiveView::showMoment() {
    const ActiveFilm* shown = film();
    if (shown == nullptr) {
        takeDetail({});
        return;
    }
    const auto index = static_cast<std::size_t>(transport_->index());
    const ActiveMoment& moment = shown->moments[index];
    const auto items = static_cast<double>(moment.order.size());
    const auto labels = static_cast<double>(shown->labelsAt(index).size());
    transport_->setText(
        shown->isPerson ? tr("answer %L1").arg(moment.labels)
                        : tr("%L1 labels, %2 of all pairs, %3 n ln n")
                              .arg(moment.labels)
                              .arg(percent(labels / pairsOf(items)),
                                   QLocale().toString(static_cast<double>(moment.labels) /
                                                          std::max(1.0, items * std::log(items)),
                                                      'f', 1)));
    curves_->setMarks({{static_cast<double>(moment.labels), {}}});
    askForDetail();
}

void ActiveView::takeDetail(ActiveDetail detail) {
    detail_ = std::move(detail);
    const bool byPerson = active_->byPerson;
    bump_->setTitle(
        byPerson ? tr("Ranking over answers") : tr("Ranking over labels"),
        detail_.bump.items.empty()
            ? QString()
            : tr("%1, top %2").arg(strategyTitle(filmed())).arg(detail_.bump.shownRanks));
    bump_->setColumnTitle(byPerson ? tr("Answer") : tr("Labels bought"));
    bump_->setData(detail_.bump, item_);
    pairs_->setTitle(tr("Pairs asked"), tr("plain: not asked"));
    QStringList names;
    for (const PlacedItem& item : detail_.ranking)
        names << item.place.name;
    pairs_->setNames(names, names);
    pairs_->setData(detail_.pairs);
    std::vector<MatrixBlock> outlines = detail_.contradicted;
    const ActiveFilm* shown = film();
    const bool isLast =
        shown != nullptr && transport_->index() + 1 == static_cast<int>(shown->moments.size());
    const auto blocks = active_->blocks.find(filmed());
    if (isLast && blocks != active_->blocks.end()) {
        for (const ActiveBlock& block : blocks->second) {
            // Smaller ones would hide the pairs along the diagonal; their table lists them.
            if (block.last - block.first < std::max(2, active_->items / kSmallestBlock))
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
    showRanking();
    showDoubt();
    showCycles();
    showScores();
    QStringList words;
    if (!detail_.ranking.empty())
        words << (detail_.parts == 1 ? tr("All items are connected by labels")
                                     : tr("%L1 parts that no label connects").arg(detail_.parts));
    if (!detail_.contradicted.empty())
        words << tr("framed: %L1 contradicted").arg(detail_.contradicted.size());
    summary_->setText(words.join(QStringLiteral("; ")));
    summary_->setVisible(!words.isEmpty());
}

void ActiveView::showTab(QWidget* page, const QString& title, bool isWanted) {
    const int at = tabs_->indexOf(page);
    if (!isWanted) {
        if (at >= 0)
            tabs_->removeTab(at);
        page->hide();
        return;
    }
    if (at >= 0) {
        tabs_->setTabText(at, title);
        return;
    }
    const QList<QWidget*> order = {ranking_, doubt_, cycles_, blocks_, scores_, annotators_};
    int before = 0;
    for (int i = 0; i < order.indexOf(page); ++i)
        before += tabs_->indexOf(order[i]) >= 0 ? 1 : 0;
    tabs_->insertTab(before, page, title);
}

void ActiveView::showRanking() {
    showTab(ranking_, tr("Ranking"), true);
    ranking_->setColumnHidden(2, !detail_.hasConfidence);
    ranking_->setColumnHidden(3, !detail_.hasConfidence);
    ranking_->setColumnHidden(4, !detail_.hasScores);
    ranking_->setRowCount(static_cast<int>(detail_.ranking.size()));
    ranking_->clearSelection();
    for (int row = 0; row < ranking_->rowCount(); ++row) {
        const PlacedItem& item = detail_.ranking[static_cast<std::size_t>(row)];
        ranking_->setItem(row, 0, cell(QString::number(row + 1), true));
        ranking_->setItem(row, 1, cell(item.place.name, false));
        ranking_->setItem(
            row, 2, cell(detail_.hasConfidence ? percent(item.place.confidence) : QString(), true));
        ranking_->setItem(row, 3,
                          cell(detail_.hasConfidence
                                   ? tr("%1 to %2").arg(item.place.low).arg(item.place.high)
                                   : QString(),
                               true));
        ranking_->setItem(
            row, 4,
            cell(detail_.hasScores
                     ? tr("%1 ± %2").arg(signedNumber(item.score),
                                         QLocale().toString((item.high - item.low) / 2, 'f', 2))
                     : QString(),
                 true));
        if (item.place.item == item_)
            ranking_->selectRow(row);
    }
    fitColumns(ranking_, {1});
}

void ActiveView::showDoubt() {
    doubt_->setRowCount(static_cast<int>(detail_.doubt.size()));
    for (int row = 0; row < doubt_->rowCount(); ++row) {
        const DoubtfulItems& pair = detail_.doubt[static_cast<std::size_t>(row)];
        doubt_->setItem(row, 0, cell(pair.above, false));
        doubt_->setItem(row, 1, cell(pair.below, false));
        doubt_->setItem(row, 2, cell(percent(pair.probability), true));
    }
    fitColumns(doubt_, {0, 1});
    showTab(doubt_, tr("In doubt %L1").arg(detail_.doubt.size()), detail_.hasConfidence);
}

void ActiveView::showCycles() {
    cycles_->setRowCount(static_cast<int>(detail_.cycles.size()));
    for (int row = 0; row < cycles_->rowCount(); ++row) {
        const auto& cycle = detail_.cycles[static_cast<std::size_t>(row)];
        for (int i = 0; i < 4; ++i)
            cycles_->setItem(
                row, i, cell(active_->itemName(cycle[static_cast<std::size_t>(i % 3)]), false));
    }
    fitColumns(cycles_, {0, 1, 2, 3});
    showTab(cycles_, tr("Cycles %L1").arg(detail_.cycleCount), detail_.hasCycles);
}

void ActiveView::showBlocks() {
    const auto found = active_->blocks.find(filmed());
    const std::size_t count = found == active_->blocks.end() ? 0 : found->second.size();
    blocks_->setRowCount(static_cast<int>(count));
    for (int row = 0; row < blocks_->rowCount(); ++row) {
        const ActiveBlock& block = found->second[static_cast<std::size_t>(row)];
        const int size = block.last - block.first;
        blocks_->setItem(row, 0,
                         cell(size == 1 ? tr("%L1").arg(block.first + 1)
                                        : tr("%L1 to %L2").arg(block.first + 1).arg(block.last),
                              true));
        blocks_->setItem(row, 1, cell(QLocale().toString(size), true));
        blocks_->setItem(row, 2,
                         cell(block.isChaotic ? tr("chaotic: no order fits") : tr("small"), false));
    }
    fitColumns(blocks_, {2});
    showTab(blocks_, tr("Blocks %L1").arg(count), count > 0);
}

void ActiveView::showScores() {
    std::vector<CurveSeries> all;
    if (detail_.hasScores) {
        CurveSeries series;
        series.id = QStringLiteral("scores");
        series.name = tr("score");
        series.style = seriesStyle(5);
        series.emphasis = Emphasis::Chosen;
        series.marks = PointMarks::Shown;
        series.label = EndLabel::None;
        for (std::size_t place = 0; place < detail_.ranking.size(); ++place) {
            const PlacedItem& item = detail_.ranking[place];
            const auto x = static_cast<double>(place + 1);
            series.points.x.push_back(x);
            series.points.y.push_back(item.score);
            series.band.x.push_back(x);
            series.band.low.push_back(item.low);
            series.band.high.push_back(item.high);
        }
        all.push_back(std::move(series));
    }
    scores_->setSeries(std::move(all));
    showTab(scores_, tr("Scores"), detail_.hasScores);
}

void ActiveView::showAnnotators() {
    const auto& lines = active_->annotators;
    annotators_->setRowCount(static_cast<int>(lines.size()));
    for (int row = 0; row < annotators_->rowCount(); ++row) {
        const AnnotatorLine& line = lines[static_cast<std::size_t>(row)];
        annotators_->setItem(row, 0,
                             cell(line.name.isEmpty() ? tr("(no name)") : line.name, false));
        annotators_->setItem(row, 1, cell(QLocale().toString(line.answers), true));
        annotators_->setItem(row, 2, cell(percent(line.consensus), true));
        annotators_->setItem(row, 3, cell(percent(line.leaveOneOut), true));
        annotators_->setItem(row, 4,
                             cell(std::isfinite(line.tauWithout)
                                      ? QLocale().toString(line.tauWithout, 'f', 2)
                                      : QStringLiteral("–"),
                                  true));
    }
    fitColumns(annotators_, {0});
    showTab(annotators_, tr("Annotators"), !lines.empty());
}

// rank,item,score,ci_lo,ci_hi: Bradley-Terry, empty where there are too many items for it.
void ActiveView::exportRanking() {
    const QString path =
        QFileDialog::getSaveFileName(this, tr("Export ranking"), QStringLiteral("ranking.csv"),
                                     tr("CSV (*.csv);;PrefLib order (*.soc)"));
    if (path.isEmpty())
        return;
    if (path.endsWith(QLatin1String(".soc"), Qt::CaseInsensitive)) {
        write(path, preflibText(orderOf(detail_, path)));
        return;
    }
    std::string text = "rank,item,score,ci_lo,ci_hi\n";
    for (std::size_t place = 0; place < detail_.ranking.size(); ++place) {
        const PlacedItem& item = detail_.ranking[place];
        text +=
            std::to_string(place + 1) + ',' + engine::csvText(item.place.name.toStdString()) + ',';
        if (detail_.hasScores)
            text += engine::csvNumber(item.score) + ',' + engine::csvNumber(item.low) + ',' +
                    engine::csvNumber(item.high);
        else
            text += ",,";
        text += '\n';
    }
    write(path, text);
}

void ActiveView::write(const QString& path, const std::string& text) {
    QSaveFile file(path);
    const bool isWritten =
        file.open(QIODevice::WriteOnly) &&
        file.write(QByteArray::fromStdString(text)) == static_cast<qint64>(text.size()) &&
        file.commit();
    emit notice(isWritten ? tr("The ranking was written to %1.").arg(path)
                          : tr("%1 could not be written: %2").arg(path, file.errorString()));
}

} // namespace inlay::widgets

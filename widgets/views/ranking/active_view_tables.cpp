#include <algorithm>
#include <cmath>

#include <QHeaderView>
#include <QLocale>
#include <QTableWidget>
#include <QTabWidget>

#include "widgets/plots/curve_plot.h"
#include "widgets/views/ranking/active_view.h"
#include "widgets/views/ranking/active_view_private.h"

// What the tables of the view show.

namespace inlay::widgets {
namespace {

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

} // namespace

QString shareText(double share) {
    if (!std::isfinite(share))
        return QStringLiteral("–");
    return QLocale().toString(100 * share, 'f', share < 0.1 ? 2 : 1) + QStringLiteral(" %");
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
        results_->setItem(row, 3, cell(shareText(result.regret), true));
        const auto blocks = active_->blocks.find(strategy);
        const std::size_t count = blocks == active_->blocks.end() ? 0 : blocks->second.size();
        results_->setItem(row, 4, cell(QLocale().toString(static_cast<qulonglong>(count)), true));
        ++row;
    }
    fitColumns(results_, {0});
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
    const QList<QWidget*> order = {ranking_, doubt_,  cycles_,    blocks_,
                                   scores_,  models_, annotators_};
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
            row, 2,
            cell(detail_.hasConfidence ? shareText(item.place.confidence) : QString(), true));
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
        doubt_->setItem(row, 2, cell(shareText(pair.probability), true));
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

// How each model agrees with the ranking, then what it gives each item.
void ActiveView::showModels() {
    showTab(models_, tr("Models"), detail_.hasScores);
    if (!detail_.hasScores) {
        models_->setRowCount(0);
        return;
    }
    constexpr int kAgreements = 3;
    models_->setRowCount(kAgreements + static_cast<int>(detail_.ranking.size()));
    const QLocale locale;
    const auto number = [&](double value, int digits) {
        return std::isfinite(value) ? locale.toString(value, 'f', digits) : QStringLiteral("–");
    };
    const std::pair<QString, double engine::RankAgreement::*> agreements[kAgreements] = {
        {tr("Agreement, Kendall τ"), &engine::RankAgreement::kendall},
        {tr("Agreement, Spearman ρ"), &engine::RankAgreement::spearman},
        {tr("Distance, footrule"), &engine::RankAgreement::footrule}};
    QFont bold = models_->font();
    bold.setBold(true);
    for (int row = 0; row < kAgreements; ++row) {
        const auto& [name, member] = agreements[row];
        models_->setItem(row, 0, cell(name, false));
        for (std::size_t model = 0; model < detail_.agreements.size(); ++model)
            models_->setItem(
                row, static_cast<int>(model) + 1,
                cell(number(detail_.agreements[model].*member, row < 2 ? 3 : 0), true));
        for (int column = 0; column < models_->columnCount(); ++column)
            models_->item(row, column)->setFont(bold);
    }
    for (std::size_t place = 0; place < detail_.ranking.size(); ++place) {
        const PlacedItem& item = detail_.ranking[place];
        const int row = kAgreements + static_cast<int>(place);
        models_->setItem(row, 0, cell(item.place.name, false));
        models_->setItem(row, 1, cell(signedNumber(item.score), true));
        models_->setItem(row, 2, cell(number(item.elo, 1), true));
        models_->setItem(row, 3, cell(number(item.borda, 1), true));
        models_->setItem(row, 4, cell(number(item.copeland, 1), true));
    }
    fitColumns(models_, {0});
}

void ActiveView::showAnnotators() {
    const auto& lines = active_->annotators;
    annotators_->setRowCount(static_cast<int>(lines.size()));
    for (int row = 0; row < annotators_->rowCount(); ++row) {
        const AnnotatorLine& line = lines[static_cast<std::size_t>(row)];
        annotators_->setItem(row, 0,
                             cell(line.name.isEmpty() ? tr("(no name)") : line.name, false));
        annotators_->setItem(row, 1, cell(QLocale().toString(line.answers), true));
        annotators_->setItem(row, 2, cell(shareText(line.consensus), true));
        annotators_->setItem(row, 3, cell(shareText(line.leaveOneOut), true));
        annotators_->setItem(row, 4,
                             cell(std::isfinite(line.tauWithout)
                                      ? QLocale().toString(line.tauWithout, 'f', 2)
                                      : QStringLiteral("–"),
                                  true));
    }
    fitColumns(annotators_, {0});
    showTab(annotators_, tr("Annotators"), !lines.empty());
}

} // namespace inlay::widgets

#include <algorithm>
#include <cmath>

#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QSaveFile>
#include <QTabWidget>

#include "engine/interop/csv.h"
#include "engine/interop/preflib.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/views/ranking/active_view.h"
#include "widgets/views/ranking/active_view_private.h"
#include "widgets/views/ranking/bump_chart.h"

// What the pictures of the view show and what is written to files; its tables are in
// active_view_tables.cpp, following the run is in active_view.cpp.

namespace inlay::widgets {
namespace {

// Blocks below this part of the ranking are not drawn.
constexpr int kSmallestBlock = 40;

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
                              .arg(shareText(labels / pairsOf(items)),
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
    showModels();
    QStringList words;
    if (!detail_.ranking.empty())
        words << (detail_.parts == 1 ? tr("All items are connected by labels")
                                     : tr("%L1 parts that no label connects").arg(detail_.parts));
    if (!detail_.contradicted.empty())
        words << tr("framed: %L1 contradicted").arg(detail_.contradicted.size());
    summary_->setText(words.join(QStringLiteral("; ")));
    summary_->setVisible(!words.isEmpty());
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

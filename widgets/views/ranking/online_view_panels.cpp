#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QFileDialog>
#include <QLocale>
#include <QSaveFile>

#include "engine/interop/csv.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/views/ranking/bump_chart.h"
#include "widgets/views/ranking/figure_list.h"
#include "widgets/views/ranking/online_view.h"

// What the panels of the view show; following the run is in online_view.cpp.

namespace inlay::widgets {
namespace {

// Both sides of a step stand at an x of their own.
constexpr double kStepGap = 1e-6;
// Dashes need room between points, and curves this smooth need no more of them.
constexpr std::size_t kMostPoints = 120;

const QString kRegret = QStringLiteral("regret/");
const QString kBound = QStringLiteral("bound/");
const QString kLowerBound = QStringLiteral("lower_bound");

QString figure(double value) {
    const double size = std::abs(value);
    return QLocale().toString(value, 'f', size < 10 ? 2 : (size < 100 ? 1 : 0));
}

CurveSeries rootGuide(const std::vector<CurveSeries>& all, bool isNormalized) {
    CurveSeries guide;
    guide.id = QStringLiteral("root");
    guide.name = QStringLiteral("∝ √t");
    guide.style = seriesStyle(0);
    guide.style.color = 0;
    guide.style.dash = {1, 3};
    guide.label = EndLabel::None;
    const auto chosen = std::find_if(all.begin(), all.end(), [](const CurveSeries& series) {
        return series.emphasis == Emphasis::Chosen;
    });
    if (chosen == all.end() || chosen->points.size() == 0 || chosen->points.y.back() <= 0)
        return guide;
    const double last = chosen->points.x.back();
    guide.points.x = chosen->points.x;
    for (const double t : guide.points.x)
        guide.points.y.push_back(chosen->points.y.back() *
                                 (isNormalized ? 1.0 : std::sqrt(t / last)));
    return guide;
}

} // namespace

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
            const std::size_t stride = found->size() / kMostPoints + 1;
            for (std::size_t i = 0; i < found->size(); ++i) {
                if (i % stride != 0 && i + 1 != found->size())
                    continue;
                points.x.push_back(found->steps[i]);
                points.y.push_back(found->values[i] / unit(found->steps[i]));
            }
        }
        return points;
    };
    const bool isLog = scale_->currentIndex() == Log;
    std::vector<CurveSeries> all;
    for (std::size_t i = 0; i < film_->algorithms.size(); ++i) {
        const OnlineAlgorithm& algorithm = film_->algorithms[i];
        CurveSeries series;
        series.id = algorithm.id;
        series.name = algorithm.curveName;
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
    // A guide through the end of the chosen curve: what grows like the bounds do.
    if (CurveSeries guide = rootGuide(all, isNormalized); guide.points.size() > 0)
        all.push_back(std::move(guide));
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
    ridges_->setEmptyText(moment_->sharesTrouble);
    ridges_->setRidges(moment_->sharesTrouble.isEmpty() ? moment_->ridges : std::vector<Ridge>(),
                       moment_->item);
    const QString name = film_->itemName(moment_->item);
    places_->setTabText(places_->indexOf(positions_), name);
    positions_->setTitle(tr("Where it may stand"), tr("%1, dotted: expected place").arg(name));
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
        const auto& shares = moment_->shares;
        const auto isDrawn = [](double share) {
            return share > 0;
        };
        const auto first = std::find_if(shares.begin(), shares.end(), isDrawn) - shares.begin();
        const auto last = shares.rend() - std::find_if(shares.rbegin(), shares.rend(), isDrawn);
        const auto begin = static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, first - 2));
        const auto end = std::min(shares.size(), static_cast<std::size_t>(last) + 2);
        for (std::size_t place = begin; place < end; ++place)
            for (const double side : {0.5 + kStepGap, 1.5}) {
                series.points.x.push_back(static_cast<double>(place) + side);
                series.points.y.push_back(100 * shares[place]);
            }
        series.band = {series.points.x, std::vector<double>(series.points.size(), 0.0),
                       series.points.y};
        curves.push_back(std::move(series));
    }
    positions_->setSeries(std::move(curves));
    positions_->setMarks({{moment_->position + 1, {}}});
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
        add(film_->algorithms[i].curveName, figure(value), film_->algorithms[i].style,
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

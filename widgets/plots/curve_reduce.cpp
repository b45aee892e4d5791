#include <qcustomplot.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "engine/analysis/downsample.h"
#include "widgets/plots/curve_private.h"

namespace inlay::widgets {

void Extremes::take(double value) {
    if (!std::isfinite(value))
        return;
    low = std::min(low, value);
    high = std::max(high, value);
    if (value > 0)
        lowPositive = std::min(lowPositive, value);
}

void CurvePlot::Shown::take(const Points& points, std::size_t from) {
    for (std::size_t i = from; i < points.size(); ++i) {
        y.take(points.y[i]);
        if (!firstNonFinite && !std::isfinite(points.y[i]))
            firstNonFinite = points.x[i];
    }
    if (points.size() == 0)
        return;
    x.take(points.x.front());
    x.take(points.x.back());
    const auto positive = std::upper_bound(points.x.begin(), points.x.end(), 0.0);
    if (positive != points.x.end())
        x.take(*positive);
}

void CurvePlot::Shown::countNonPositive(const Points& points, std::size_t from) {
    for (std::size_t i = from; i < points.size(); ++i)
        nonPositive += points.y[i] <= 0 && std::isfinite(points.y[i]) ? 1 : 0;
}

void CurvePlot::Shown::take(const BandPoints& band) {
    for (std::size_t i = 0; i < band.x.size(); ++i) {
        y.take(band.low[i]);
        y.take(band.high[i]);
        x.take(band.x[i]);
    }
}

Window windowOf(const std::vector<double>& x, const Range& range) {
    auto first = std::lower_bound(x.begin(), x.end(), range.low);
    auto last = std::upper_bound(first, x.end(), range.high);
    if (first != x.begin())
        --first;
    if (last != x.end())
        ++last;
    return {static_cast<std::size_t>(first - x.begin()),
            static_cast<std::size_t>(last - x.begin())};
}

void fillGraph(QCPGraph& graph, const Points& points, const ReductionKey& key,
               const std::vector<double>& edges) {
    const Window window = windowOf(points.x, key.range);
    const std::size_t count = window.last - window.first;
    const std::span<const double> x(points.x.data() + window.first, count);
    const std::span<const double> y(points.y.data() + window.first, count);
    QVector<QCPGraphData> out;
    const std::vector<std::size_t> kept = engine::minMaxIndices(x, y, edges);
    out.reserve(static_cast<qsizetype>(kept.size()));
    for (const std::size_t i : kept) {
        const bool shown = std::isfinite(y[i]) && (key.y == AxisScale::Linear || y[i] > 0);
        if (key.x == AxisScale::Log && x[i] <= 0)
            continue;
        out.append({x[i], shown ? y[i] : std::numeric_limits<double>::quiet_NaN()});
    }
    graph.data()->set(out, true);
}

int lastFinite(const Points& points) {
    for (std::size_t i = points.size(); i > 0; --i)
        if (std::isfinite(points.y[i - 1]))
            return static_cast<int>(i - 1);
    return -1;
}

int nearestPoint(const Points& points, double x) {
    if (points.size() == 0)
        return -1;
    const auto after = std::lower_bound(points.x.begin(), points.x.end(), x);
    if (after == points.x.begin())
        return 0;
    if (after == points.x.end())
        return static_cast<int>(points.size()) - 1;
    const auto before = after - 1;
    const auto best = x - *before <= *after - x ? before : after;
    return static_cast<int>(best - points.x.begin());
}

} // namespace inlay::widgets

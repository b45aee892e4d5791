#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "widgets/plots/curve_plot.h"

class QCPGraph;

namespace inlay::widgets {

/// Length of the line between a curve's end and its label, at a 9 pt font.
inline constexpr double kLeader = 9;
/// Room for end labels at the right of the axes at most.
inline constexpr double kWidestLabel = 136;

/// What a graph's reduced points depend on besides the data.
struct ReductionKey {
    Range range;
    int width = 0;
    AxisScale x = AxisScale::Linear;
    AxisScale y = AxisScale::Linear;

    bool operator==(const ReductionKey&) const = default;
};

/// Running extremes of finite values.
struct Extremes {
    double low = std::numeric_limits<double>::infinity();
    double lowPositive = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();

    void take(double value);
};

/// How one series stands on the canvas. `x` grows over all points ever shown, `y` is of the present
/// ones.
struct CurvePlot::Shown {
    QCPGraph* line = nullptr;
    QCPGraph* raw = nullptr;
    bool visible = true;
    Extremes x;
    Extremes y;
    std::optional<double> firstNonFinite;
    /// Finite values of the points that a log axis cannot show.
    int nonPositive = 0;
    std::optional<ReductionKey> reduced;

    void take(const Points& points, std::size_t from);
    void take(const BandPoints& band);
    void countNonPositive(const Points& points, std::size_t from);
};

/// Points [first, last) that a visible range needs: those inside and one neighbor on each side.
struct Window {
    std::size_t first = 0;
    std::size_t last = 0;
};
Window windowOf(const std::vector<double>& x, const Range& range);

/// Reduces the visible part of `points` to the columns and gives it to the graph; what the axes
/// cannot show (NaN, infinities, values <= 0 on a log axis) becomes a gap.
void fillGraph(QCPGraph& graph, const Points& points, const ReductionKey& key,
               const std::vector<double>& edges);

/// Index of the last finite y, or -1.
int lastFinite(const Points& points);

/// Index of the point whose x is closest, or -1.
int nearestPoint(const Points& points, double x);

} // namespace inlay::widgets

#pragma once

#include <vector>

#include "widgets/plots/plot_data.h"

namespace inlay::widgets {

/// Positions of ticks, and the distance that decides their digits (0 on log axes, where each tick
/// has the digits of its own value).
struct Ticks {
    std::vector<double> positions;
    double step = 0;
};

/// At most about `count` ticks at multiples of 1, 2, 2.5 or 5 times a power of ten in the range;
/// Whole keeps the step an integer.
Ticks linearTicks(const Range& range, int count, TickStep whole);

/// Cells of an axis that have names, the first from 0 to 1: the centers of every n-th one in the
/// range, so that names of `room` pixels do not meet. `pixels` is the length of the axis.
Ticks nameTicks(const Range& range, std::size_t names, double pixels, double room);

/// Ticks of a log axis: 1-2-5 a decade in short ranges, then 1-3, then decades, then every n-th
/// decade; a range of less than a factor of two falls back to linear positions.
Ticks logTicks(const Range& range, int count);

/// The range widened by `share` on both sides, on the axis' own scale; an empty range is opened.
Range padded(const Range& range, AxisScale scale, double share);

} // namespace inlay::widgets

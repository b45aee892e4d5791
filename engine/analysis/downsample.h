#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace inlay::engine {

/// Reductions of a series for display. All return increasing indices into the series, so that the
/// caller can carry steps, wall times or raw values along. `x` is non-decreasing and finite; `y`
/// may hold NaN and infinities.

/// Min-max reduction over columns [edges[i], edges[i+1]); the last column is closed, points outside
/// belong to the nearest column. Each column keeps its finite minimum and maximum (first of equals)
/// and the first NaN, +inf and -inf, so that neither a one-point spike nor a non-finite value can
/// vanish; the first and the last point are always kept. `edges` is increasing, at least two
/// values. A series of at most two points a column is returned whole.
std::vector<std::size_t> minMaxIndices(std::span<const double> x, std::span<const double> y,
                                       std::span<const double> edges);

/// The same over `columns` >= 1 columns of equal width between the first and the last x.
std::vector<std::size_t> minMaxIndices(std::span<const double> x, std::span<const double> y,
                                       std::size_t columns);

/// Largest triangle three buckets (Steinarsson 2013) to `count` >= 2 points. Points whose y is not
/// finite are never chosen; a series with at most `count` finite points keeps them all.
std::vector<std::size_t> lttbIndices(std::span<const double> x, std::span<const double> y,
                                     std::size_t count);

/// MinMaxLTTB (arXiv 2305.00332): LTTB on a min-max preselection of `ratio` * `count` points.
std::vector<std::size_t> minMaxLttbIndices(std::span<const double> x, std::span<const double> y,
                                           std::size_t count, std::size_t ratio = 4);

} // namespace inlay::engine

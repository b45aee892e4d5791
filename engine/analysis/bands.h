#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace inlay::engine {

/// One member of a group, e.g. the run of one seed. `x` is non-decreasing; of points with equal x
/// the last counts.
struct SeriesView {
    std::span<const double> x;
    std::span<const double> y;
};

enum class Alignment {
    /// A member counts at a step only where it has a point.
    Exact,
    /// Between two of its finite points a member is interpolated linearly, never extrapolated.
    Linear,
};

/// Statistics of a group at every step that any member has a point at.
struct Band {
    std::vector<double> x;
    std::vector<double> mean;
    /// Sample standard deviation (n - 1); NaN where only one member counts.
    std::vector<double> deviation;
    std::vector<double> min;
    std::vector<double> max;
    /// Members with a finite value at this step; steps without any are left out.
    std::vector<std::size_t> count;
};

Band bandOf(std::span<const SeriesView> members, Alignment alignment);

} // namespace inlay::engine

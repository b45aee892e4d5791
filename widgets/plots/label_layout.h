#pragma once

#include <vector>

namespace inlay::widgets {

/// Moves positions as little as possible (least squares) so that neighbors are at least `spacing`
/// apart and all lie within [low, high]; keeps their order. When they cannot all fit the spacing
/// shrinks to what fits.
std::vector<double> spreadApart(const std::vector<double>& wanted, double spacing, double low,
                                double high);

/// A label wanted at (x, y) with a width; labels whose horizontal extents overlap form a cluster.
struct LabelBox {
    double x = 0;
    double y = 0;
    double width = 0;
};

/// The y of each label's middle such that no two labels of height `spacing` overlap.
std::vector<double> placeLabels(const std::vector<LabelBox>& labels, double spacing, double low,
                                double high);

} // namespace inlay::widgets

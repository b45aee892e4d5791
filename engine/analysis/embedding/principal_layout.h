#pragma once

#include "engine/analysis/embedding/layout.h"
#include "engine/analysis/principal_axes.h"

namespace inlay::engine {

/// A layout along the directions of largest variance, and those directions, on which further
/// points (the next snapshot of a training) can be put without the picture turning.
struct PrincipalLayout {
    Layout layout;
    PrincipalAxes axes;
};

/// `dimension` is 2 or 3. Points of fewer dimensions are shown as they are, with zeros for those
/// that are missing. Throws Error without points.
PrincipalLayout principalLayout(PointsView points, std::int64_t dimension = 2);

/// Points (of the axes' dimension) in the coordinates of the axes: count x axes, row-major.
std::vector<float> alongAxes(PointsView points, const PrincipalAxes& axes);

/// Points of at most `dimension` dimensions as a layout, with zeros for those that are missing and
/// a note: there is nothing to project.
Layout shownAsTheyAre(PointsView points, std::int64_t dimension);

/// The first `dimension` principal components of all points: count x dimension, row-major. What
/// t-SNE and UMAP read when points have more dimensions than their neighbors need.
std::vector<float> reducedDimension(PointsView points, std::int64_t dimension);

} // namespace inlay::engine

#include "engine/analysis/embedding/principal_layout.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "kernels/parallel.h"

namespace inlay::engine {

Layout shownAsTheyAre(PointsView points, std::int64_t dimension) {
    assert(points.dimension <= dimension);
    Layout layout;
    layout.dimension = dimension;
    layout.values.resize(static_cast<std::size_t>(points.count * dimension));
    for (std::int64_t i = 0; i < points.count; ++i)
        for (std::int64_t d = 0; d < points.dimension; ++d)
            layout.values[static_cast<std::size_t>(i * dimension + d)] = points.row(i)[d];
    layout.notes.push_back(fmt::format("The points have {} {} and are shown as they are.",
                                       points.dimension,
                                       points.dimension == 1 ? "dimension" : "dimensions"));
    return layout;
}

std::vector<float> alongAxes(PointsView points, const PrincipalAxes& axes) {
    const std::int64_t dims = points.dimension;
    const auto count = static_cast<std::int64_t>(axes.variances.size());
    assert(static_cast<std::int64_t>(axes.mean.size()) == dims);
    std::vector<float> out(static_cast<std::size_t>(points.count * count));
    kernels::parallelFor(points.count, 256, [&](std::int64_t begin, std::int64_t end) {
        std::vector<double> centered(static_cast<std::size_t>(dims));
        for (std::int64_t i = begin; i < end; ++i) {
            for (std::int64_t p = 0; p < dims; ++p)
                centered[static_cast<std::size_t>(p)] =
                    static_cast<double>(points.row(i)[p]) - axes.mean[static_cast<std::size_t>(p)];
            for (std::int64_t a = 0; a < count; ++a) {
                const double* axis = axes.axes.data() + a * dims;
                double sum = 0;
                for (std::int64_t p = 0; p < dims; ++p)
                    sum += axis[p] * centered[static_cast<std::size_t>(p)];
                out[static_cast<std::size_t>(i * count + a)] = static_cast<float>(sum);
            }
        }
    });
    return out;
}

PrincipalLayout principalLayout(PointsView points, std::int64_t dimension) {
    assert(dimension == 2 || dimension == 3);
    if (points.count < 1)
        throw Error("there are no points to project");
    PrincipalLayout result;
    if (points.dimension < dimension) {
        result.layout = shownAsTheyAre(points, dimension);
        return result;
    }
    result.axes = principalAxes(points.values, points.count, points.dimension, dimension);
    result.layout.values = alongAxes(points, result.axes);
    result.layout.dimension = dimension;
    return result;
}

std::vector<float> reducedDimension(PointsView points, std::int64_t dimension) {
    if (points.count < 1)
        throw Error("there are no points to reduce");
    if (dimension >= points.dimension)
        return {points.values.begin(), points.values.end()};
    return alongAxes(points,
                     principalAxes(points.values, points.count, points.dimension, dimension));
}

} // namespace inlay::engine

#include "engine/analysis/pareto.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace inlay::engine {
namespace {

bool dominates(const double* a, const double* b, std::size_t dimensions) {
    bool better = false;
    for (std::size_t d = 0; d < dimensions; ++d) {
        if (a[d] > b[d])
            return false;
        better = better || a[d] < b[d];
    }
    return better;
}

} // namespace

std::vector<std::size_t> paretoFront(std::span<const double> values, std::span<const Goal> goals) {
    const std::size_t dimensions = goals.size();
    assert(dimensions >= 1 && values.size() % dimensions == 0);
    // Everything is minimized from here on.
    std::vector<double> costs(values.begin(), values.end());
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < costs.size() / dimensions; ++i) {
        double* row = &costs[i * dimensions];
        for (std::size_t d = 0; d < dimensions; ++d)
            if (goals[d] == Goal::Maximize)
                row[d] = -row[d];
        if (std::none_of(row, row + dimensions, [](double v) { return std::isnan(v); }))
            order.push_back(i);
    }
    const auto row = [&](std::size_t i) {
        return &costs[i * dimensions];
    };
    // In lexicographic order a point can only be dominated by one before it.
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::lexicographical_compare(row(a), row(a) + dimensions, row(b),
                                            row(b) + dimensions);
    });
    std::vector<std::size_t> front;
    for (const std::size_t i : order) {
        const bool dominated =
            dimensions <= 2
                // The last accepted point has the smallest second criterion so far.
                ? !front.empty() && dominates(row(front.back()), row(i), dimensions)
                : std::any_of(front.begin(), front.end(),
                              [&](std::size_t j) { return dominates(row(j), row(i), dimensions); });
        if (!dominated)
            front.push_back(i);
    }
    std::sort(front.begin(), front.end());
    return front;
}

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <optional>

#include "engine/analysis/embedding/layout.h"
#include "engine/analysis/embedding/layout_state.h"

namespace inlay::engine {

/// Uniform manifold approximation and projection (McInnes, Healy, Melville 2018).
struct UmapOptions {
    std::int64_t dimension = 2; // 2 or 3
    std::int64_t neighbors = 15;
    double minDistance = 0.1;
    double spread = 1;
    std::int64_t epochs = 0; // 0 = 500 up to 10,000 points, 200 above
    double learningRate = 1;
    std::int64_t negatives = 5; // samples that push for each that pulls
    std::uint64_t seed = 1;
    /// Start, count x dimension; empty: the spectral layout of the neighbor graph.
    std::vector<float> start = {};
    LayoutKeeper keeper = {};
    /// Goes on from here: a state of the same points and options, of count x dimension numbers.
    std::optional<LayoutState> from = {};
};

/// The curve 1 / (1 + a d^(2b)) fitted to 1 up to minDistance and exp(-(d - minDistance) / spread)
/// beyond it.
struct UmapCurve {
    double a = 0;
    double b = 0;
};
UmapCurve umapCurve(double minDistance, double spread);

/// Layout::cost is the pulling part of the cross entropy a point (sum of -w ln q), NaN while
/// running. Points move in a fixed order, so the same seed gives the same bits for any thread
/// count. Throws Error for fewer than 4 points.
Layout umapLayout(PointsView points, const UmapOptions& options, const LayoutObserver& observer);

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "engine/experiments/streaming_kmeans/weighted_points.h"
#include "engine/tensor/device.h"

namespace inlay::engine::kmeans {

/// What becomes of a center that no point is nearest to.
enum class EmptyRule { Farthest, Keep, Drop };

/// Whether Hamerly's bounds (SDM 2010) save distances; the answer is the same either way.
enum class Bounds { Auto, Never, Always };

struct LloydOptions {
    std::int64_t maxIterations = 300;
    /// Ends when the cost changes by at most this share, or by less than this much.
    double relativeChange = 1e-4;
    double absoluteChange = 0;
    EmptyRule empty = EmptyRule::Farthest;
    Bounds bounds = Bounds::Auto;
    /// Where distances are computed, without bounds; here when none is given, it is the processor
    /// or it has no room for the points.
    std::optional<Device> device;
};

struct LloydResult {
    std::vector<double> centers; // row-major, dims wide
    std::vector<std::int32_t> label;
    double cost = 0;             // at `centers`; distances in f32, sums in double
    std::int64_t iterations = 0; // updates of the centers
    std::int64_t moved = 0;      // empty clusters that got a point
    std::int64_t dropped = 0;    // empty clusters that were left out
    bool converged = false;
    bool interrupted = false;
    /// Share of the points of all iterations after the first whose distances to other centers were
    /// not computed.
    double skipped = 0;
    /// The device had no room for the points; they were assigned here.
    bool withoutRoom = false;
};

/// Called before each update with the cost so far; false ends the iteration.
using LloydWatch =
    std::function<bool(std::int64_t iteration, double cost, const std::vector<double>& centers)>;

/// Lloyd's iteration: assign each point to its nearest center (ties to the lowest index), move each
/// center to the weighted mean of its points. Sums are added in an order that depends on the shapes
/// only.
LloydResult lloyd(const WeightedPoints& points, std::vector<double> centers,
                  const LloydOptions& options, const LloydWatch& watch = {});

/// Centers as doubles.
std::vector<double> asCenters(const WeightedPoints& points);

} // namespace inlay::engine::kmeans

#pragma once

#include <span>
#include <vector>

#include "engine/analysis/embedding/layout.h"
#include "engine/base/random.h"
#include "engine/experiments/metric_learning/metric_config.h"

namespace inlay::engine::metric_learning {

/// Triplets that each point is the anchor of.
inline constexpr int kPointTriplets = 16;

/// The run's loss of each point: the mean over kPointTriplets triplets of these points that it is
/// the anchor of, positive and negative drawn uniformly; with InfoNCE each positive against all of
/// the drawn negatives. The same stream draws the same triplets, so that losses of two snapshots
/// compare. NaN for points without a label (-1), alone in their class, or without another class.
std::vector<float> pointLosses(const LossConfig& loss, PointsView points,
                               std::span<const std::int32_t> labels, const RandomStream& stream);

} // namespace inlay::engine::metric_learning

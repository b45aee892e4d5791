#pragma once

#include <span>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/metric_learning/comparisons.h"
#include "engine/experiments/metric_learning/metric_config.h"
#include "engine/networks/metric_losses.h"

namespace inlay::engine::metric_learning {

/// The triplets of a batch by its labels; empty when it has no positive pair or one class only. The
/// order of anchors, positives and (InBatchAll) negatives is that of the rows.
std::vector<Triplet> chooseTriplets(const TripletConfig& config,
                                    std::span<const std::int32_t> labels,
                                    const DistanceTable& distances, RandomStream stream);

} // namespace inlay::engine::metric_learning

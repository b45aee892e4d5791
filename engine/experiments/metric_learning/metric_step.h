#pragma once

#include <span>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/metric_learning/metric_config.h"
#include "engine/experiments/metric_learning/triplet_choice.h"

namespace inlay::engine::metric_learning {

/// A loss on triplets with its settings.
struct TripletForm {
    TripletLossKind kind = TripletLossKind::MseRatio;
    double margin = 0;
    double temperature = 1;
};
/// Precondition: the loss is not InfoNCE.
TripletForm formOf(const LossConfig& loss);

/// What a batch of embedded points gives: loss, its gradient, and what is watched.
struct BatchLoss {
    double loss = 0;               // mean over triplets, or pairs
    std::int64_t triplets = 0;     // 0: no positive pair, nothing to learn from
    std::int64_t wrong = 0;        // D+ >= D-
    std::vector<double> gradient;  // of the points, as the network gave them
    std::vector<double> positives; // distances of pairs of one class
    std::vector<double> negatives; // of two classes
    double largestNorm = 0;        // before normalization
    double largestSpread = 0;      // largest deviation of a dimension of rows of length 1
    std::int64_t candidates = 0;   // of an InfoNCE term, with the positive
};

/// The loss of embedded points (count x width) with these labels; with `listed`, rows lie three by
/// three as anchor, positive, negative, and labels do not count. `stream` draws negatives.
BatchLoss batchLoss(const MetricConfig& config, const EmbeddedRows& points,
                    std::span<const std::int32_t> labels, bool listed, const RandomStream& stream);

} // namespace inlay::engine::metric_learning

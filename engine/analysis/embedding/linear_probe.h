#pragma once

#include <cstdint>
#include <vector>

#include "engine/analysis/embedding/retrieval.h"

namespace inlay::engine {

struct ProbeOptions {
    std::int64_t iterations = 100;
    /// Of l2 / 2 |W|² beside the mean cross entropy; biases are free.
    double l2 = 1e-4;
};

/// How well a linear classifier on the embedding does.
struct ProbeResult {
    double accuracy = 0;
    double loss = 0; // training: mean cross entropy + penalty
    std::int64_t iterations = 0;
    std::vector<std::int32_t> predicted; // one for each test point
    std::int64_t classes = 0;
    std::vector<double> classAccuracy;   // NaN for a class without test points
    std::vector<std::int64_t> confusion; // classes x classes, row = truth
    bool cancelled = false;
};

/// Multinomial logistic regression by L-BFGS on features standardized with the training set's
/// statistics. Points with labels below 0 are left out of both. Throws Error when the training set
/// has no labeled point or the dimensions differ.
ProbeResult linearProbe(const LabeledPoints& training, const LabeledPoints& test,
                        const ProbeOptions& options = {}, const KeepGoing& keepGoing = {});

} // namespace inlay::engine

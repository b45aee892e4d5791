#pragma once

#include <optional>

#include "engine/datasets/batches.h"
#include "engine/experiments/train/start_model.h"
#include "engine/experiments/train/train_config.h"
#include "engine/networks/network.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::train {

/// What a training run has at hand when it begins with a trained network.
struct ConversionTask {
    const TrainConfig& config;
    RunContext& context;
    const DatasetSplit& data;
    const Normalization& normalization;
    const NetworkInput& input;
    const InputRows& rows;
    Network& network; // of the run, with its own start values
    std::int64_t totalSteps = 0;
};

/// Test accuracies, fractions; below zero without test samples.
struct ConversionResult {
    double before = -1.0; // the trained network
    double after = -1.0;  // converted, before any training
};

/// Fills the network from `start_from.model`: parameters that both networks have are copied, dense
/// layers that are of another family here are fitted. Writes a row of the table "conversion" for
/// each fitted layer. Nothing when the run was asked to stop meanwhile.
std::optional<ConversionResult> convert(const ConversionTask& task);

} // namespace inlay::engine::train

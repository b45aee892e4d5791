#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/datasets/catalog.h"
#include "engine/networks/network_config.h"
#include "engine/operators/fit/fit.h"
#include "engine/optimizers/optimizer.h"
#include "engine/tensor/device.h"

namespace inlay::engine::train {

/// Which parameters a finished run keeps and is tested with.
/// Largest peak rate that schema and `set` accept.
inline constexpr double kLargestLearningRate = 10.0;

enum class Keep { Last, BestValidation };

struct AugmentConfig {
    std::int64_t shift = 0; // pixels, both ways
    bool operator==(const AugmentConfig&) const = default;
};

struct EarlyStopConfig {
    std::int64_t patience = 0; // epochs without a better validation loss; 0 = off
    bool operator==(const EarlyStopConfig&) const = default;
};

struct CheckpointConfig {
    double everySeconds = 30;     // 0 = off
    std::int64_t everyEpochs = 1; // 0 = off
    bool operator==(const CheckpointConfig&) const = default;
};

/// A trained network to begin with. Layers that have another family here than there are fitted to
/// its matrices; everything else is copied.
struct StartFromConfig {
    std::filesystem::path model; // model.safetensors of a finished run; empty: drawn start values
    bool weighted = true;        // fit to what the layers see, instead of to white inputs
    std::int64_t samples = 1024; // training samples that the input moments are taken from
    std::int64_t sweeps = 10;
    PruneScores scores = PruneScores::SparseGpt;
    bool operator==(const StartFromConfig&) const = default;
};

struct TrainConfig {
    DatasetConfig dataset;
    NetworkConfig network;
    StartFromConfig startFrom;
    std::int64_t epochs = 5;
    std::int64_t batchSize = 128;
    double learningRate = 1e-3;
    Precision precision = Precision::F32;
    OptimizerConfig optimizer = AdamWConfig{};
    ScheduleConfig schedule;
    AugmentConfig augment;
    std::int64_t logEvery = 0; // 0 = by device: 1 on cpu, 20 on cuda
    Keep keep = Keep::Last;
    EarlyStopConfig earlyStop;
    CheckpointConfig checkpoint;
};

} // namespace inlay::engine::train

#pragma once

#include <cstdint>
#include <vector>

#include "engine/datasets/matrices/matrix_source.h"
#include "engine/operators/operator_config.h"
#include "engine/optimizers/schedule.h"

namespace inlay::engine::autoencoder {

struct AutoencoderConfig {
    MatrixSource matrix = SpectrumMatrix{};
    bool center = false;
    bool shuffle = true;
    std::uint64_t dataSeed = 1;

    std::vector<std::int64_t> ranks = {1, 2, 4, 8, 16, 32};
    double epsilon = 0.5;
    std::int64_t kept = 0; // l; 0: by the rule k log2 k + k / epsilon
    ButterflyStart start = ButterflyStart::Fjlt;
    ButterflyStageOrder order = ButterflyStageOrder::Increasing;

    std::int64_t phase1Steps = 1000;
    std::int64_t phase2Steps = 1000;
    bool together = true; // the control: everything is trained from the start
    double learningRate = 0.01;
    ScheduleKind schedule = ScheduleKind::Cosine;
    double checkpointSeconds = 30; // 0 = off
};

/// l for a rank: the fixed one, or ceil(k log2 k + k / epsilon); at least k, at most n.
std::int64_t keptOutputs(const AutoencoderConfig& config, std::int64_t rank,
                         std::int64_t coordinates);

} // namespace inlay::engine::autoencoder

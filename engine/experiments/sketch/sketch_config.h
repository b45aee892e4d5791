#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/experiments/sketch/matrix_set.h"
#include "engine/operators/operator_config.h"

namespace inlay::engine::sketch {

enum class Norm { Squared, Plain };

struct SketchConfig {
    MatrixSetConfig matrices;
    std::int64_t rank = 8;
    std::vector<std::int64_t> kept = {8, 12, 16, 24};
    bool butterfly = true;
    ButterflyStart start = ButterflyStart::Fjlt;
    std::vector<std::int64_t> sparse = {1}; // nonzeros a column, one learned sketch each
    std::int64_t randomDraws = 10;
    std::int64_t steps = 600;
    std::int64_t batch = 4;
    double learningRate = 0.01;
    double sparseLearningRate = 0.05;
    Norm norm = Norm::Squared;
    std::int64_t lengthDraws = 1000;
    double checkpointSeconds = 30; // 0 = off
};

/// One sketch that is trained.
struct SketchJob {
    std::int64_t kept = 0;
    std::string arm;           // "butterfly", "sparse1"
    std::int64_t nonzeros = 0; // 0: the butterfly
};
std::vector<SketchJob> jobsOf(const SketchConfig& config);

} // namespace inlay::engine::sketch

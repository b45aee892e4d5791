#pragma once

#include <cstdint>
#include <vector>

#include "engine/operators/operator_config.h"

namespace inlay::engine::bench {

/// Which passes are timed: forward alone (weights prepared, activations not), or a training step
/// of the layer: weights moved, forward, all gradients; no optimizer.
enum class Passes { Forward, Train, Both };

/// What every family may have of its own.
struct FamilyShapes {
    std::vector<std::int64_t> sizes; // empty: those of the run
    std::int64_t rows = 0;           // 0: that of the run
};

struct StlBench : FamilyShapes {
    bool measure = true;
    std::int64_t tile = 4;
    std::vector<std::int64_t> ranks = {16, 24, 32};
    StlWeights weights = StlWeights::Encoded;
};

struct ButterflyBench : FamilyShapes {
    bool measure = true;
    ButterflyForm form = ButterflyForm::Square;
};

struct TwoFourBench : FamilyShapes {
    bool measure = true;
    bool transposable = false;
};

struct LowRankBench : FamilyShapes {
    bool measure = true;
    std::vector<std::int64_t> ranks = {64};
};

struct BlockDiagonalBench : FamilyShapes {
    bool measure = true;
    std::vector<std::int64_t> blocks = {4};
};

struct MonarchBench : FamilyShapes {
    bool measure = false;
    std::vector<std::int64_t> blocks = {4};
};

struct BttBench : FamilyShapes {
    bool measure = false;
    std::vector<std::int64_t> ranks = {1};
};

struct BenchConfig {
    std::vector<std::int64_t> sizes = {1024};
    std::int64_t rows = 0;    // 0: as many as inputs
    std::int64_t outputs = 0; // 0: as many as inputs
    Passes passes = Passes::Both;
    std::int64_t forwardRepeats = 9;
    std::int64_t trainRepeats = 5;
    bool search = false;
    std::int64_t searchUpTo = 2048;
    StlBench stl;
    ButterflyBench butterfly;
    TwoFourBench twoFour;
    LowRankBench lowRank;
    BlockDiagonalBench blockDiagonal;
    MonarchBench monarch;
    BttBench btt;
};

} // namespace inlay::engine::bench

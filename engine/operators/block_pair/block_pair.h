#pragma once

#include <cstdint>
#include <vector>

#include "engine/operators/operator_config.h"
#include "engine/operators/plan_builder.h"

namespace inlay::engine {

/// Sizes of Y = ((X A) P) B, where A and B are block diagonal and P permutes the `inner()` numbers
/// between them: A has inBlocks blocks of blockIn x fanOut, B has outBlocks blocks of
/// fanIn x blockOut. Monarch and BTT are two choices of these sizes and of P.
struct BlockPairSizes {
    std::int64_t inBlocks = 1;
    std::int64_t blockIn = 1;
    std::int64_t fanOut = 1;
    std::int64_t outBlocks = 1;
    std::int64_t fanIn = 1;
    std::int64_t blockOut = 1;

    std::int64_t inner() const { return inBlocks * fanOut; }
    std::int64_t firstCount() const { return inner() * blockIn; }
    std::int64_t secondCount() const { return inner() * blockOut; }
};

/// Sizes, P and the start of a configuration on a layer.
struct BlockPair {
    BlockPairSizes sizes;
    /// Inner number c of B's side is number source[c] of A's side.
    std::vector<std::int32_t> source;
};

/// The largest divisor of a width that is not above its square root: the smaller of its two most
/// even factors.
std::int64_t evenFactor(std::int64_t width);

/// Preconditions: no issues in the plan.
BlockPair blockPairOf(const MonarchConfig& config, std::int64_t in, std::int64_t out);
BlockPair blockPairOf(const BttConfig& config, std::int64_t in, std::int64_t out);

OperatorPlan planMonarch(const MonarchConfig& config, std::int64_t in, std::int64_t out,
                         const RowLayout& rows);
OperatorPlan planBtt(const BttConfig& config, std::int64_t in, std::int64_t out,
                     const RowLayout& rows);

} // namespace inlay::engine

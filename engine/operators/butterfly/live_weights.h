#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/op_types.h"

namespace inlay::engine {

/// Which weights of a butterfly network matter when only the outputs `kept` are read and the inputs
/// from `inputs` on are zero (systems/butterfly.md 2.2). All others have no gradient.
struct LiveWeights {
    std::vector<std::uint8_t> mask; // one for each weight, in the layout of kernels::Butterfly
    std::int64_t count = 0;
};

/// The stage that a network applies as number `applied`: its pairs lie 2^stage apart.
std::int64_t stageApplied(const kernels::Butterfly& network, std::int64_t applied);

LiveWeights liveWeights(std::int64_t n, kernels::ButterflyOrder order,
                        std::span<const std::int64_t> kept, std::int64_t inputs);

/// The mean of that count over all choices of `kept` outputs.
double expectedLiveWeights(std::int64_t n, kernels::ButterflyOrder order, std::int64_t kept,
                           std::int64_t inputs);

} // namespace inlay::engine

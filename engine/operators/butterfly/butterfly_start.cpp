#include "engine/operators/butterfly/butterfly_start.h"

#include <array>
#include <cmath>
#include <numbers>

#include "engine/operators/butterfly/live_weights.h"

namespace inlay::engine {
namespace {

using Block = std::array<double, 4>; // a b c d

Block rotationOrReflection(RandomStream& stream) {
    const double angle = stream.uniform(0.0, 2.0 * std::numbers::pi);
    const double side = stream.uniform() < 0.5 ? 1.0 : -1.0;
    return {side * std::cos(angle), -side * std::sin(angle), std::sin(angle), std::cos(angle)};
}

Block drawn(ButterflyStart start, RandomStream& stream) {
    constexpr double kHalfRoot = 1.0 / std::numbers::sqrt2;
    switch (start) {
    case ButterflyStart::Fjlt:
        return {kHalfRoot, kHalfRoot, kHalfRoot, -kHalfRoot};
    case ButterflyStart::Ortho:
        return rotationOrReflection(stream);
    case ButterflyStart::Randn: {
        Block block{};
        for (double& weight : block)
            weight = kHalfRoot * stream.normal();
        return block;
    }
    case ButterflyStart::Identity:
        break;
    }
    return {1.0, 0.0, 0.0, 1.0};
}

} // namespace

std::vector<double> butterflyStart(const kernels::Butterfly& network, ButterflyStart start,
                                   double scale, RandomStream stream) {
    const std::int64_t stages = network.stages();
    const std::int64_t first = stageApplied(network, 0);
    const double each = stages > 0 ? std::pow(scale, 1.0 / static_cast<double>(stages)) : 1.0;
    RandomStream signs = stream.split("signs");
    std::vector<double> weights;
    weights.reserve(static_cast<std::size_t>(network.weights()));
    for (std::int64_t stage = 0; stage < stages; ++stage)
        for (std::int64_t p = 0; p < network.n / 2; ++p) {
            Block block = drawn(start, stream);
            if (start == ButterflyStart::Fjlt && stage == first) {
                // The random diagonal acts on the inputs, the columns of the first blocks.
                const double left = signs.uniform() < 0.5 ? 1.0 : -1.0;
                const double right = signs.uniform() < 0.5 ? 1.0 : -1.0;
                block = {block[0] * left, block[1] * right, block[2] * left, block[3] * right};
            }
            for (const double weight : block)
                weights.push_back(weight * each);
        }
    return weights;
}

} // namespace inlay::engine

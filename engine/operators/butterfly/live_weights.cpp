#include "engine/operators/butterfly/live_weights.h"

#include <algorithm>
#include <cassert>

namespace inlay::engine {
namespace {

using Nodes = std::vector<std::uint8_t>;

std::int64_t strideOf(const kernels::Butterfly& network, std::int64_t applied) {
    return std::int64_t{1} << stageApplied(network, applied);
}

// Each node together with its partner.
Nodes joined(const Nodes& nodes, std::int64_t stride) {
    Nodes result = nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i])
            result[i ^ static_cast<std::size_t>(stride)] = 1;
    return result;
}

Nodes firstNodes(std::int64_t n, std::int64_t count) {
    Nodes nodes(static_cast<std::size_t>(n), 0);
    std::fill_n(nodes.begin(), std::min(n, count), std::uint8_t{1});
    return nodes;
}

} // namespace

std::int64_t stageApplied(const kernels::Butterfly& network, std::int64_t applied) {
    return network.order == kernels::ButterflyOrder::Increasing ? applied
                                                                : network.stages() - 1 - applied;
}

LiveWeights liveWeights(std::int64_t n, kernels::ButterflyOrder order,
                        std::span<const std::int64_t> kept, std::int64_t inputs) {
    const kernels::Butterfly network{.n = n, .order = order};
    const std::int64_t stages = network.stages();

    std::vector<Nodes> outputs(static_cast<std::size_t>(stages)); // of each applied stage
    Nodes wanted(static_cast<std::size_t>(n), 0);
    for (const std::int64_t output : kept)
        wanted[static_cast<std::size_t>(output)] = 1;
    for (std::int64_t applied = stages - 1; applied >= 0; --applied) {
        outputs[static_cast<std::size_t>(applied)] = wanted;
        wanted = joined(wanted, strideOf(network, applied));
    }

    LiveWeights live;
    live.mask.assign(static_cast<std::size_t>(network.weights()), 0);
    Nodes given = firstNodes(n, inputs);
    for (std::int64_t applied = 0; applied < stages; ++applied) {
        const Nodes& read = outputs[static_cast<std::size_t>(applied)];
        const std::int64_t stride = strideOf(network, applied);
        const std::int64_t stage = stageApplied(network, applied);
        for (std::int64_t p = 0; p < n / 2; ++p) {
            const std::int64_t low = p & (stride - 1);
            const auto i = static_cast<std::size_t>(((p >> stage) << (stage + 1)) | low);
            const std::size_t j = i | static_cast<std::size_t>(stride);
            const std::uint8_t block[4] = {
                static_cast<std::uint8_t>(read[i] & given[i]),
                static_cast<std::uint8_t>(read[i] & given[j]),
                static_cast<std::uint8_t>(read[j] & given[i]),
                static_cast<std::uint8_t>(read[j] & given[j]),
            };
            const auto at = static_cast<std::size_t>((stage * (n / 2) + p) * 4);
            std::copy(std::begin(block), std::end(block), live.mask.begin() + at);
            live.count += block[0] + block[1] + block[2] + block[3];
        }
        given = joined(given, stride);
    }
    return live;
}

double expectedLiveWeights(std::int64_t n, kernels::ButterflyOrder order, std::int64_t kept,
                           std::int64_t inputs) {
    const kernels::Butterfly network{.n = n, .order = order};
    const std::int64_t stages = network.stages();
    double total = 0.0;
    Nodes given = firstNodes(n, inputs);
    for (std::int64_t applied = 0; applied < stages; ++applied) {
        // A node after this stage is read unless all the outputs below it were left out.
        const std::int64_t below = std::int64_t{1} << (stages - 1 - applied);
        double allLeftOut = 1.0;
        for (std::int64_t i = 0; i < kept; ++i)
            allLeftOut *=
                std::max(0.0, static_cast<double>(n - below - i)) / static_cast<double>(n - i);
        const auto inputsHere =
            static_cast<double>(std::count(given.begin(), given.end(), std::uint8_t{1}));
        total += 2.0 * inputsHere * (1.0 - allLeftOut);
        given = joined(given, strideOf(network, applied));
    }
    return total;
}

} // namespace inlay::engine

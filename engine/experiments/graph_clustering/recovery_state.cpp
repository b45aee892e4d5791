#include "engine/experiments/graph_clustering/recovery_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/interop/safetensors.h"

namespace inlay::engine::graph_clustering {
namespace {

constexpr const char* kStateKey = "state";

} // namespace

void writeRecovery(const std::string& path, const SavedRecovery& saved) {
    // Clusters one after the other; their sizes part them.
    std::vector<std::int32_t> nodes;
    std::vector<std::size_t> sizes;
    for (const NodeSet& cluster : saved.state.clusters) {
        nodes.insert(nodes.end(), cluster.begin(), cluster.end());
        sizes.push_back(cluster.size());
    }
    const Json json = {{"step", saved.step},
                       {"seconds", saved.seconds},
                       {"first_s0", jsonNumber(saved.firstS0)},
                       {"first_noise", jsonNumber(saved.firstNoise)},
                       {"sizes", sizes},
                       {"rounds", saved.state.roundOf},
                       {"rates", saved.state.rateOf},
                       {"round", saved.state.round},
                       {"solves", saved.state.solves},
                       {"rate", saved.state.rate},
                       {"queries", saved.state.queries},
                       {"asked", saved.state.asked}};
    const SafetensorsTensor tensor{"clusters/nodes",
                                   SafetensorsType::I32,
                                   {static_cast<std::int64_t>(nodes.size())},
                                   std::as_bytes(std::span(nodes))};
    writeSafetensors(path, std::span(&tensor, 1), {{kStateKey, dumpJson(json)}});
}

SavedRecovery readRecovery(const std::string& path, std::int64_t nodes) {
    const SafetensorsFile file(path);
    const auto text = file.metadata().find(kStateKey);
    if (text == file.metadata().end())
        throw Error(fmt::format("{} is not a checkpoint of graph clustering.", path));
    const Json json = parseJson(text->second, path);
    const SafetensorsEntry& entry = file.at("clusters/nodes");
    std::vector<std::int32_t> all(static_cast<std::size_t>(entry.elements()));
    file.read(entry, std::as_writable_bytes(std::span(all)));
    SavedRecovery saved;
    saved.step = json.at("step").get<std::int64_t>();
    saved.seconds = json.at("seconds").get<double>();
    saved.firstS0 = numberFromJson(json.at("first_s0")).value();
    saved.firstNoise = numberFromJson(json.at("first_noise")).value();
    RecoveryState& state = saved.state;
    state.roundOf = json.at("rounds").get<std::vector<std::int64_t>>();
    state.rateOf = json.at("rates").get<std::vector<double>>();
    state.round = json.at("round").get<std::int64_t>();
    state.solves = json.at("solves").get<std::int64_t>();
    state.rate = json.at("rate").get<double>();
    state.queries = json.at("queries").get<std::int64_t>();
    state.asked = json.at("asked").get<bool>();
    auto at = all.begin();
    for (const auto& size : json.at("sizes")) {
        const auto count = std::min<std::ptrdiff_t>(size.get<std::ptrdiff_t>(), all.end() - at);
        state.clusters.emplace_back(at, at + count);
        at += count;
    }
    if (std::any_of(all.begin(), all.end(),
                    [nodes](std::int32_t node) { return node < 0 || node >= nodes; }))
        throw Error(fmt::format("{} belongs to a graph of another size; this one has {} nodes.",
                                path, nodes));
    return saved;
}

} // namespace inlay::engine::graph_clustering

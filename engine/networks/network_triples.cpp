#include "engine/networks/network_triples.h"

#include <functional>
#include <string>

#include "engine/base/error.h"
#include "engine/operators/stl/stl_start.h"
#include "engine/operators/stl/triple_file.h"

namespace inlay::engine {
namespace {

/// The network's operators with a fitted start and the keys they stand at.
template <class Config, class Use>
void eachFitted(Config& config, const Use& use) {
    const auto visit = [&](auto& op, const std::string& key) {
        if (auto* stl = std::get_if<StlConfig>(&op); stl && stl->start == StlStart::Fitted)
            use(*stl, key);
    };
    if (config.apply != OperatorTarget::None)
        visit(config.op, "operator");
    for (std::size_t i = 0; i < config.layers.size(); ++i)
        visit(config.layers[i].op, "layers[" + std::to_string(i) + "].operator");
}

} // namespace

FittedTriples loadTriples(const NetworkConfig& config) {
    FittedTriples triples;
    eachFitted(config, [&](const StlConfig& stl, const std::string&) {
        if (!triples.contains(stl.triple))
            triples.emplace(stl.triple, readTriple(stl.triple.string()));
    });
    return triples;
}

std::vector<Issue> checkTriples(const NetworkConfig& config) {
    std::vector<Issue> issues;
    eachFitted(config, [&](const StlConfig& stl, const std::string& key) {
        std::string problem;
        try {
            problem = tripleProblem(stl, readTriple(stl.triple.string()));
        } catch (const Error& error) {
            problem = error.what();
        }
        if (!problem.empty())
            issues.push_back({key + ".triple", problem});
    });
    return issues;
}

NetworkConfig withoutTriples(NetworkConfig config) {
    eachFitted(config, [](StlConfig& stl, const std::string&) {
        stl.start = StlStart::Random;
        stl.triple.clear();
    });
    return config;
}

} // namespace inlay::engine

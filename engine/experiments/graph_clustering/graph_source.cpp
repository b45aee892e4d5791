#include "engine/experiments/graph_clustering/graph_source.h"

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/experiments/graph_clustering/predictor.h"

namespace inlay::engine::graph_clustering {
namespace {

SimpleGraph readFile(const GraphFileConfig& config) {
    SimplifyOptions options;
    options.symmetrize = config.symmetrize;
    if (config.weights == Weights::Threshold)
        options.threshold = config.threshold;
    SimpleGraph simple = simplifyGraph(readGraph(config.path, config.format), options);
    if (!config.truth.empty())
        readTruth(config.truth, simple);
    return simple;
}

SourceGraph plant(const PlantedConfig& config, std::uint64_t seed) {
    PlantedGraph planted = plantGraph(config.sizes, config.inside, config.across,
                                      RandomStream(seed, "graph_clustering.graph"));
    SourceGraph source{{}, std::move(planted.graph), {}, {}, std::move(planted.truth), {}, {}};
    const std::int64_t n = source.graph.nodes();
    for (std::int64_t i = 0; i < n; ++i) {
        source.labels.push_back(std::to_string(i + 1));
        const std::uint8_t* row = source.graph.row(i);
        for (std::int64_t j = i + 1; j < n; ++j)
            if (row[j])
                source.edges.emplace_back(static_cast<std::int32_t>(i),
                                          static_cast<std::int32_t>(j));
    }
    for (std::size_t c = 0; c < config.sizes.size(); ++c)
        source.truthNames.push_back(fmt::format("V{}", c + 1));
    return source;
}

} // namespace

SourceGraph loadGraph(const GraphConfig& config, std::uint64_t seed) {
    if (const auto* planted = std::get_if<PlantedConfig>(&config))
        return plant(*planted, seed);
    SimpleGraph simple = readFile(std::get<GraphFileConfig>(config));
    const std::int64_t n = simple.nodes();
    SourceGraph source{std::move(simple.labels), DenseGraph(n),
                       std::move(simple.edges),  {},
                       std::move(simple.truth),  std::move(simple.truthNames),
                       std::move(simple.notes)};
    for (const auto& [a, b] : source.edges)
        source.graph.setEdge(a, b, true);
    if (!simple.unknown.empty()) {
        source.unknown.emplace(source.graph.nodes());
        for (const auto& [a, b] : simple.unknown)
            source.unknown->setEdge(a, b, true);
    }
    return source;
}

std::vector<Issue> checkGraph(const GraphConfig& config) {
    const auto* file = std::get_if<GraphFileConfig>(&config);
    if (!file)
        return {};
    try {
        const SimpleGraph simple = readFile(*file);
        const std::int64_t n = simple.nodes();
        if (n > kMostNodes)
            return {{"graph.path",
                     fmt::format("graph.path names a graph of {} nodes, whose matrices need {:.1f} "
                                 "GB; allowed are at most {} nodes",
                                 n, 9e-9 * static_cast<double>(n) * static_cast<double>(n),
                                 kMostNodes)}};
    } catch (const Error& error) {
        return {{"graph.path", fmt::format("graph.path: {}", error.what())}};
    }
    return {};
}

RecoverySettings recoverySettings(const GraphClusteringConfig& config) {
    RecoverySettings settings;
    settings.algorithm = config.algorithm;
    if (const auto* fixed = std::get_if<FixedObservation>(&config.observation)) {
        settings.observation = Observation::Fixed;
        settings.rate = fixed->rate;
    } else if (const auto* active = std::get_if<ActiveObservation>(&config.observation)) {
        settings.observation = Observation::Active;
        settings.rateStep = active->step;
        settings.activeKappa = active->kappa;
        settings.queryBudget = active->budget;
    }
    if (const auto* given = std::get_if<GivenRates>(&config.rates)) {
        settings.rates = EdgeRates{given->inside, given->across, 0};
    } else if (std::holds_alternative<PlantedRates>(config.rates)) {
        const auto& planted = std::get<PlantedConfig>(config.graph);
        settings.rates = EdgeRates{planted.inside, planted.across, 0};
    }
    settings.threshold = config.threshold;
    settings.b1 = config.b1;
    settings.kappaStart = config.kappa.start;
    settings.kappaFactor = config.kappa.factor;
    settings.kappaMost = config.kappa.most;
    settings.knownClusters = config.knownClusters;
    settings.rounding = config.program.rounding;
    settings.smallestCluster = config.program.smallestCluster;
    settings.acceptance = config.accept;
    settings.cleanUp = config.cleanUp;
    settings.solver.tolerance = config.program.tolerance;
    settings.solver.maxIterations = config.program.maxIterations;
    settings.solver.eigen = config.program.eigen;
    return settings;
}

} // namespace inlay::engine::graph_clustering

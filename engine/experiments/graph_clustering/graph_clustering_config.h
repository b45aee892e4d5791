#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/experiments/graph_clustering/recovery.h"
#include "engine/interop/graph.h"

namespace inlay::engine::graph_clustering {

/// Largest graph: two matrices of floats and one of bytes are 9 n² bytes, 3.6 GB here.
inline constexpr std::int64_t kMostNodes = 20000;

struct PlantedConfig {
    std::vector<std::int64_t> sizes = {800, 200, 80, 20};
    double inside = 0.7;
    double across = 0.3;
};

enum class Weights { Binary, Threshold };

struct GraphFileConfig {
    std::string path;
    GraphFormat format = GraphFormat::Auto;
    Symmetrize symmetrize = Symmetrize::Auto;
    Weights weights = Weights::Binary;
    double threshold = 0.5;
    std::string truth;
};

using GraphConfig = std::variant<PlantedConfig, GraphFileConfig>;

struct EstimatedRates {};
struct PlantedRates {};
struct GivenRates {
    double inside = 0.7;
    double across = 0.3;
};
using RatesConfig = std::variant<EstimatedRates, PlantedRates, GivenRates>;

struct FullObservation {};
struct FixedObservation {
    double rate = 0.3;
};
struct ActiveObservation {
    double step = 0.025;
    ActiveKappa kappa = ActiveKappa::Quiet;
    std::int64_t budget = 0;
};
using ObservationConfig = std::variant<FullObservation, FixedObservation, ActiveObservation>;

struct KappaConfig {
    double start = 1;
    double factor = 1.1;
    double most = 0;
};

struct ProgramConfig {
    double tolerance = 1e-3;
    std::int64_t maxIterations = 300;
    EigenMethod eigen = EigenMethod::Auto;
    double rounding = 0.5;
    std::int64_t smallestCluster = 2;
};

struct CompareConfig {
    bool spectral = true;
    bool louvain = true;
    bool leiden = true;
    std::int64_t spectralClusters = 0; // 0: those of the truth, else those found
};

struct GraphClusteringConfig {
    GraphConfig graph;
    RatesConfig rates;
    ObservationConfig observation;
    Algorithm algorithm = Algorithm::Peel;
    double threshold = 0; // t of a seen pair; 0 = by formula
    double b1 = 2;
    KappaConfig kappa;
    std::int64_t knownClusters = 0;
    Acceptance accept = Acceptance::Each;
    CleanUp cleanUp = CleanUp::Likelihood;
    ProgramConfig program;
    CompareConfig compare;
};

} // namespace inlay::engine::graph_clustering

#include "engine/experiments/graph_clustering/rate_estimate.h"

#include <algorithm>
#include <cmath>

#include "engine/experiments/graph_clustering/partial_eigen.h"
#include "engine/experiments/graph_clustering/predictor.h"

namespace inlay::engine::graph_clustering {
namespace {

constexpr std::size_t kLeading = 20;
constexpr double kSmallestRate = 1e-4;
/// A denser graph is one cluster; nothing in it says what q is.
constexpr double kComplete = 0.99;

EdgeRates ratesOf(double inside, double across) {
    EdgeRates rates;
    rates.across = std::clamp(across, kSmallestRate, 1 - 2 * kSmallestRate);
    rates.inside = std::clamp(inside, rates.across + kSmallestRate, 1.0);
    rates.threshold = std::clamp(thresholdOf(rates.inside, rates.across), kSmallestRate / 2,
                                 1 - kSmallestRate / 2);
    return rates;
}

/// Share of joined pairs among a node's neighbors; nodes with fewer than two have none.
std::vector<double> localDensities(const DenseGraph& graph) {
    std::vector<double> densities;
    std::vector<std::int64_t> neighbors;
    for (std::int64_t i = 0; i < graph.nodes(); ++i) {
        neighbors.clear();
        for (std::int64_t j = 0; j < graph.nodes(); ++j)
            if (j != i && graph.edge(i, j))
                neighbors.push_back(j);
        if (neighbors.size() < 2)
            continue;
        // At most 64 of them, evenly chosen: a percentile needs no more.
        const std::size_t stride = std::max<std::size_t>(1, neighbors.size() / 64);
        double joined = 0;
        double pairs = 0;
        for (std::size_t a = 0; a < neighbors.size(); a += stride)
            for (std::size_t b = a + stride; b < neighbors.size(); b += stride) {
                joined += graph.edge(neighbors[a], neighbors[b]);
                pairs += 1;
            }
        if (pairs > 0)
            densities.push_back(joined / pairs);
    }
    return densities;
}

EdgeRates estimateFromDensities(const DenseGraph& graph) {
    std::vector<double> local = localDensities(graph);
    const double density = graph.density();
    if (density > kComplete)
        return ratesOf(density, density / 2);
    const double across = density;
    double inside = across;
    if (!local.empty()) {
        const auto at = static_cast<std::size_t>(0.95 * static_cast<double>(local.size() - 1));
        std::nth_element(local.begin(), local.begin() + static_cast<long>(at), local.end());
        inside = local[at];
    }
    EdgeRates rates = ratesOf(inside, across);
    rates.threshold = (rates.inside + rates.across) / 2;
    return rates;
}

} // namespace

EdgeRates estimateFromSpectrum(const DenseGraph& graph) {
    const std::int64_t n = graph.nodes();
    std::vector<float> matrix(static_cast<std::size_t>(n * n));
    for (std::int64_t i = 0; i < n; ++i)
        std::copy_n(graph.row(i), n, matrix.data() + i * n);
    PartialEigensolver solver(n);
    EigenRequest request;
    // The edge of the noise of a graph of this density.
    const double density = graph.density();
    request.threshold = 2 * std::sqrt(static_cast<double>(n) * density * (1 - density));
    request.residual = 1e-3;
    request.mostPairs = 64;
    std::vector<double> values = solver.solve(matrix.data(), request).values;
    std::erase_if(values, [](double value) { return value <= 0; });
    if (values.size() > kLeading)
        values.resize(kLeading);
    if (values.size() < 2)
        return estimateFromDensities(graph);
    values.push_back(request.threshold);
    std::size_t clusters = 2;
    double widest = 0;
    for (std::size_t r = 2; r < values.size(); ++r)
        if (values[r - 1] - values[r] > widest) {
            widest = values[r - 1] - values[r];
            clusters = r;
        }
    const double size = static_cast<double>(n) / static_cast<double>(clusters);
    const double across = (values[0] - values[1]) / static_cast<double>(n);
    const double inside = across + values[1] / size;
    if (across <= 0 || inside >= 1)
        return estimateFromDensities(graph);
    return ratesOf(inside, across);
}

EdgeRates estimateFromClusters(const DenseGraph& graph, const std::vector<NodeSet>& clusters) {
    double joined = 0;
    double pairs = 0;
    for (const NodeSet& cluster : clusters)
        for (std::size_t a = 0; a < cluster.size(); ++a)
            for (std::size_t b = a + 1; b < cluster.size(); ++b) {
                joined += graph.edge(cluster[a], cluster[b]);
                pairs += 1;
            }
    const double n = static_cast<double>(graph.nodes());
    const double others = n * (n - 1) / 2 - pairs;
    if (pairs == 0 || others <= 0)
        return estimateFromSpectrum(graph);
    return ratesOf(joined / pairs, (static_cast<double>(graph.edges()) - joined) / others);
}

} // namespace inlay::engine::graph_clustering

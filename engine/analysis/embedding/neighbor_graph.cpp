#include "engine/analysis/embedding/neighbor_graph.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/analysis/embedding/dot.h"
#include "engine/base/random.h"
#include "kernels/parallel.h"
#include "kernels/symmetric_eigen.h"

namespace inlay::engine {
namespace {

constexpr int kScaleBisections = 64;
constexpr double kTolerance = 1e-5;
constexpr double kLeastScale = 1e-3; // of sigma, relative to the mean distance
constexpr std::int64_t kLanczosSteps = 120;
constexpr std::int64_t kNodesOfChunk = 1024;

/// Memberships of one point's neighbors.
void memberships(const Neighbors& neighbors, std::int64_t point, double meanOfAll,
                 std::vector<double>& weight) {
    const float* distance = neighbors.distanceRow(point);
    const std::int64_t k = neighbors.k;
    double rho = 0;
    double mean = 0;
    for (std::int64_t j = 0; j < k; ++j) {
        const auto d = static_cast<double>(distance[j]);
        if (rho == 0 && d > 0)
            rho = d;
        // The point itself counts among its neighbors, at distance 0.
        mean += d / static_cast<double>(k + 1);
    }
    const double target = std::log2(static_cast<double>(k + 1));
    double low = 0;
    double high = 0; // 0: no bound yet
    double sigma = 1;
    for (int step = 0; step < kScaleBisections; ++step) {
        double sum = 0;
        for (std::int64_t j = 0; j < k; ++j)
            sum += std::exp(-std::max(0.0, static_cast<double>(distance[j]) - rho) / sigma);
        if (std::abs(sum - target) < kTolerance)
            break;
        if (sum > target) {
            high = sigma;
            sigma = (low + high) / 2;
        } else {
            low = sigma;
            sigma = high > 0 ? (low + high) / 2 : sigma * 2;
        }
    }
    sigma = std::max(sigma, kLeastScale * (rho > 0 ? mean : meanOfAll));
    for (std::int64_t j = 0; j < k; ++j) {
        const double beyond = static_cast<double>(distance[j]) - rho;
        weight[static_cast<std::size_t>(j)] =
            beyond <= 0 || sigma <= 0 ? 1 : std::exp(-beyond / sigma);
    }
}

using Vector = std::vector<double>;

void subtract(Vector& from, double scale, const Vector& x) {
    kernels::parallelFor(static_cast<std::int64_t>(x.size()), 16 * kNodesOfChunk,
                         [&](std::int64_t begin, std::int64_t end) {
                             for (auto i = static_cast<std::size_t>(begin);
                                  i < static_cast<std::size_t>(end); ++i)
                                 from[i] -= scale * x[i];
                         });
}

/// D^-1/2 W D^-1/2 x.
class NormalizedAdjacency {
public:
    explicit NormalizedAdjacency(const NeighborGraph& graph)
        : graph_(graph) {
        for (std::size_t i = 0; i < static_cast<std::size_t>(graph.nodes); ++i) {
            double degree = 0;
            for (auto e = graph.rowStart[i]; e < graph.rowStart[i + 1]; ++e)
                degree += static_cast<double>(graph.weight[static_cast<std::size_t>(e)]);
            root_.push_back(std::sqrt(degree));
        }
    }

    /// The eigenvector of eigenvalue 1.
    Vector first() const {
        Vector v = root_;
        const double norm = std::sqrt(dot(v, v));
        for (double& value : v)
            value /= norm;
        return v;
    }

    Vector apply(const Vector& x) const {
        Vector y(x.size());
        kernels::parallelFor(
            graph_.nodes, kNodesOfChunk, [&](std::int64_t begin, std::int64_t end) {
                for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end);
                     ++i) {
                    double sum = 0;
                    for (auto e = static_cast<std::size_t>(graph_.rowStart[i]);
                         e < static_cast<std::size_t>(graph_.rowStart[i + 1]); ++e) {
                        const auto j = static_cast<std::size_t>(graph_.column[e]);
                        sum += static_cast<double>(graph_.weight[e]) * x[j] / root_[j];
                    }
                    y[i] = sum / root_[i];
                }
            });
        return y;
    }

private:
    const NeighborGraph& graph_;
    Vector root_;
};

} // namespace

NeighborGraph fuzzyGraph(const Neighbors& neighbors) {
    const std::int64_t n = neighbors.queries;
    const std::int64_t k = neighbors.k;
    double meanOfAll = 0;
    for (const float d : neighbors.distance)
        meanOfAll += static_cast<double>(d);
    meanOfAll /= static_cast<double>(n * (k + 1));
    std::vector<std::vector<std::pair<std::int32_t, double>>> rows(static_cast<std::size_t>(n));
    std::vector<std::vector<std::pair<std::int32_t, double>>> columns(rows.size());
    std::vector<double> weight(static_cast<std::size_t>(k));
    for (std::int64_t i = 0; i < n; ++i) {
        memberships(neighbors, i, meanOfAll, weight);
        for (std::int64_t j = 0; j < k; ++j) {
            const std::int32_t other = neighbors.indexRow(i)[j];
            const double w = weight[static_cast<std::size_t>(j)];
            rows[static_cast<std::size_t>(i)].emplace_back(other, w);
            columns[static_cast<std::size_t>(other)].emplace_back(static_cast<std::int32_t>(i), w);
        }
    }
    NeighborGraph graph;
    graph.nodes = n;
    graph.rowStart.push_back(0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::sort(rows[i].begin(), rows[i].end());
        auto a = rows[i].begin();
        auto b = columns[i].begin();
        while (a != rows[i].end() || b != columns[i].end()) {
            const bool takeA =
                b == columns[i].end() || (a != rows[i].end() && a->first <= b->first);
            const bool takeB =
                a == rows[i].end() || (b != columns[i].end() && b->first <= a->first);
            graph.column.push_back(takeA ? a->first : b->first);
            const double out = takeA ? (a++)->second : 0;
            const double in = takeB ? (b++)->second : 0;
            graph.weight.push_back(static_cast<float>(out + in - out * in));
        }
        graph.rowStart.push_back(static_cast<std::int64_t>(graph.column.size()));
    }
    return graph;
}

std::int64_t connectedComponents(const NeighborGraph& graph) {
    std::vector<std::uint8_t> seen(static_cast<std::size_t>(graph.nodes));
    std::vector<std::size_t> stack;
    std::int64_t components = 0;
    for (std::size_t start = 0; start < seen.size(); ++start) {
        if (seen[start] != 0)
            continue;
        ++components;
        seen[start] = 1;
        stack.push_back(start);
        while (!stack.empty()) {
            const std::size_t i = stack.back();
            stack.pop_back();
            for (auto e = graph.rowStart[i]; e < graph.rowStart[i + 1]; ++e) {
                const auto j = static_cast<std::size_t>(graph.column[static_cast<std::size_t>(e)]);
                if (seen[j] == 0) {
                    seen[j] = 1;
                    stack.push_back(j);
                }
            }
        }
    }
    return components;
}

std::vector<float> spectralLayout(const NeighborGraph& graph, std::int64_t dimension,
                                  std::uint64_t seed, const KeepGoing& keepGoing) {
    const auto n = static_cast<std::size_t>(graph.nodes);
    const NormalizedAdjacency adjacency(graph);
    const Vector first = adjacency.first();
    RandomStream stream(seed, "umap.spectral");
    Vector v(n);
    for (double& value : v)
        value = stream.normal();
    std::vector<Vector> basis;
    std::vector<double> diagonal;
    std::vector<double> beside;
    const std::int64_t steps = std::min<std::int64_t>(kLanczosSteps, graph.nodes - 1);
    while (static_cast<std::int64_t>(basis.size()) < steps) {
        if (keepGoing && !keepGoing())
            return {};
        subtract(v, dot(first, v), first);
        // Twice is enough.
        for (int pass = 0; pass < 2; ++pass)
            for (const Vector& b : basis)
                subtract(v, dot(b, v), b);
        const double norm = std::sqrt(dot(v, v));
        if (norm < 1e-10)
            break;
        for (double& value : v)
            value /= norm;
        if (!basis.empty())
            beside.push_back(norm);
        basis.push_back(v);
        v = adjacency.apply(v);
        diagonal.push_back(dot(basis.back(), v));
    }
    const std::size_t m = basis.size();
    std::vector<double> small(m * m);
    for (std::size_t i = 0; i < m; ++i) {
        small[i * m + i] = diagonal[i];
        if (i + 1 < m)
            small[i * m + i + 1] = small[(i + 1) * m + i] = beside[i];
    }
    std::vector<double> values(m);
    std::vector<double> vectors(m * m);
    kernels::symmetricEigen(static_cast<std::int64_t>(m), small.data(), values.data(),
                            vectors.data());
    std::vector<float> layout(n * static_cast<std::size_t>(dimension));
    for (std::size_t d = 0; d < static_cast<std::size_t>(dimension) && d < m; ++d)
        for (std::size_t i = 0; i < n; ++i) {
            double sum = 0;
            for (std::size_t b = 0; b < m; ++b)
                sum += vectors[(m - 1 - d) * m + b] * basis[b][i];
            layout[i * static_cast<std::size_t>(dimension) + d] = static_cast<float>(sum);
        }
    return layout;
}

} // namespace inlay::engine

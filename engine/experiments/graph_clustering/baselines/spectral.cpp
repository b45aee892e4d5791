#include "engine/experiments/graph_clustering/baselines/spectral.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/experiments/graph_clustering/partial_eigen.h"

namespace inlay::engine::graph_clustering {
namespace {

constexpr int kStarts = 10;
constexpr int kLloydIterations = 100;

/// Rows of n points in d dimensions.
struct Points {
    std::int64_t n = 0;
    std::int64_t d = 0;
    std::vector<double> data;
    const double* row(std::int64_t i) const { return data.data() + i * d; }
};

double squaredDistance(const double* a, const double* b, std::int64_t d) {
    double sum = 0;
    for (std::int64_t c = 0; c < d; ++c)
        sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

std::vector<double> seedCenters(const Points& points, std::int64_t k, RandomStream& random) {
    std::vector<double> centers;
    std::vector<double> distance(static_cast<std::size_t>(points.n),
                                 std::numeric_limits<double>::infinity());
    std::int64_t next =
        static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(points.n)));
    for (std::int64_t c = 0; c < k; ++c) {
        centers.insert(centers.end(), points.row(next), points.row(next) + points.d);
        double total = 0;
        for (std::int64_t i = 0; i < points.n; ++i) {
            double& d = distance[static_cast<std::size_t>(i)];
            d = std::min(d, squaredDistance(points.row(i), points.row(next), points.d));
            total += d;
        }
        double mark = random.uniform() * total;
        next = points.n - 1;
        for (std::int64_t i = 0; i < points.n; ++i) {
            mark -= distance[static_cast<std::size_t>(i)];
            if (mark < 0) {
                next = i;
                break;
            }
        }
    }
    return centers;
}

double lloyd(const Points& points, std::int64_t k, std::vector<double> centers,
             std::vector<std::int32_t>& labels) {
    labels.assign(static_cast<std::size_t>(points.n), 0);
    double cost = 0;
    for (int iteration = 0; iteration < kLloydIterations; ++iteration) {
        double now = 0;
        bool moved = iteration == 0;
        for (std::int64_t i = 0; i < points.n; ++i) {
            double best = std::numeric_limits<double>::infinity();
            std::int32_t label = 0;
            for (std::int64_t c = 0; c < k; ++c) {
                const double d =
                    squaredDistance(points.row(i), centers.data() + c * points.d, points.d);
                if (d < best) {
                    best = d;
                    label = static_cast<std::int32_t>(c);
                }
            }
            now += best;
            moved = moved || label != labels[static_cast<std::size_t>(i)];
            labels[static_cast<std::size_t>(i)] = label;
        }
        cost = now;
        if (!moved)
            break;
        std::vector<double> sums(centers.size());
        std::vector<double> counts(static_cast<std::size_t>(k));
        for (std::int64_t i = 0; i < points.n; ++i) {
            const auto label = static_cast<std::size_t>(labels[static_cast<std::size_t>(i)]);
            counts[label] += 1;
            for (std::int64_t c = 0; c < points.d; ++c)
                sums[label * static_cast<std::size_t>(points.d) + static_cast<std::size_t>(c)] +=
                    points.row(i)[c];
        }
        for (std::size_t c = 0; c < counts.size(); ++c)
            if (counts[c] > 0)
                for (std::size_t x = 0; x < static_cast<std::size_t>(points.d); ++x)
                    centers[c * static_cast<std::size_t>(points.d) + x] =
                        sums[c * static_cast<std::size_t>(points.d) + x] / counts[c];
    }
    return cost;
}

} // namespace

std::vector<std::int32_t> spectralClusters(const DenseGraph& graph, std::int64_t clusters,
                                           const RandomStream& stream) {
    const std::int64_t n = graph.nodes();
    const std::int64_t k = std::clamp<std::int64_t>(clusters, 1, std::max<std::int64_t>(1, n));
    std::vector<std::int32_t> labels(static_cast<std::size_t>(n));
    if (k == 1 || n < 2)
        return labels;
    std::vector<double> scale(static_cast<std::size_t>(n));
    for (std::int64_t i = 0; i < n; ++i)
        scale[static_cast<std::size_t>(i)] =
            1 / std::sqrt(std::accumulate(graph.row(i), graph.row(i) + n, 0.0));
    // Half of (I + D^-1/2 A D^-1/2): its spectrum lies in [0, 1], the wanted end on top.
    std::vector<float> matrix(static_cast<std::size_t>(n * n));
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j)
            matrix[static_cast<std::size_t>(i * n + j)] = static_cast<float>(
                0.5 * ((i == j) + graph.row(i)[j] * scale[static_cast<std::size_t>(i)] *
                                      scale[static_cast<std::size_t>(j)]));
    PartialEigensolver solver(n);
    EigenRequest request;
    request.leading = k;
    request.residual = 1e-4;
    request.mostProducts = 60; // eigenvalues may lie close together, and there is one call
    const EigenPairs pairs = solver.solve(matrix.data(), request);
    Points points{n, k, std::vector<double>(static_cast<std::size_t>(n * k))};
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t c = 0; c < k; ++c)
            points.data[static_cast<std::size_t>(i * k + c)] =
                pairs.vectors[static_cast<std::size_t>(c * n + i)] *
                scale[static_cast<std::size_t>(i)];
    double best = std::numeric_limits<double>::infinity();
    for (int start = 0; start < kStarts; ++start) {
        RandomStream random = stream.split(static_cast<std::uint64_t>(start));
        std::vector<std::int32_t> found;
        const double cost = lloyd(points, k, seedCenters(points, k, random), found);
        if (cost < best) {
            best = cost;
            labels = std::move(found);
        }
    }
    return labels;
}

} // namespace inlay::engine::graph_clustering

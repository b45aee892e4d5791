#include "engine/experiments/streaming_kmeans/cluster_table.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/json.h"
#include "kernels/nearest.h"
#include "kernels/parallel.h"

namespace inlay::engine::kmeans {
namespace {

// Distances between all centers, and rows of the table, are for people.
constexpr std::size_t kMostRows = 4096;

// Mean silhouette of each cluster: (b - a) / max(a, b) with a the mean distance of a point to its
// own cluster's other points and b the smallest mean distance to another cluster's (Rousseeuw
// 1987), over the sample.
std::vector<double> silhouettes(const WeightedPoints& points,
                                const std::vector<std::int32_t>& labels, std::size_t clusters) {
    const std::int64_t n = points.count();
    std::vector<double> counts(clusters);
    for (const std::int32_t label : labels)
        counts[static_cast<std::size_t>(label)] += 1;
    std::vector<double> values(static_cast<std::size_t>(n));
    kernels::parallelFor(n, 16, [&](std::int64_t begin, std::int64_t end) {
        std::vector<double> sums(clusters);
        for (std::int64_t i = begin; i < end; ++i) {
            std::fill(sums.begin(), sums.end(), 0.0);
            for (std::int64_t j = 0; j < n; ++j)
                sums[static_cast<std::size_t>(labels[static_cast<std::size_t>(j)])] +=
                    std::sqrt(static_cast<double>(
                        kernels::squaredDistance(points.row(i), points.row(j), points.dims)));
            const auto own = static_cast<std::size_t>(labels[static_cast<std::size_t>(i)]);
            double nearest = std::numeric_limits<double>::infinity();
            for (std::size_t c = 0; c < clusters; ++c)
                if (c != own && counts[c] > 0)
                    nearest = std::min(nearest, sums[c] / counts[c]);
            const double inside = counts[own] > 1 ? sums[own] / (counts[own] - 1) : 0;
            const double larger = std::max(inside, nearest);
            // By definition 0 for a point alone, and without another cluster.
            values[static_cast<std::size_t>(i)] =
                counts[own] > 1 && std::isfinite(nearest) && larger > 0
                    ? (nearest - inside) / larger
                    : 0.0;
        }
    });
    std::vector<double> means(clusters, std::numeric_limits<double>::quiet_NaN());
    for (std::size_t c = 0; c < clusters; ++c)
        if (counts[c] > 0)
            means[c] = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto c = static_cast<std::size_t>(labels[i]);
        means[c] += values[i] / counts[c];
    }
    return means;
}

} // namespace

std::vector<std::int32_t> labelsOf(const WeightedPoints& points,
                                   const std::vector<double>& centers) {
    std::vector<std::int32_t> label(static_cast<std::size_t>(points.count()));
    std::vector<float> squared(label.size());
    const std::vector<float> rounded(centers.begin(), centers.end());
    const kernels::CenterPack pack(
        rounded.data(), static_cast<std::int64_t>(rounded.size()) / points.dims, points.dims);
    kernels::nearestCenters(pack, points.values.data(), points.count(), label.data(),
                            squared.data(), nullptr);
    return label;
}

std::vector<ClusterRow> describeClusters(const PassResult& pass, const std::vector<double>& centers,
                                         const Preview& preview,
                                         const std::vector<std::int32_t>& labels) {
    const std::size_t clusters = pass.counts.size();
    const std::int64_t dims = preview.points().dims;
    std::vector<ClusterRow> rows(std::min(clusters, kMostRows));
    const std::vector<float> rounded(centers.begin(), centers.end());
    const std::vector<double> silhouette =
        clusters <= kMostRows
            ? silhouettes(preview.points(), labels, clusters)
            : std::vector<double>(clusters, std::numeric_limits<double>::quiet_NaN());
    for (std::size_t c = 0; c < rows.size(); ++c) {
        ClusterRow& row = rows[c];
        row.size = pass.counts[c];
        row.share = pass.cost > 0 ? pass.costs[c] / pass.cost : 0;
        row.radius = row.size > 0 ? std::sqrt(pass.costs[c] / row.size) : 0;
        row.silhouette = silhouette[c];
        float least = std::numeric_limits<float>::infinity();
        for (std::size_t other = 0; other < clusters; ++other) {
            if (other == c)
                continue;
            const float d = kernels::squaredDistance(
                rounded.data() + static_cast<std::int64_t>(c) * dims,
                rounded.data() + static_cast<std::int64_t>(other) * dims, dims);
            if (d < least) {
                least = d;
                row.nearest = static_cast<std::int64_t>(other);
            }
        }
        row.separation = row.nearest < 0 ? 0 : std::sqrt(static_cast<double>(least));
    }
    return rows;
}

void recordClusters(RunRecorder& recorder, const std::vector<ClusterRow>& rows) {
    for (std::size_t c = 0; c < rows.size(); ++c) {
        const ClusterRow& row = rows[c];
        recorder.resultRow("clusters", static_cast<std::int64_t>(c),
                           {{"cluster", c},
                            {"size", row.size},
                            {"cost_share", row.share},
                            {"radius", row.radius},
                            {"nearest", row.nearest},
                            {"nearest_distance", row.separation},
                            {"silhouette", jsonNumber(row.silhouette)}});
    }
}

} // namespace inlay::engine::kmeans

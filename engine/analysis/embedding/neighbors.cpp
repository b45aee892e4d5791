#include "engine/analysis/embedding/neighbors.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include <fmt/format.h>

#include "engine/analysis/embedding/best_list.h"
#include "engine/base/error.h"
#include "engine/tensor/device.h"
#include "kernels/backend.h"
#include "kernels/nearest.h"
#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

// One product: 16 MiB of values, computed in some tens of milliseconds.
constexpr std::int64_t kQueryBlock = 1024;
constexpr std::int64_t kReferenceBlock = 4096;
constexpr std::int64_t kScanLanes = 16;
// Up to so many the best are kept sorted.
constexpr std::int64_t kListedNeighbors = 128;

// Squares of such magnitudes neither overflow nor vanish in f32.
constexpr int kPlainExponent = 40;

/// What products read: references and queries moved to the references' mean, so that little
/// cancels, and scaled by a power of two to magnitudes near 1. What is compared directly: the
/// points themselves, where moving would round equal distances apart, scaled where they must be.
struct Operands {
    std::vector<float> references;
    std::vector<float> queries;          // empty: the references
    std::vector<float> norms;            // squared, of the references
    float largestNorm = 0;               // not squared
    double scale = 1;                    // original = moved * scale
    std::vector<float> scaledReferences; // empty: compared as they are
    std::vector<float> scaledQueries;
    double directScale = 1; // original = compared * directScale
};

std::vector<double> meanOf(PointsView points) {
    std::vector<double> mean(static_cast<std::size_t>(points.dimension), 0.0);
    for (std::int64_t i = 0; i < points.count; ++i)
        for (std::int64_t d = 0; d < points.dimension; ++d)
            mean[static_cast<std::size_t>(d)] += static_cast<double>(points.row(i)[d]);
    for (double& m : mean)
        m /= static_cast<double>(points.count);
    return mean;
}

double largestMagnitude(PointsView points, const std::vector<double>& mean) {
    double largest = 0;
    for (std::int64_t i = 0; i < points.count; ++i)
        for (std::int64_t d = 0; d < points.dimension; ++d)
            largest = std::max(largest, std::abs(static_cast<double>(points.row(i)[d]) -
                                                 mean[static_cast<std::size_t>(d)]));
    return largest;
}

std::vector<float> moved(PointsView points, const std::vector<double>& mean, double scale) {
    std::vector<float> out(static_cast<std::size_t>(points.count * points.dimension));
    kernels::parallelFor(points.count, 1024, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            for (std::int64_t d = 0; d < points.dimension; ++d)
                out[static_cast<std::size_t>(i * points.dimension + d)] = static_cast<float>(
                    (static_cast<double>(points.row(i)[d]) - mean[static_cast<std::size_t>(d)]) /
                    scale);
    });
    return out;
}

float squaredNorm(const float* row, std::int64_t dims) {
    double sum = 0;
    for (std::int64_t d = 0; d < dims; ++d)
        sum += static_cast<double>(row[d]) * static_cast<double>(row[d]);
    return static_cast<float>(sum);
}

Operands prepare(PointsView references, PointsView queries) {
    Operands operands;
    const std::vector<double> mean = meanOf(references);
    const bool same = queries.values.data() == references.values.data();
    double largest = largestMagnitude(references, mean);
    if (!same)
        largest = std::max(largest, largestMagnitude(queries, mean));
    int exponent = 0;
    std::frexp(largest, &exponent);
    operands.scale = largest > 0 ? std::ldexp(1.0, exponent) : 1;
    operands.references = moved(references, mean, operands.scale);
    if (!same)
        operands.queries = moved(queries, mean, operands.scale);
    if (std::abs(exponent) > kPlainExponent) {
        const std::vector<double> origin(mean.size(), 0.0);
        operands.directScale = operands.scale;
        operands.scaledReferences = moved(references, origin, operands.scale);
        operands.scaledQueries = moved(queries, origin, operands.scale);
    }
    operands.norms.resize(static_cast<std::size_t>(references.count));
    float largestSquare = 0;
    for (std::int64_t i = 0; i < references.count; ++i) {
        const float norm = squaredNorm(operands.references.data() + i * references.dimension,
                                       references.dimension);
        operands.norms[static_cast<std::size_t>(i)] = norm;
        largestSquare = std::max(largestSquare, norm);
    }
    operands.largestNorm = std::sqrt(largestSquare);
    return operands;
}

/// One query against one block of references.
struct Scan {
    const float* query;      // as they are compared
    const float* references; // of the block
    const float* values;     // |r|² - 2 q·r, of the block, moved and scaled
    std::int64_t count;
    std::int64_t first; // number of the block's first reference
    std::int64_t dims;
    std::int64_t own; // reference to leave out, or -1
    float norm;       // |q|²
    float tolerance;  // of the values
    float unit;       // a compared square in the values' scale

    float limit(float worst) const { return worst * unit - norm + tolerance; }
};

template <class Best>
void offerOne(const Scan& scan, std::int64_t j, Best& best, float& limit) {
    if (!(scan.values[j] <= limit) || scan.first + j == scan.own)
        return;
    best.offer(static_cast<std::int32_t>(scan.first + j),
               kernels::squaredDistance(scan.query, scan.references + j * scan.dims, scan.dims));
    limit = scan.limit(best.worst());
}

template <class Best>
void scanBlock(const Scan& scan, Best& best) {
    float limit = scan.limit(best.worst());
    std::int64_t j = 0;
    for (; j + kScanLanes <= scan.count; j += kScanLanes) {
        // Almost always nothing in sixteen references is near enough.
        int near = 0;
        for (std::int64_t l = 0; l < kScanLanes; ++l)
            near += scan.values[j + l] <= limit ? 1 : 0;
        if (near > 0)
            for (std::int64_t l = 0; l < kScanLanes; ++l)
                offerOne(scan, j + l, best, limit);
    }
    for (; j < scan.count; ++j)
        offerOne(scan, j, best, limit);
}

std::int64_t clampedK(std::int64_t references, std::int64_t k, OwnMatch ownMatch) {
    return std::clamp<std::int64_t>(k, 0, references - (ownMatch == OwnMatch::LeaveOut ? 1 : 0));
}

kernels::ConstView matrix(const float* data, std::int64_t rows, std::int64_t cols) {
    return {data, rows, cols, cols, kernels::DType::F32};
}

} // namespace

bool visitNeighbors(PointsView references, PointsView queries, std::int64_t k, OwnMatch ownMatch,
                    const KeepGoing& keepGoing, const NeighborVisitor& visit) {
    if (references.count < 1)
        throw Error("there are no points to search neighbors among");
    if (references.dimension != queries.dimension)
        throw Error(fmt::format("the points have {} dimensions, what is searched for has {}",
                                references.dimension, queries.dimension));
    assert(ownMatch == OwnMatch::Keep || references.count == queries.count);
    k = clampedK(references.count, k, ownMatch);
    const std::int64_t dims = references.dimension;
    const Operands operands = prepare(references, queries);
    const float* left =
        operands.queries.empty() ? operands.references.data() : operands.queries.data();
    const float* direct =
        operands.scaledQueries.empty() ? queries.values.data() : operands.scaledQueries.data();
    const float* compared = operands.scaledReferences.empty() ? references.values.data()
                                                              : operands.scaledReferences.data();
    const double unit = operands.directScale / operands.scale;
    const Device device = Device::open("cpu");
    std::vector<float> values(static_cast<std::size_t>(kQueryBlock * kReferenceBlock));
    std::vector<BestPool> pools;
    std::vector<std::int32_t> index(static_cast<std::size_t>(kQueryBlock * k));
    std::vector<float> squared(static_cast<std::size_t>(kQueryBlock * k));
    for (std::int64_t begin = 0; begin < queries.count; begin += kQueryBlock) {
        const std::int64_t rows = std::min(kQueryBlock, queries.count - begin);
        std::vector<BestList> lists;
        for (std::int64_t i = 0; i < rows; ++i)
            lists.emplace_back(index.data() + i * k, squared.data() + i * k, k);
        const bool many = k > kListedNeighbors;
        if (many)
            pools.resize(static_cast<std::size_t>(rows), BestPool(k));
        for (std::int64_t first = 0; first < references.count && k > 0; first += kReferenceBlock) {
            if (keepGoing && !keepGoing())
                return false;
            const std::int64_t cols = std::min(kReferenceBlock, references.count - first);
            kernels::Epilogue addNorms;
            addNorms.bias = matrix(operands.norms.data() + first, 1, cols);
            device.backend().gemm({.b = kernels::Transpose::Yes, .alpha = -2.0},
                                  matrix(left + begin * dims, rows, dims),
                                  matrix(operands.references.data() + first * dims, cols, dims),
                                  {values.data(), rows, cols, cols, kernels::DType::F32}, addNorms);
            kernels::parallelFor(rows, 16, [&](std::int64_t from, std::int64_t to) {
                for (std::int64_t i = from; i < to; ++i) {
                    Scan scan{};
                    scan.query = direct + (begin + i) * dims;
                    scan.references = compared + first * dims;
                    scan.values = values.data() + i * cols;
                    scan.count = cols;
                    scan.first = first;
                    scan.dims = dims;
                    scan.own = ownMatch == OwnMatch::LeaveOut ? begin + i : -1;
                    scan.norm = squaredNorm(left + (begin + i) * dims, dims);
                    // Standard bound of sums of dims terms in f32, for both forms compared.
                    const float reach = std::sqrt(scan.norm) + operands.largestNorm;
                    scan.tolerance =
                        4.0f * static_cast<float>(dims + 4) * 5.9604645e-8f * reach * reach;
                    scan.unit = static_cast<float>(unit * unit);
                    const auto at = static_cast<std::size_t>(i);
                    if (many)
                        scanBlock(scan, pools[at]);
                    else
                        scanBlock(scan, lists[at]);
                }
            });
        }
        kernels::parallelFor(rows, 16, [&](std::int64_t from, std::int64_t to) {
            for (std::int64_t i = from; i < to; ++i) {
                float* distances = squared.data() + i * k;
                if (many)
                    pools[static_cast<std::size_t>(i)].take(index.data() + i * k, distances);
                for (std::int64_t j = 0; j < k; ++j)
                    distances[j] = static_cast<float>(std::sqrt(static_cast<double>(distances[j])) *
                                                      operands.directScale);
                const auto size = static_cast<std::size_t>(k);
                visit(begin + i, {index.data() + i * k, size}, {distances, size});
            }
        });
    }
    return true;
}

Neighbors exactNeighbors(PointsView references, PointsView queries, std::int64_t k,
                         OwnMatch ownMatch, const KeepGoing& keepGoing) {
    Neighbors found;
    found.queries = queries.count;
    found.k = clampedK(references.count, k, ownMatch);
    found.index.resize(static_cast<std::size_t>(found.queries * found.k));
    found.distance.resize(found.index.size());
    found.cancelled = !visitNeighbors(
        references, queries, k, ownMatch, keepGoing,
        [&](std::int64_t query, std::span<const std::int32_t> index,
            std::span<const float> distance) {
            std::copy(index.begin(), index.end(), found.index.begin() + query * found.k);
            std::copy(distance.begin(), distance.end(), found.distance.begin() + query * found.k);
        });
    return found;
}

Neighbors exactNeighbors(PointsView points, std::int64_t k, const KeepGoing& keepGoing) {
    return exactNeighbors(points, points, k, OwnMatch::LeaveOut, keepGoing);
}

std::vector<float> normalizedRows(PointsView points) {
    std::vector<float> rows(points.values.begin(), points.values.end());
    for (std::int64_t i = 0; i < points.count; ++i) {
        float* row = rows.data() + i * points.dimension;
        double sum = 0;
        for (std::int64_t d = 0; d < points.dimension; ++d)
            sum += static_cast<double>(row[d]) * static_cast<double>(row[d]);
        if (sum > 0)
            for (std::int64_t d = 0; d < points.dimension; ++d)
                row[d] = static_cast<float>(static_cast<double>(row[d]) / std::sqrt(sum));
    }
    return rows;
}

} // namespace inlay::engine

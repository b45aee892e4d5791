#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "engine/analysis/embedding/layout.h"

namespace inlay::engine {

/// The k nearest references of each query, nearest first; equal distances by lower index.
struct Neighbors {
    std::int64_t queries = 0;
    std::int64_t k = 0;
    std::vector<std::int32_t> index; // queries x k
    std::vector<float> distance;     // queries x k, Euclidean
    bool cancelled = false;          // the lists are then incomplete
    bool exact = true;

    const std::int32_t* indexRow(std::int64_t query) const { return index.data() + query * k; }
    const float* distanceRow(std::int64_t query) const { return distance.data() + query * k; }
};

/// Whether a query is a reference of the same number and then not its own neighbor.
enum class OwnMatch { Keep, LeaveOut };

/// Asked many times a second while neighbors are searched; false cancels.
using KeepGoing = std::function<bool()>;

/// All distances by matrix products; candidates within the rounding of that form are compared by
/// their sum of squared differences in f32, so the answer does not depend on the order of work.
/// k is clamped to the number of references (less one where the own match is left out). Throws
/// Error when the dimensions differ or there is no reference. The same for any thread count.
Neighbors exactNeighbors(PointsView references, PointsView queries, std::int64_t k,
                         OwnMatch ownMatch, const KeepGoing& keepGoing = {});

/// What one query's neighbors are for: called once for each query, from any thread of the pool.
using NeighborVisitor = std::function<void(std::int64_t query, std::span<const std::int32_t> index,
                                           std::span<const float> distance)>;

/// The same search without keeping its lists. Returns false when it was cancelled.
bool visitNeighbors(PointsView references, PointsView queries, std::int64_t k, OwnMatch ownMatch,
                    const KeepGoing& keepGoing, const NeighborVisitor& visit);

/// The neighbors of the points among themselves, each without itself.
Neighbors exactNeighbors(PointsView points, std::int64_t k, const KeepGoing& keepGoing = {});

/// Rows of length 1 (rows of zeros stay): on them Euclidean distance orders as the cosine does.
std::vector<float> normalizedRows(PointsView points);

} // namespace inlay::engine

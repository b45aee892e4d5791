#pragma once

#include <cstdint>
#include <optional>

#include "engine/analysis/embedding/layout.h"
#include "engine/analysis/embedding/neighbors.h"

namespace inlay::engine {

/// How much of the original neighborhoods a layout keeps; 1 is best for every figure.
struct ProjectionQuality {
    std::int64_t points = 0; // that were looked at: all, or a fixed sample of large sets
    std::int64_t k = 12;     // of trustworthiness and continuity, after clamping
    double trustworthiness = 0;
    double continuity = 0;
    std::int64_t kept = 10;   // of neighborsKept, after clamping
    double neighborsKept = 0; // share of the original nearest neighbors among those of the layout
    double shepard = 0;       // Pearson correlation of distances over random pairs
    bool cancelled = false;
};

struct QualityOptions {
    std::int64_t k = 12;    // trustworthiness and continuity; needs 2n - 3k - 1 > 0
    std::int64_t kept = 10; // neighbors of neighborsKept
    std::int64_t pairs = 10'000;
    /// Larger sets are judged on this many of their points, chosen by the seed.
    std::int64_t mostPoints = 5'000;
    std::uint64_t seed = 1;
};

/// Trustworthiness and continuity of Venna and Kaski (2001), with ranks by distance and ties by
/// lower index. `original` and `layout` have the same count. Throws Error for fewer than 4 points.
ProjectionQuality projectionQuality(PointsView original, PointsView layout,
                                    const QualityOptions& options = {},
                                    const KeepGoing& keepGoing = {});

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/experiments/streaming_kmeans/hierarchy.h"
#include "engine/experiments/streaming_kmeans/kmeans_config.h"

namespace inlay::engine::kmeans {

/// "20000" points, or bytes: "64MB", "1.5 GB", "512 kB" (powers of 1000), "64 MiB" (of 1024).
struct MemoryBudget {
    std::int64_t points = 0; // 0: given in bytes
    double bytes = 0;

    /// Points of `dims` numbers that fit; a point is its f32 numbers, a weight, and what a seeding
    /// keeps for it.
    std::int64_t pointsFor(std::int64_t dims) const;
};
std::optional<MemoryBudget> parseMemory(const std::string& text);

/// The buffers of a run.
struct LevelPlan {
    std::vector<LevelRule> levels;
    std::int64_t budget = 0;        // points; 0 = no limit
    std::vector<Issue> issues;      // with any, there are no levels
    std::int64_t predictedHeld = 0; // 0 = not known
};

/// Buffers for `algorithm` (DC-1, DC-2, multi-level, or one for all others) on n points (nothing =
/// the end is not known) of `dims` numbers.
LevelPlan planLevels(const KmeansConfig& config, std::optional<std::int64_t> n, std::int64_t dims);

/// Repetitions for n points.
std::int64_t repetitionsFor(const KmeansConfig& config, std::int64_t n);
/// Draws a round of a streaming level: k-means# except for DC-2.
std::int64_t drawsFor(const KmeansConfig& config);

} // namespace inlay::engine::kmeans

#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/analysis/embedding/quality.h"
#include "widgets/views/embeddings/embedding_film.h"

namespace inlay::widgets {

class JobToken;

/// Neighbors of every point in the original space at one snapshot, and what follows from them.
struct Neighborhood {
    FrameKey key;
    std::int64_t k = 0;
    std::vector<std::int32_t> index; // count x k, nearest first
    std::vector<float> distance;
    /// Label of most of the 5 nearest others (with labels only).
    std::vector<std::int32_t> predicted;
    /// -log10 of the mean distance to the neighbors, per point.
    std::vector<float> density;
    /// Recall@1 of each label (NaN where no other point has it), and over all.
    std::vector<double> classRecall;
    double recall = 0;
    bool isComplete = false;

    std::span<const std::int32_t> neighborsOf(std::int64_t point) const {
        return {index.data() + point * k, static_cast<std::size_t>(k)};
    }
    std::span<const float> distancesOf(std::int64_t point) const {
        return {distance.data() + point * k, static_cast<std::size_t>(k)};
    }
};

inline constexpr std::int64_t kShownNeighbors = 12;
inline constexpr std::int64_t kVotingNeighbors = 5;

Neighborhood findNeighborhood(const Snapshot& snapshot, const std::vector<std::int32_t>& labels,
                              const JobToken& token);

/// Quality of the places of those points that have any; nothing when there are too few, or when the
/// job was cancelled.
std::optional<engine::ProjectionQuality> judge(const Snapshot& snapshot,
                                               const std::vector<float>& places, int dimension,
                                               const JobToken& token);

} // namespace inlay::widgets

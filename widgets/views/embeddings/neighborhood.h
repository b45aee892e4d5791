#pragma once

#include <map>
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
    /// Of very many points only the asked ones have neighbors: point to its place in the lists.
    /// Empty where all have them.
    std::map<std::int64_t, std::int64_t> asked;
    bool isPartial = false;

    /// Empty for a point whose neighbors are not known.
    std::span<const std::int32_t> neighborsOf(std::int64_t point) const {
        const std::int64_t row = rowOf(point);
        return row < 0 ? std::span<const std::int32_t>()
                       : std::span(index.data() + row * k, static_cast<std::size_t>(k));
    }
    std::span<const float> distancesOf(std::int64_t point) const {
        const std::int64_t row = rowOf(point);
        return row < 0 ? std::span<const float>()
                       : std::span(distance.data() + row * k, static_cast<std::size_t>(k));
    }

private:
    std::int64_t rowOf(std::int64_t point) const {
        if (!isPartial)
            return point;
        const auto at = asked.find(point);
        return at == asked.end() ? -1 : at->second;
    }
};

/// Up to this many points all neighbors are found unasked; of more, those of one point at a time.
inline constexpr std::int64_t kMostUnasked = 20'000;

inline constexpr std::int64_t kShownNeighbors = 12;
inline constexpr std::int64_t kVotingNeighbors = 5;

Neighborhood findNeighborhood(const Snapshot& snapshot, const std::vector<std::int32_t>& labels,
                              const JobToken& token);

/// The neighbors of one point, as a partial neighborhood.
Neighborhood findNeighborsOf(std::int64_t point, const Snapshot& snapshot, const JobToken& token);

/// Quality of the places of those points that have any; nothing when there are too few, or when the
/// job was cancelled.
std::optional<engine::ProjectionQuality> judge(const Snapshot& snapshot,
                                               const std::vector<float>& places, int dimension,
                                               const JobToken& token);

} // namespace inlay::widgets

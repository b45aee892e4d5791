#pragma once

#include <cstdint>
#include <vector>

#include "engine/experiments/online_ranking/feedback.h"
#include "engine/experiments/online_ranking/state_archive.h"

namespace inlay::engine::online_ranking {

/// Whether every round adds exactly 1 to each item it names and 0 to the others.
enum class Steps { Unit, Real };

/// Cumulative scores of the rounds played, the loss of the best fixed ranking (sorted by score),
/// and what the bounds need. With unit steps items are kept sorted by score in blocks of equal
/// score, so that a step and the best loss cost O(1) and sums over items become sums over blocks.
class ScoreBoard {
public:
    ScoreBoard(std::int64_t n, Steps steps);

    std::int64_t n() const { return n_; }
    std::int64_t rounds() const { return rounds_; }
    bool hasBlocks() const { return steps_ == Steps::Unit; }
    /// Scores relative to the backgrounds of the rounds.
    const std::vector<double>& scores() const { return scores_; }
    double score(std::int32_t item) const { return scores_[static_cast<std::size_t>(item)]; }
    double pairCount() const { return static_cast<double>(n_) * static_cast<double>(n_ - 1) / 2; }

    void add(const Feedback& feedback);

    /// Loss of the best fixed ranking for the rounds played. O(1) with unit steps, else O(n log n).
    double bestLoss() const;
    /// Sum of the rounds' pair masses.
    double mass() const { return mass_; }
    /// Sum of the rounds' unavoidable losses; bestLoss() less this is the best ranking's pair loss.
    double unavoidable() const { return unavoidable_; }

    /// One of the items with the smallest score: the last of order(). Unit steps only.
    std::int32_t lowest() const { return order_.back(); }
    /// Items by score, largest first. Unit steps only.
    const std::vector<std::int32_t>& order() const { return order_; }

    /// Items `start` to `end` - 1 of order() have this score.
    struct Block {
        double score = 0;
        std::int32_t start = 0;
        std::int32_t end = 0;
        std::int32_t higher = -1; // neighbor with larger scores
        std::int32_t lower = -1;
    };
    /// body(block) for every block, largest score first. Unit steps only.
    template <class Body>
    void forEachBlock(Body&& body) const {
        for (std::int32_t b = highest_; b >= 0; b = blocks_[static_cast<std::size_t>(b)].lower)
            body(blocks_[static_cast<std::size_t>(b)]);
    }
    const Block& blockOf(std::int32_t item) const {
        return blocks_[static_cast<std::size_t>(blockOf_[static_cast<std::size_t>(item)])];
    }

    void archive(StateArchive& archive);

private:
    void increment(std::int32_t item);
    std::int32_t newBlock();
    void rebuildBlocks();

    std::int64_t n_;
    Steps steps_;
    std::int64_t rounds_ = 0;
    std::vector<double> scores_;
    double background_ = 0;
    double mass_ = 0;
    double unavoidable_ = 0;
    double best_ = 0;

    std::vector<std::int32_t> order_;
    std::vector<std::int32_t> placeOf_;
    std::vector<std::int32_t> blockOf_;
    std::vector<Block> blocks_;
    std::vector<std::int32_t> freeBlocks_;
    std::int32_t highest_ = -1;
};

} // namespace inlay::engine::online_ranking

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/experiments/streaming_kmeans/reduction.h"

namespace inlay::engine::kmeans {

/// One buffer: when it is full, its points become at most rule.most() weighted centers in the next.
struct LevelRule {
    std::int64_t capacity = 0; // points; 0 = no limit (the last level)
    SeedRule rule;
    std::int64_t repetitions = 1;
};

/// Buffers B_1 … B_r of weighted points (Ailon, Jaiswal, Monteleoni 2009, section 3). The last one
/// is the summary that the final algorithm reduces to k centers. With two levels, the last without
/// a limit, this is the one-pass divide and conquer of Algorithm 3.
class Hierarchy {
public:
    /// A level and a group's number name the random stream of each reduction.
    Hierarchy(std::int64_t dims, std::vector<LevelRule> levels, const RandomStream& random);

    std::int64_t levels() const { return static_cast<std::int64_t>(rules_.size()); }
    const LevelRule& rule(std::int64_t level) const { return rules_[index(level)]; }
    std::int64_t used(std::int64_t level) const { return buffers_[index(level)].count(); }

    /// Points that the first buffer still takes; at least 1.
    std::int64_t room() const;
    /// Adds points of weight 1; `rows` is at most room(). Reduces what is full by then.
    void add(const float* values, std::int64_t rows);
    /// End of the stream: partly filled buffers move up, in order.
    void flush();

    /// Changes the repetitions of the next groups (all but the last level).
    void setRepetitions(std::int64_t repetitions);

    /// All buffers in order, the last level first: together they stand for every point so far.
    WeightedPoints snapshot() const;
    const WeightedPoints& summary() const { return buffers_.back(); }

    std::int64_t held() const;
    /// Largest number of points held at any time, the new centers of a reduction included.
    std::int64_t peakHeld() const { return peak_; }
    /// Groups reduced so far on a level.
    std::int64_t groups(std::int64_t level) const { return groups_[index(level)]; }
    /// Sum of the costs of all reductions so far.
    double reductionCost() const { return cost_; }
    /// Reductions that found fewer distinct points than centers wanted.
    std::int64_t ranOut() const { return ranOut_; }
    /// Times the last level was full and had to be reduced into itself.
    std::int64_t overflows() const { return overflows_; }

private:
    static std::size_t index(std::int64_t level) { return static_cast<std::size_t>(level); }
    void reduce(std::int64_t level);
    void makeRoom(std::int64_t level, std::int64_t rows);

    std::int64_t dims_;
    std::vector<LevelRule> rules_;
    RandomStream random_;
    std::vector<WeightedPoints> buffers_;
    std::vector<std::int64_t> groups_;
    std::int64_t peak_ = 0;
    double cost_ = 0;
    std::int64_t ranOut_ = 0;
    std::int64_t overflows_ = 0;
};

} // namespace inlay::engine::kmeans

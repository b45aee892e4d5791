#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/experiments/online_ranking/simulation.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::online_ranking {

/// About `count` rounds from 1 to `rounds`, evenly spaced on a log scale, the last included.
std::vector<std::int64_t> logSpaced(std::int64_t rounds, std::int64_t count);

/// A run: every chosen algorithm in every replicate, all brought from one recorded round to the
/// next beside each other.
class OnlineRankingSession {
public:
    OnlineRankingSession(const OnlineRankingConfig& config, RunContext& context);
    RunOutcome run();

private:
    void restore();
    void checkpoint();
    void makeSimulations();
    /// False when the run shall stop.
    bool advanceTo(std::int64_t rounds);
    void record();
    void recordState();
    void reportComplaints();
    void finish();
    const Simulation& at(std::size_t algorithm, std::size_t replicate) const {
        return *simulations_[algorithm * replicates_ + replicate];
    }
    /// Mean over the replicates.
    template <class Value>
    double mean(std::size_t algorithm, Value&& value) const;
    double regret(std::size_t algorithm) const;
    double bestLoss(std::size_t algorithm) const;
    std::optional<double> bound(std::size_t algorithm) const;

    OnlineRankingConfig config_;
    RunContext& context_;
    Game game_;
    LossUnit unit_;
    std::vector<const Algorithm*> algorithms_;
    std::size_t replicates_;
    std::vector<std::unique_ptr<Simulation>> simulations_;
    std::int64_t rounds_ = 0;
    std::int64_t chunk_ = 1; // rounds at a time, so that a stop is heard soon
    std::size_t complaints_ = 0;
    double lastCheckpoint_ = 0;
    std::vector<std::int64_t> stateRounds_;
};

} // namespace inlay::engine::online_ranking

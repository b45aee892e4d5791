#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/experiments/active_ranking/active_ranking_config.h"
#include "engine/experiments/active_ranking/file_labels.h"
#include "engine/experiments/active_ranking/score_record.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::active_ranking {

/// A run whose answers come from a tournament: every chosen strategy on every replicate, with its
/// curve of regret against labels.
class MachineSession {
public:
    MachineSession(ActiveRankingConfig config, RunContext& context);
    RunOutcome run();

private:
    struct CurvePoint {
        double labels = 0;
        double regret = 0;
        int count = 0;
    };
    struct Totals {
        double labels = 0;
        double loss = 0;
        double regret = 0;
        std::map<std::size_t, CurvePoint> curve; // by index of the checkpoint
    };

    void announce();
    void announceFile();
    bool runReplicate(std::int64_t replicate);
    bool runStrategy(StrategyId strategy, std::int64_t replicate, const Tournament& tournament,
                     std::int64_t opt, const RandomStream& stream);
    void recordFilm(StrategyId strategy, std::int64_t labels, const Order& order,
                    std::span<const Pair> bought);
    void recordEnd(StrategyId strategy, std::int64_t replicate, const SimulationResult& result,
                   std::int64_t loss, std::int64_t opt);
    void recordScores(StrategyId strategy, const SimulationResult& result);
    void recordMeans();

    ActiveRankingConfig config_;
    RunContext& context_;
    ScoreRecord scores_;
    std::optional<FileLabels> file_; // its labels are those of every replicate
    Item items_ = 0;
    std::vector<StrategyId> strategies_;
    SimulationConfig simulation_;
    std::vector<std::int64_t> checkpoints_;
    std::map<StrategyId, Totals> totals_;
    double optSum_ = 0;
    std::int64_t resultRows_ = 0;
    std::int64_t blockRows_ = 0;
};

} // namespace inlay::engine::active_ranking

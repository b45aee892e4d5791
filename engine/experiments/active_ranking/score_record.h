#pragma once

#include <string>
#include <vector>

#include "engine/experiments/active_ranking/tournament.h"
#include "engine/interop/comparisons.h"
#include "engine/runner/run_recorder.h"

namespace inlay::engine::active_ranking {

/// Scores by the usual models beside the rankings of a run: tables `scores` (Bradley-Terry with
/// 95 % intervals, Elo, Borda, Copeland) and `score_agreement` (Kendall, Spearman and footrule of
/// each with the ranking). Rows of several strategies follow each other.
class ScoreRecord {
public:
    explicit ScoreRecord(RunRecorder& recorder)
        : recorder_(recorder) {}

    /// `comparisons` in the order they were made. Nothing is recorded where there are no scores
    /// (see scoreComparisons).
    void add(std::string_view strategy, const ComparisonTable& comparisons, const Order& order);

private:
    RunRecorder& recorder_;
    std::int64_t scoreRows_ = 0;
    std::int64_t agreementRows_ = 0;
};

} // namespace inlay::engine::active_ranking

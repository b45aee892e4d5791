#include "engine/analysis/ranking/score_table.h"

namespace inlay::engine {

RankAgreement rankAgreement(std::span<const double> a, std::span<const double> b) {
    return {kendallTau(a, b), spearmanRho(a, b), footrule(a, b)};
}

std::optional<ScoreTable> scoreComparisons(const ComparisonTable& table) {
    if (table.items.size() < 2 || table.items.size() > kMostScoredItems)
        return std::nullopt;
    const PairCounts counts = countPairs(table);
    if (counts.pairs.empty())
        return std::nullopt;
    ScoreTable scores;
    BradleyTerryOptions options;
    options.ridge = kScoreRidge;
    scores.bradleyTerry = fitBradleyTerry(counts, options);
    if (!scores.bradleyTerry.converged)
        return std::nullopt;
    scores.elo = eloRatings(table, {});
    scores.borda = bordaCounts(counts);
    scores.copeland = copelandScores(counts);
    return scores;
}

} // namespace inlay::engine

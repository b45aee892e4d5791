#include "engine/analysis/ranking/rank_statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>

namespace inlay::engine {

std::vector<double> eloRatings(const ComparisonTable& table, const EloOptions& options) {
    std::vector<double> ratings(table.items.size(), options.initial);
    for (const Comparison& row : table.rows) {
        if (row.outcome == Outcome::Skip)
            continue;
        double& left = ratings[static_cast<std::size_t>(row.left)];
        double& right = ratings[static_cast<std::size_t>(row.right)];
        const double expected = 1 / (1 + std::pow(options.base, (right - left) / options.scale));
        const double result =
            row.outcome == Outcome::Left ? 1.0 : (row.outcome == Outcome::Right ? 0.0 : 0.5);
        const double change = options.k * row.weight * (result - expected);
        left += change;
        right -= change;
    }
    return ratings;
}

std::vector<double> bordaCounts(const PairCounts& counts) {
    std::vector<double> scores(static_cast<std::size_t>(counts.items), 0.0);
    for (const PairCount& pair : counts.pairs) {
        scores[static_cast<std::size_t>(pair.first)] += pair.firstWins;
        scores[static_cast<std::size_t>(pair.second)] += pair.secondWins;
    }
    return scores;
}

std::vector<double> copelandScores(const PairCounts& counts) {
    std::vector<double> scores(static_cast<std::size_t>(counts.items), 0.0);
    for (const PairCount& pair : counts.pairs) {
        const double share =
            pair.firstWins > pair.secondWins ? 1.0 : (pair.firstWins < pair.secondWins ? 0.0 : 0.5);
        scores[static_cast<std::size_t>(pair.first)] += share;
        scores[static_cast<std::size_t>(pair.second)] += 1 - share;
    }
    return scores;
}

std::vector<double> sharedRanks(std::span<const double> scores) {
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    std::vector<double> ranks(scores.size());
    for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
        while (end < order.size() && scores[order[end]] == scores[order[begin]])
            ++end;
        for (std::size_t i = begin; i < end; ++i)
            ranks[order[i]] = static_cast<double>(begin + end + 1) / 2;
    }
    return ranks;
}

double kendallTau(std::span<const double> a, std::span<const double> b) {
    assert(a.size() == b.size());
    double agreement = 0;
    double untiedA = 0;
    double untiedB = 0;
    const auto sign = [](double x) {
        return (x > 0) - (x < 0);
    };
    for (std::size_t i = 0; i < a.size(); ++i)
        for (std::size_t j = i + 1; j < a.size(); ++j) {
            const int left = sign(a[i] - a[j]);
            const int right = sign(b[i] - b[j]);
            agreement += left * right;
            untiedA += left != 0;
            untiedB += right != 0;
        }
    return agreement / std::sqrt(untiedA * untiedB);
}

double spearmanRho(std::span<const double> a, std::span<const double> b) {
    const std::vector<double> left = sharedRanks(a);
    const std::vector<double> right = sharedRanks(b);
    const double mean = (static_cast<double>(a.size()) + 1) / 2;
    double product = 0;
    double squaresLeft = 0;
    double squaresRight = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
        product += (left[i] - mean) * (right[i] - mean);
        squaresLeft += (left[i] - mean) * (left[i] - mean);
        squaresRight += (right[i] - mean) * (right[i] - mean);
    }
    return product / std::sqrt(squaresLeft * squaresRight);
}

double footrule(std::span<const double> a, std::span<const double> b) {
    const std::vector<double> left = sharedRanks(a);
    const std::vector<double> right = sharedRanks(b);
    double sum = 0;
    for (std::size_t i = 0; i < left.size(); ++i)
        sum += std::abs(left[i] - right[i]);
    return sum;
}

} // namespace inlay::engine

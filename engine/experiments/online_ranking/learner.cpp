#include "engine/experiments/online_ranking/learner.h"

namespace inlay::engine::online_ranking {

void Learner::expectedPositions(std::span<double> positions) const {
    const bool byScore =
        law() == LawKind::Logistic || law() == LawKind::UniformNoise || law() == LawKind::Sorted;
    if (!byScore || !board_.hasBlocks()) {
        for (std::size_t i = 0; i < positions.size(); ++i)
            positions[i] = expectedPosition(static_cast<std::int32_t>(i));
        return;
    }
    // Items of equal score share their expected position.
    board_.forEachBlock([&](const ScoreBoard::Block& block) {
        const std::vector<std::int32_t>& order = board_.order();
        const double position = expectedPosition(order[static_cast<std::size_t>(block.start)]);
        for (std::int32_t i = block.start; i < block.end; ++i)
            positions[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] = position;
    });
}

double Learner::expectedLoss(const Feedback& feedback) const {
    // All positions sum to the number of pairs.
    double loss = feedback.background * board_.pairCount();
    for (std::size_t i = 0; i < feedback.size(); ++i) {
        const double relative = feedback.values[i] - feedback.background;
        if (relative != 0)
            loss += relative * expectedPosition(feedback.items[i]);
    }
    return loss;
}

} // namespace inlay::engine::online_ranking

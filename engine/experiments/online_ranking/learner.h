#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/analysis/ranking/ranking_law.h"
#include "engine/base/random.h"
#include "engine/experiments/online_ranking/environment.h"
#include "engine/experiments/online_ranking/feedback.h"
#include "engine/experiments/online_ranking/score_board.h"

namespace inlay::engine::online_ranking {

/// A learner of one simulation. Each round: begin(), then expectedLoss() or draw() for the round's
/// feedback, then observe(), then the board gets the feedback. The board is that of the rounds
/// before until then.
class Learner {
public:
    Learner(const Game& game, const ScoreBoard& board)
        : game_(game)
        , board_(board) {}
    virtual ~Learner() = default;

    /// Prepares the law of the next ranking.
    virtual void begin() {}
    /// Expected position of an item under that law.
    virtual double expectedPosition(std::int32_t item) const = 0;
    /// The same of all items.
    virtual void expectedPositions(std::span<double> positions) const;
    virtual double expectedLoss(const Feedback& feedback) const;
    /// Draws a ranking, best item first.
    virtual void draw(RandomStream& stream, std::span<std::int32_t> order) = 0;
    virtual void observe(const Feedback& /*feedback*/) {}

    /// Bound of the expected regret of the rounds on the board, if there is one.
    virtual std::optional<double> bound() const { return std::nullopt; }
    /// The rate of the last law: eta, epsilon; nothing where there is none.
    virtual std::optional<double> rate() const { return std::nullopt; }
    virtual LawKind law() const { return LawKind::Unknown; }
    /// What went wrong in a way that does not end the run; asked after each round.
    virtual std::optional<std::string> complaint() const { return std::nullopt; }

    virtual void archive(StateArchive& /*archive*/) {}

protected:
    const Game& game_;
    const ScoreBoard& board_;
};

/// Position by pairs: the sum over other items u of p(score(u) - score(item)), where `pair` gives
/// the probability that an item with so much more score comes before.
template <class Pair>
double positionByPairs(const ScoreBoard& board, std::int32_t item, Pair&& pair) {
    const double own = board.score(item);
    double sum = 0;
    if (board.hasBlocks()) {
        board.forEachBlock([&](const ScoreBoard::Block& block) {
            sum += static_cast<double>(block.end - block.start) * pair(block.score - own);
        });
    } else {
        for (const double score : board.scores())
            sum += pair(score - own);
    }
    return sum - 0.5; // the item itself
}

} // namespace inlay::engine::online_ranking

#include "engine/experiments/online_ranking/perm_elearn.h"

#include <cmath>

#include <fmt/format.h>

namespace inlay::engine::online_ranking {

double PermELearn::expectedBestLoss(const Game& game) {
    return game.limits.scoreSum * static_cast<double>(game.rounds) / 2;
}

double PermELearn::tuned(const Game& game) {
    const auto n = static_cast<double>(game.n);
    return std::log1p(std::sqrt(2 * n * std::log(n) / expectedBestLoss(game)));
}

PermELearn::PermELearn(const Game& game, const ScoreBoard& board, double rate,
                       const PermELearnConfig& config)
    : Learner(game, board)
    , rate_(rate)
    , config_(config)
    , matrix_(static_cast<std::size_t>(game.n * game.n), 1.0 / static_cast<double>(game.n))
    , positionOf_(static_cast<std::size_t>(game.n))
    , factors_(static_cast<std::size_t>(game.n)) {}

double PermELearn::expectedPosition(std::int32_t item) const {
    const auto n = static_cast<std::size_t>(game_.n);
    const double* const row = &matrix_[static_cast<std::size_t>(item) * n];
    double position = 0;
    for (std::size_t j = 1; j < n; ++j)
        position += static_cast<double>(j) * row[j];
    return position;
}

void PermELearn::draw(RandomStream& stream, std::span<std::int32_t> order) {
    sampler_.draw(matrix_, game_.n, stream, positionOf_);
    for (std::size_t item = 0; item < order.size(); ++item)
        order[static_cast<std::size_t>(positionOf_[item])] = static_cast<std::int32_t>(item);
}

void PermELearn::observe(const Feedback& feedback) {
    // The background multiplies whole columns, which balancing takes back: it is left out.
    const auto n = static_cast<std::size_t>(game_.n);
    for (std::size_t i = 0; i < feedback.size(); ++i) {
        const double relative = feedback.values[i] - feedback.background;
        if (relative == 0)
            continue;
        const double step = std::exp(-rate_ * relative / static_cast<double>(n - 1));
        double* const row = &matrix_[static_cast<std::size_t>(feedback.items[i]) * n];
        double factor = 1;
        for (std::size_t j = 0; j < n; ++j, factor *= step)
            row[j] *= factor;
    }
    balance_ = balance(matrix_, game_.n, config_.tolerance, config_.sweeps);
    failures_ += balance_.converged ? 0 : 1;
}

std::optional<double> PermELearn::bound() const {
    if (config_.multiplier != 1)
        return std::nullopt;
    const auto n = static_cast<double>(game_.n);
    const double spread = n * std::log(n);
    return (n - 1) * (std::sqrt(2 * expectedBestLoss(game_) * spread) + spread);
}

std::optional<std::string> PermELearn::complaint() const {
    if (balance_.converged)
        return std::nullopt;
    return fmt::format("PermELearn: the matrix was not balanced after {} sweeps, residual {:.3g}",
                       balance_.sweeps, balance_.residual);
}

void PermELearn::archive(StateArchive& archive) {
    archive.values("matrix", matrix_);
    archive.value("failures", failures_);
}

} // namespace inlay::engine::online_ranking

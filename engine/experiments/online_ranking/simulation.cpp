#include "engine/experiments/online_ranking/simulation.h"

#include <fmt/format.h>

#include "engine/base/clock.h"

namespace inlay::engine::online_ranking {

Simulation::Simulation(const Algorithm& algorithm, const OnlineRankingConfig& config,
                       const Game& game, RandomStream stream)
    : algorithm_(algorithm)
    , game_(game)
    , sampled_(config.lossCurve == LossCurve::Sampled)
    , drawing_(stream.split("draw").split(algorithm.id))
    , board_(game.n, game.steps())
    , environment_(game, stream.split("environment"))
    , learner_(makeLearner(algorithm, config, game, board_, stream.split("environment"))) {
    if (game.isAdaptive())
        positions_.resize(static_cast<std::size_t>(game.n));
    if (sampled_) {
        order_.resize(static_cast<std::size_t>(game.n));
        placeOf_.resize(static_cast<std::size_t>(game.n));
    }
}

double Simulation::roundLoss(std::int64_t t) {
    if (!sampled_)
        return learner_->expectedLoss(feedback_);
    RandomStream stream = drawing_.split(static_cast<std::uint64_t>(t));
    learner_->draw(stream, order_);
    for (std::size_t place = 0; place < order_.size(); ++place)
        placeOf_[static_cast<std::size_t>(order_[place])] = static_cast<std::int32_t>(place);
    double loss = feedback_.background * board_.pairCount();
    for (std::size_t i = 0; i < feedback_.size(); ++i)
        loss += (feedback_.values[i] - feedback_.background) *
                placeOf_[static_cast<std::size_t>(feedback_.items[i])];
    return loss;
}

void Simulation::advance(std::int64_t rounds) {
    const double start = monotonicSeconds();
    for (std::int64_t i = 0; i < rounds; ++i) {
        const std::int64_t t = board_.rounds();
        learner_->begin();
        if (!positions_.empty())
            learner_->expectedPositions(positions_);
        environment_.play(t, board_, positions_, feedback_);
        loss_ += roundLoss(t);
        learner_->observe(feedback_);
        board_.add(feedback_);
        if (complaint_.empty())
            if (const auto complaint = learner_->complaint())
                complaint_ = fmt::format("round {}: {}", t + 1, *complaint);
    }
    seconds_ += monotonicSeconds() - start;
}

void Simulation::archive(StateArchive& archive) {
    board_.archive(archive);
    learner_->archive(archive);
    archive.value("loss", loss_);
    archive.value("seconds", seconds_);
}

} // namespace inlay::engine::online_ranking

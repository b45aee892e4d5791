#include "engine/experiments/autoencoder/autoencoder_session.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/experiments/autoencoder/closed_form.h"
#include "engine/runner/tensor_file.h"

namespace inlay::engine::autoencoder {
namespace {

/// Points of a phase's curve.
constexpr std::int64_t kPoints = 150;
/// A loss of so many times ||X||^2, what encoding nothing loses, does not come back.
constexpr double kDiverged = 1e6;
/// Share of a phase in which a cosine rises first: Adam's first steps are large, and what phase 1
/// has found shall not be thrown away.
constexpr double kWarmup = 0.05;

const char* nameOfArm(std::int64_t arm) {
    return arm == 0 ? "two_phase" : "together";
}

std::string joined(const std::vector<std::int64_t>& chosen) {
    std::string text;
    for (const std::int64_t i : chosen)
        text += (text.empty() ? "" : " ") + std::to_string(i + 1);
    return text;
}

} // namespace

AutoencoderSession::AutoencoderSession(AutoencoderConfig config, RunContext& context)
    : config_(std::move(config))
    , context_(context)
    , x_(loadMatrix(config_.matrix, {config_.center, config_.shuffle, config_.dataSeed}))
    , total_(static_cast<std::int64_t>(config_.ranks.size()) * arms() * (armSteps() + 1)) {
    if (!(x_.energy() > 0))
        throw Error("the matrix is zero: there is nothing to approximate.");
}

std::int64_t AutoencoderSession::armBase(std::int64_t rankIndex, std::int64_t arm) const {
    return (rankIndex * arms() + arm) * (armSteps() + 1);
}

RunOutcome AutoencoderSession::run() {
    lastCheckpoint_ = monotonicSeconds();
    context_.progress(0, total_);
    squares_ = squaredSingularValues(x_);
    context_.recorder().metric("energy", x_.energy());
    restore();
    const std::size_t first = state_.cases.empty() ? 0 : state_.cases.size() - 1;
    for (std::size_t index = first; index < config_.ranks.size(); ++index) {
        const std::int64_t rank = config_.ranks[index];
        const RandomStream stream =
            context_.stream("autoencoder").split(static_cast<std::uint64_t>(rank));
        for (std::int64_t arm = restored_ ? state_.arm : 0; arm < arms(); ++arm) {
            EncoderDecoder model(config_, x_, rank, context_.device(), stream);
            if (!restored_) {
                if (arm == 0)
                    open(rank, model);
                state_.arm = arm;
                state_.local = 0;
            }
            switch (train(model)) {
            case Arm::Done:
                break;
            case Arm::Stopped:
                return {RunEnd::Stopped, {}};
            case Arm::Diverged:
                return {RunEnd::Diverged,
                        fmt::format("loss/{}/k{} is {} at step {} of its training, {} "
                                    "encoding nothing loses. A smaller learning_rate (now {}) may "
                                    "help.",
                                    nameOfArm(arm), rank,
                                    std::isnan(lastLoss_)   ? "NaN"
                                    : std::isinf(lastLoss_) ? "infinite"
                                                            : fmt::format("{:.2g}", lastLoss_),
                                    state_.local,
                                    std::isfinite(lastLoss_)
                                        ? std::string("more than a million times what")
                                        : std::string("more than what"),
                                    config_.learningRate)};
            }
        }
        recordDone(state_.cases.back(), static_cast<std::int64_t>(index));
    }
    context_.progress(total_, total_);
    return {};
}

void AutoencoderSession::restore() {
    if (!context_.restore())
        return;
    // The tensors are read once model and optimizer are there.
    state_ = AutoencoderState::fromJson(readCheckpointFile(context_.restore()->path, {}));
    restored_ = true;
    for (std::size_t i = 0; i < state_.cases.size(); ++i) {
        recordOpened(state_.cases[i], static_cast<std::int64_t>(i));
        if (i + 1 < state_.cases.size())
            recordDone(state_.cases[i], static_cast<std::int64_t>(i));
    }
}

void AutoencoderSession::open(std::int64_t rank, EncoderDecoder& model) {
    RankCase one;
    one.rank = rank;
    one.kept = model.kept();
    one.liveWeights = model.liveWeights();
    if (static_cast<std::size_t>(rank) < squares_.size())
        one.delta = std::accumulate(squares_.begin() + rank, squares_.end(), 0.0);
    one.bound = (1 + config_.epsilon) * one.delta;
    const FixedSketch fixed = fixedSketch(x_, model.sketch(), model.kept());
    one.closedForm = fixed.optimum(rank);
    const auto index = static_cast<std::int64_t>(state_.cases.size());
    std::int64_t row = 0;
    for (const auto& chosen : criticalSets(rank, static_cast<std::int64_t>(fixed.lambdas.size())))
        context_.recorder().resultRow(
            "levels", index * 1'000'000 + row++,
            {{"rank", rank}, {"chosen", joined(chosen)}, {"loss", fixed.level(chosen)}});
    state_.cases.push_back(one);
    recordOpened(one, index);
}

AutoencoderSession::Arm AutoencoderSession::train(EncoderDecoder& model) {
    const std::int64_t phase1 = state_.arm == 0 ? config_.phase1Steps : 0;
    if (phase1 > 0 && state_.local < phase1) {
        const Arm ended = trainPhase(model, 0, phase1, false);
        if (ended != Arm::Done)
            return ended;
        state_.cases.back().phase1 = lastLoss_;
        state_.cases.back().best = lastLoss_;
    }
    const Arm ended = trainPhase(model, phase1, armSteps(), true);
    if (ended != Arm::Done)
        return ended;
    (state_.arm == 0 ? state_.cases.back().phase2 : state_.cases.back().together) = lastLoss_;
    return Arm::Done;
}

bool AutoencoderSession::note(double loss) {
    lastLoss_ = loss;
    if (!(loss <= kDiverged * x_.energy()))
        return false;
    RankCase& one = state_.cases.back();
    const auto index = static_cast<std::int64_t>(state_.cases.size()) - 1;
    context_.recorder().record(fmt::format("loss/{}/k{}", nameOfArm(state_.arm), one.rank),
                               armBase(index, state_.arm) + state_.local, loss);
    double& best = state_.arm == 0 ? one.best : one.togetherBest;
    const bool counts = state_.arm == 1 || state_.local >= config_.phase1Steps;
    if (counts && (best < 0 || loss < best))
        best = loss;
    return true;
}

AutoencoderSession::Arm AutoencoderSession::trainPhase(EncoderDecoder& model, std::int64_t from,
                                                       std::int64_t to, bool butterfly) {
    std::vector<ParameterPtr> parameters = {model.decoder(), model.encoder()};
    if (butterfly)
        parameters.push_back(model.butterfly());
    // The moments of a phase are its own.
    Optimizer optimizer(AdamWConfig{.weightDecay = 0.0, .clip = 0.0}, parameters,
                        context_.device());
    if (restored_) {
        state_ = AutoencoderState::fromJson(
            readCheckpointFile(context_.restore()->path, tensors(model, optimizer)));
        for (const ParameterPtr& parameter : {model.decoder(), model.encoder(), model.butterfly()})
            ++parameter->version;
        restored_ = false;
    } else {
        state_.local = from;
    }
    const std::int64_t every = std::max<std::int64_t>(1, (to - from) / kPoints);
    const auto index = static_cast<std::int64_t>(state_.cases.size()) - 1;
    for (; state_.local < to; ++state_.local) {
        if (!context_.proceed()) {
            if (state_.local > from)
                checkpoint(model, optimizer);
            return Arm::Stopped;
        }
        const std::int64_t local = state_.local - from;
        const bool noted = local % every == 0;
        optimizer.zeroGradients();
        const double loss = model.step(butterfly, noted);
        if (noted && !note(loss))
            return Arm::Diverged;
        const double rate = scheduledRate(
            {config_.schedule, config_.schedule == ScheduleKind::Cosine ? kWarmup : 0},
            config_.learningRate, local, to - from);
        optimizer.step(local, rate);
        context_.progress(armBase(index, state_.arm) + state_.local + 1, total_);
        if (noted)
            context_.reportMetrics();
        if (config_.checkpointSeconds > 0 && state_.local + 1 < to &&
            monotonicSeconds() - lastCheckpoint_ >= config_.checkpointSeconds) {
            ++state_.local;
            checkpoint(model, optimizer);
            --state_.local;
        }
    }
    return note(model.loss()) ? Arm::Done : Arm::Diverged;
}

std::vector<CheckpointTensor> AutoencoderSession::tensors(EncoderDecoder& model,
                                                          Optimizer& optimizer) {
    std::vector<CheckpointTensor> all = {{"model/D", &model.decoder()->value},
                                         {"model/E", &model.encoder()->value},
                                         {"model/B", &model.butterfly()->value}};
    for (const StateTensor& state : optimizer.state())
        all.push_back({state.name, state.tensor});
    return all;
}

/// Covers the steps before state_.local, the first of which the next attempt makes.
void AutoencoderSession::checkpoint(EncoderDecoder& model, Optimizer& optimizer) {
    const auto index = static_cast<std::int64_t>(state_.cases.size()) - 1;
    context_.checkpoint(armBase(index, state_.arm) + state_.local, [&](const std::string& path) {
        writeCheckpointFile(path, tensors(model, optimizer), state_.toJson());
    });
    lastCheckpoint_ = monotonicSeconds();
}

void AutoencoderSession::recordOpened(const RankCase& one, std::int64_t index) {
    RunRecorder& recorder = context_.recorder();
    recorder.metric(fmt::format("pca/k{}", one.rank), one.delta);
    recorder.metric(fmt::format("bound/k{}", one.rank), one.bound);
    recorder.metric(fmt::format("fjlt_pca/k{}", one.rank), one.closedForm);
    recorder.resultRow("cases", index,
                       {{"rank", one.rank},
                        {"kept", one.kept},
                        {"live_weights", one.liveWeights},
                        {"encoder_numbers", one.liveWeights + one.kept * one.rank},
                        {"dense_encoder_numbers", x_.coordinates * one.rank},
                        {"energy", x_.energy()},
                        {"numbers", x_.coordinates * x_.samples},
                        {"pca", one.delta},
                        {"bound", one.bound},
                        {"fjlt_pca", one.closedForm},
                        {"first_step", armBase(index, 0)},
                        {"first_step_together", armBase(index, 1)}});
}

void AutoencoderSession::recordDone(const RankCase& one, std::int64_t index) {
    RunRecorder& recorder = context_.recorder();
    const double numbers = static_cast<double>(x_.coordinates) * static_cast<double>(x_.samples);
    Json row = {{"rank", one.rank},
                {"phase1", one.phase1},
                {"phase2", one.phase2},
                {"best", one.best},
                {"phase1_mean", one.phase1 / numbers},
                {"phase2_mean", one.phase2 / numbers}};
    recorder.metric(fmt::format("phase1/k{}", one.rank), one.phase1);
    recorder.metric(fmt::format("phase2/k{}", one.rank), one.phase2);
    recorder.metric(fmt::format("best/k{}", one.rank), one.best);
    if (config_.together) {
        recorder.metric(fmt::format("together/k{}", one.rank), one.together);
        row["together"] = one.together;
        row["together_best"] = one.togetherBest;
    }
    recorder.resultRow("results", index, std::move(row));
}

} // namespace inlay::engine::autoencoder

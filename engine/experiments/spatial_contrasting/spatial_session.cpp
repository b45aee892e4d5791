#include "engine/experiments/spatial_contrasting/spatial_session.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/networks/network_triples.h"
#include "engine/runner/point_frames.h"

namespace inlay::engine::spatial_contrasting {
namespace {

constexpr std::int64_t kKeptImages = 64;
constexpr std::int64_t kFirstSnapshots = 10; // of the first epoch
constexpr double kLargestNorm = 1e6;
constexpr double kCollapsedSpread = 0.01;
constexpr double kCollapsedShare = 0.98; // of ln N

} // namespace

Json SpatialState::toJson() const {
    return {{"step", step},
            {"rate", rate},
            {"epoch_sum", epochSum},
            {"best_loss", plateau.lowest},
            {"last_epoch_loss", lastEpochLoss},
            {"first_loss", firstLoss},
            {"last_spread", lastSpread},
            {"last_snapshot", lastSnapshot},
            {"epochs_done", plateau.epochs},
            {"since_best", plateau.without},
            {"pretrained", pretrained},
            {"scratch", scratch}};
}

SpatialState SpatialState::fromJson(const Json& json) {
    SpatialState state;
    state.step = json.at("step").get<std::int64_t>();
    state.rate = json.at("rate").get<double>();
    state.epochSum = json.at("epoch_sum").get<double>();
    state.plateau.lowest = json.at("best_loss").get<double>();
    state.lastEpochLoss = json.at("last_epoch_loss").get<double>();
    state.firstLoss = json.at("first_loss").get<double>();
    // Checkpoints from before collapse was looked for have neither.
    state.lastSpread = json.value("last_spread", 1.0);
    state.lastSnapshot = json.value("last_snapshot", std::int64_t{-1});
    state.plateau.epochs = json.at("epochs_done").get<std::int64_t>();
    state.plateau.without = json.at("since_best").get<std::int64_t>();
    state.pretrained = json.at("pretrained").get<std::vector<double>>();
    state.scratch = json.at("scratch").get<std::vector<double>>();
    return state;
}

SpatialSession::SpatialSession(const SpatialConfig& config, RunContext& context)
    : config_(config)
    , context_(context)
    , data_(loadDataset(config.dataset))
    , normalization_(measureNormalization(data_.training))
    , plan_(encoderOf(config, data_.training.shape))
    , encoder_(makeNetwork(plan_.network, plan_.input, context.device(),
                           context.stream("spatial_contrasting.encoder"), {},
                           loadTriples(plan_.network)))
    , parameters_(encoder_->parameters())
    , order_(context.stream("spatial_contrasting.order"), data_.training.count) {
    optimizer_ = std::make_unique<Optimizer>(config.optimizer, parameters_, context.device());
    step_ = std::make_unique<ContrastStep>(config_, plan_, data_.training, normalization_,
                                           context.device());
    look_ = std::make_unique<ContrastStep>(config_, plan_, data_.test, normalization_,
                                           context.device());
    film_ = std::make_unique<SpaceFilm>(config_, plan_, data_, normalization_, context);
    tuning_ = std::make_unique<FineTuning>(config_, data_, normalization_, context);
    state_.rate = config.learningRate;
    const auto points = std::ssize(film_->points());
    kept_ = point_frames::evenly(points, std::min({kKeptImages, config.batchSize, points}));
}

// A short last batch has other negatives: it is left out.
std::int64_t SpatialSession::stepsPerEpoch() const {
    return data_.training.count / config_.batchSize;
}

RunOutcome SpatialSession::run() {
    restore();
    lastCheckpoint_ = monotonicSeconds();
    if (state_.step == 0) {
        recordKept();
        context_.event(EventLevel::Info,
                       fmt::format("The criterion sits behind {}, on maps of {} x {} x {}.",
                                   plan_.layer, plan_.map.height, plan_.map.width,
                                   plan_.map.channels));
        if (const std::string same = sameViews(); !same.empty())
            context_.event(EventLevel::Warning, same);
    }
    switch (pretrain()) {
    case Progress::Done:
        break;
    case Progress::Stopped:
        checkpoint();
        return {RunEnd::Stopped, {}};
    case Progress::Diverged:
        return {RunEnd::Diverged, divergence_};
    }
    if (!fineTune()) {
        checkpoint();
        return {RunEnd::Stopped, {}};
    }
    return finish();
}

// A window that fits in one place only is the same window twice.
std::string SpatialSession::sameViews() const {
    const bool isWindow = config_.contrast.views == ViewSource::FeatureWindow;
    if (!isWindow && config_.contrast.views != ViewSource::ImagePatch)
        return {};
    const std::int64_t height = isWindow ? plan_.map.height : data_.training.shape.height;
    const std::int64_t width = isWindow ? plan_.map.width : data_.training.shape.width;
    if (plan_.window < std::max(height, width))
        return {};
    return fmt::format("contrast.window is as large as the {}: both views are the same.",
                       isWindow ? "map" : "image");
}

SpatialSession::Progress SpatialSession::pretrain() {
    const std::int64_t perEpoch = stepsPerEpoch();
    const std::int64_t arms = 2 * config_.fineTune.replicates;
    const std::int64_t total = pretrainingSteps() + arms * tuning_->stepsPerArm();
    while (state_.step < pretrainingSteps()) {
        if (!context_.proceed())
            return Progress::Stopped;
        const std::int64_t epoch = state_.step / perEpoch;
        const std::int64_t position = state_.step % perEpoch * config_.batchSize;
        const std::int64_t every = std::max<std::int64_t>(1, perEpoch / kFirstSnapshots);
        if ((epoch == 0 ? state_.step % every == 0 : position == 0) && !snapshot())
            return Progress::Stopped;
        if (order_.epoch() != epoch || order_.position() != position)
            order_.seek(epoch, position);
        pretrainStep(order_.next(config_.batchSize));
        if (!divergence_.empty())
            return Progress::Diverged;
        ++state_.step;
        if (state_.step % perEpoch == 0)
            endEpoch();
        context_.progress(state_.step, total);
        if (config_.checkpoint.everySeconds > 0 &&
            monotonicSeconds() - lastCheckpoint_ >= config_.checkpoint.everySeconds)
            checkpoint();
    }
    // What the fine-tuning starts from.
    if (state_.pretrained.empty() && !snapshot())
        return Progress::Stopped;
    return Progress::Done;
}

void SpatialSession::pretrainStep(std::span<const std::int64_t> samples) {
    const double start = monotonicSeconds();
    const StepInfo info{state_.step, pretrainingSteps(), state_.rate};
    optimizer_->zeroGradients();
    encoder_->setStep(state_.step);
    const ContrastResult result = step_->run(
        *encoder_, samples,
        context_.stream("spatial_contrasting.views").split(static_cast<std::uint64_t>(state_.step)),
        ContrastStep::Mode::Train);
    RunRecorder& recorder = context_.recorder();
    recorder.record("train/loss", state_.step, result.loss);
    recorder.record("train/chance", state_.step, std::log(static_cast<double>(samples.size())));
    recorder.record("train/own_nearest", state_.step, result.ownNearest);
    recorder.record("learning_rate", state_.step, state_.rate);
    recorder.record("embedding/largest_norm", state_.step, result.largestNorm);
    if (!std::isfinite(result.loss) || !(result.largestNorm <= kLargestNorm)) {
        divergence_ = fmt::format(
            "{} at step {}. The last good snapshot is that of step {}. A smaller learning_rate "
            "(now {}; try {}) may help.",
            std::isfinite(result.loss)
                ? fmt::format("The norm of a view's features is {:.3g}, above {:.0e},",
                              result.largestNorm, kLargestNorm)
                : std::string("train/loss is not a finite number"),
            state_.step, state_.lastSnapshot, config_.learningRate, config_.learningRate / 10);
        return;
    }
    state_.lastSpread = result.largestSpread;
    for (const NamedOperator& layer : encoder_->operators())
        layer.op->gradientsReady(info);
    optimizer_->step(state_.step, state_.rate);
    for (const NamedOperator& layer : encoder_->operators())
        layer.op->parametersChanged(info, *optimizer_);
    context_.device().synchronize();
    const double seconds = monotonicSeconds() - start;
    recorder.record("time/step_seconds", state_.step, seconds);
    recorder.record("time/samples_per_second", state_.step,
                    static_cast<double>(samples.size()) / seconds);
    stepSeconds_.push_back(seconds);
    if (state_.step == 0)
        state_.firstLoss = result.loss;
    state_.epochSum += result.loss;
}

// The rate falls to a tenth when the mean loss of an epoch has stopped falling.
void SpatialSession::endEpoch() {
    const double loss = state_.epochSum / static_cast<double>(stepsPerEpoch());
    state_.epochSum = 0;
    state_.lastEpochLoss = loss;
    if (state_.plateau.epochs == 0)
        warnOfCollapse(loss);
    if (state_.plateau.add(loss, config_.patience, 0.1)) {
        state_.rate /= 10;
        context_.event(EventLevel::Info,
                       fmt::format("No lower loss for {} epochs: the learning rate is {:.3g} now.",
                                   config_.patience, state_.rate));
    }
}

// Section 2.5 of the design's page, after the first epoch.
void SpatialSession::warnOfCollapse(double epochLoss) {
    const double chance = std::log(static_cast<double>(config_.batchSize));
    if (epochLoss > kCollapsedShare * chance)
        context_.event(EventLevel::Warning,
                       fmt::format("The mean loss of the first epoch is {:.3f}, that of guessing "
                                   "(ln {} = {:.3f}): the features may have collapsed.",
                                   epochLoss, config_.batchSize, chance));
    else if (state_.lastSpread < kCollapsedSpread)
        context_.event(EventLevel::Warning,
                       fmt::format("Features of length 1 spread by {:.2g} at most in any dimension "
                                   "after an epoch: they have collapsed. A smaller learning_rate "
                                   "may help.",
                                   state_.lastSpread));
}

bool SpatialSession::fineTune() {
    RunRecorder& recorder = context_.recorder();
    const std::int64_t perArm = tuning_->stepsPerArm();
    const std::int64_t total = pretrainingSteps() + 2 * config_.fineTune.replicates * perArm;
    for (std::int64_t replicate = 0; replicate < config_.fineTune.replicates; ++replicate)
        for (const bool pretrained : {true, false}) {
            auto& accuracies = pretrained ? state_.pretrained : state_.scratch;
            const std::int64_t arm = 2 * replicate + (pretrained ? 0 : 1);
            const std::int64_t first = pretrainingSteps() + arm * perArm;
            if (std::ssize(accuracies) <= replicate) {
                const auto accuracy =
                    tuning_->run(replicate, pretrained ? encoder_.get() : nullptr, first);
                if (!accuracy)
                    return false;
                accuracies.push_back(*accuracy);
            }
            recorder.resultRow("arms", arm,
                               {{"replicate", replicate + 1},
                                {"arm", pretrained ? "pretrained" : "scratch"},
                                {"labels", tuning_->labels()},
                                {"accuracy", accuracies[static_cast<std::size_t>(replicate)]}});
            context_.progress(first + perArm, total);
        }
    return true;
}

void SpatialSession::checkpoint() {
    const std::vector<CheckpointTensor> tensors = checkpointTensors();
    context_.checkpoint(state_.step, [&](const std::string& path) {
        writeCheckpointFile(path, tensors, state_.toJson());
    });
    lastCheckpoint_ = monotonicSeconds();
}

std::vector<CheckpointTensor> SpatialSession::checkpointTensors() {
    std::vector<CheckpointTensor> tensors;
    for (const ParameterPtr& parameter : parameters_)
        tensors.push_back({"model/" + parameter->name, &parameter->value});
    for (const StateTensor& state : optimizer_->state())
        tensors.push_back({state.name, state.tensor});
    for (const StateTensor& state : encoder_->state())
        tensors.push_back({"mask/" + state.name, state.tensor});
    return tensors;
}

void SpatialSession::restore() {
    if (!context_.restore())
        return;
    state_ =
        SpatialState::fromJson(readCheckpointFile(context_.restore()->path, checkpointTensors()));
    for (const ParameterPtr& parameter : parameters_)
        ++parameter->version;
}

} // namespace inlay::engine::spatial_contrasting

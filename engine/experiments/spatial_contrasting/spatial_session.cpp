#include "engine/experiments/spatial_contrasting/spatial_session.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include <fmt/format.h>

#include "engine/base/clock.h"

namespace inlay::engine::spatial_contrasting {
namespace {

constexpr std::int64_t kKeptImages = 64;
constexpr std::int64_t kBins = 64;
constexpr std::int64_t kFirstSnapshots = 10; // of the first epoch

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Of a sample; 0 for one value.
double deviation(const std::vector<double>& values) {
    if (values.size() < 2)
        return 0;
    double squares = 0;
    for (const double value : values)
        squares += (value - mean(values)) * (value - mean(values));
    return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

template <typename T>
FrameRecord frameOf(const char* name, std::int64_t step, FrameType type,
                    std::vector<std::int64_t> shape, const std::vector<T>& values) {
    FrameRecord frame;
    frame.name = name;
    frame.step = step;
    frame.type = type;
    frame.shape = std::move(shape);
    frame.data.resize(values.size() * sizeof(T));
    std::memcpy(frame.data.data(), values.data(), frame.data.size());
    return frame;
}

} // namespace

Json SpatialState::toJson() const {
    return {{"step", step},
            {"rate", rate},
            {"epoch_sum", epochSum},
            {"best_loss", bestLoss},
            {"last_epoch_loss", lastEpochLoss},
            {"first_loss", firstLoss},
            {"epochs_done", epochsDone},
            {"since_best", sinceBest},
            {"pretrained", pretrained},
            {"scratch", scratch}};
}

SpatialState SpatialState::fromJson(const Json& json) {
    SpatialState state;
    state.step = json.at("step").get<std::int64_t>();
    state.rate = json.at("rate").get<double>();
    state.epochSum = json.at("epoch_sum").get<double>();
    state.bestLoss = json.at("best_loss").get<double>();
    state.lastEpochLoss = json.at("last_epoch_loss").get<double>();
    state.firstLoss = json.at("first_loss").get<double>();
    state.epochsDone = json.at("epochs_done").get<std::int64_t>();
    state.sinceBest = json.at("since_best").get<std::int64_t>();
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
                           context.stream("spatial_contrasting.encoder")))
    , parameters_(encoder_->parameters())
    , order_(context.stream("spatial_contrasting.order"), data_.training.count) {
    optimizer_ = std::make_unique<Optimizer>(config.optimizer, parameters_, context.device());
    step_ = std::make_unique<ContrastStep>(config_, plan_, data_.training, normalization_,
                                           context.device());
    tuning_ = std::make_unique<FineTuning>(config_, data_, normalization_, context);
    state_.rate = config.learningRate;
    const std::int64_t kept = std::min({kKeptImages, config.batchSize, data_.training.count});
    for (std::int64_t i = 0; i < kept; ++i)
        kept_.push_back(i * data_.training.count / kept);
}

// A short last batch has other negatives: it is left out.
std::int64_t SpatialSession::stepsPerEpoch() const {
    return data_.training.count / config_.batchSize;
}

RunOutcome SpatialSession::run() {
    restore();
    lastCheckpoint_ = monotonicSeconds();
    const std::int64_t side = std::min(plan_.map.height, plan_.map.width);
    if (state_.step == 0) {
        recordKept();
        context_.event(EventLevel::Info,
                       fmt::format("The criterion sits behind {}, on maps of {} x {} x {}.",
                                   plan_.layer, plan_.map.height, plan_.map.width,
                                   plan_.map.channels));
        if (config_.contrast.views == ViewSource::FeatureWindow && plan_.window == side)
            context_.event(EventLevel::Warning,
                           "contrast.window is as large as the map: both views are the same.");
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
        if (epoch == 0 ? state_.step % every == 0 : position == 0)
            snapshot();
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
    if (!std::isfinite(result.loss)) {
        divergence_ = fmt::format("train/loss is {} at step {}. A smaller learning_rate (now {}; "
                                  "try {}) may help.",
                                  std::isnan(result.loss) ? "NaN" : "infinite", state_.step,
                                  config_.learningRate, config_.learningRate / 10);
        return;
    }
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
    const double chance = std::log(static_cast<double>(config_.batchSize));
    state_.epochSum = 0;
    state_.lastEpochLoss = loss;
    if (state_.epochsDone == 0 && loss > 0.98 * chance)
        context_.event(EventLevel::Warning,
                       fmt::format("The mean loss of the first epoch is {:.3f}, that of guessing "
                                   "(ln {} = {:.3f}): the features may have collapsed.",
                                   loss, config_.batchSize, chance));
    if (state_.epochsDone == 0 || loss < state_.bestLoss) {
        state_.bestLoss = loss;
        state_.sinceBest = 0;
    } else {
        ++state_.sinceBest;
    }
    ++state_.epochsDone;
    if (config_.patience > 0 && state_.sinceBest >= config_.patience) {
        state_.rate /= 10;
        state_.sinceBest = 0;
        context_.event(EventLevel::Info,
                       fmt::format("No lower loss for {} epochs: the learning rate is {:.3g} now.",
                                   config_.patience, state_.rate));
    }
}

void SpatialSession::recordKept() {
    const Dataset& data = data_.training;
    const SampleShape& shape = data.shape;
    RunRecorder& recorder = context_.recorder();
    const auto n = std::ssize(kept_);
    std::vector<std::int32_t> labels;
    for (const std::int64_t sample : kept_)
        labels.push_back(data.labels[static_cast<std::size_t>(sample)]);
    recorder.frame(frameOf("labels", 0, FrameType::I32, {n}, labels));
    for (int c = 0; c < data.classes(); ++c)
        recorder.resultRow("classes", c,
                           {{"label", c}, {"name", data.classNames[static_cast<std::size_t>(c)]}});
    const auto bytes = static_cast<std::size_t>(n * shape.values());
    if (!data.storesBytes() || bytes > RunStore::kMaxFrameBytes ||
        (shape.channels != 1 && shape.channels != 3))
        return;
    std::vector<std::uint8_t> images;
    for (const std::int64_t sample : kept_) {
        const auto first = data.bytes.begin() + sample * shape.values();
        images.insert(images.end(), first, first + shape.values());
    }
    std::vector<std::int64_t> sizes{n, shape.height, shape.width};
    if (shape.channels == 3)
        sizes.push_back(3);
    recorder.frame(frameOf("thumbnails", 0, FrameType::U8, sizes, images));
}

// The same images each time, in new windows.
void SpatialSession::snapshot() {
    const auto n = std::ssize(kept_);
    if (n < 2)
        return;
    const ContrastResult result = step_->run(
        *encoder_, kept_,
        context_.stream("spatial_contrasting.kept").split(static_cast<std::uint64_t>(state_.step)),
        ContrastStep::Mode::Look);
    RunRecorder& recorder = context_.recorder();
    const std::vector<float> distances(result.distances.begin(), result.distances.end());
    recorder.frame(frameOf("pair_distances", state_.step, FrameType::F32, {n, n}, distances));
    std::vector<std::int32_t> windows;
    for (std::size_t i = 0; i < result.windows.size(); ++i) {
        const WindowPair& pair = result.windows[i];
        for (const std::int64_t value : {static_cast<std::int64_t>(i), pair.first.y, pair.first.x,
                                         pair.second.y, pair.second.x})
            windows.push_back(static_cast<std::int32_t>(value));
    }
    if (!windows.empty())
        recorder.frame(frameOf("windows", state_.step, FrameType::I32, {n, 5}, windows));
    const double range = *std::max_element(result.distances.begin(), result.distances.end());
    if (!(range > 0) || !std::isfinite(range))
        return;
    std::vector<float> counts(2 * kBins, 0.0f);
    for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
            const double distance = result.distances[static_cast<std::size_t>(i * n + j)];
            const auto bin = std::min<std::int64_t>(
                kBins - 1, static_cast<std::int64_t>(distance / range * double(kBins)));
            counts[static_cast<std::size_t>((i == j ? 0 : kBins) + bin)] += 1.0f;
        }
    recorder.frame(frameOf("distances", state_.step, FrameType::F32, {2, kBins}, counts));
    recorder.record("distance_range", state_.step, range);
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

RunOutcome SpatialSession::finish() {
    RunRecorder& recorder = context_.recorder();
    if (config_.epochs > 0) {
        recorder.metric("train/loss", state_.lastEpochLoss);
        recorder.metric("train/first_loss", state_.firstLoss);
        recorder.metric("train/chance", std::log(static_cast<double>(config_.batchSize)));
    }
    recorder.metric("test/accuracy_pretrained", mean(state_.pretrained));
    recorder.metric("test/accuracy_scratch", mean(state_.scratch));
    recorder.metric("test/spread_pretrained", deviation(state_.pretrained));
    recorder.metric("test/spread_scratch", deviation(state_.scratch));
    recorder.metric("test/gain", mean(state_.pretrained) - mean(state_.scratch));
    recorder.metric("labels", static_cast<double>(tuning_->labels()));
    recorder.metric("parameters", static_cast<double>(tuning_->parameterCount()));
    if (!stepSeconds_.empty())
        recorder.metric("time/step_seconds", median(stepSeconds_));
    context_.artifact("model.safetensors", "application/octet-stream", state_.step,
                      [this](const std::string& path) {
                          std::vector<CheckpointTensor> tensors;
                          for (const ParameterPtr& parameter : parameters_)
                              tensors.push_back({parameter->name, &parameter->value});
                          for (const StateTensor& state : encoder_->state())
                              tensors.push_back({state.name, state.tensor});
                          writeModelFile(path, tensors, {{"run", context_.run()}});
                      });
    return {RunEnd::Finished, {}};
}

} // namespace inlay::engine::spatial_contrasting

#include "engine/experiments/train/train_session.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/experiments/train/conversion.h"
#include "engine/experiments/train/evaluation.h"
#include "engine/networks/largest_batch.h"
#include "engine/networks/network_schema.h"
#include "engine/networks/network_triples.h"
#include "engine/networks/steps_alike.h"
#include "engine/tensor/out_of_memory.h"
#include "kernels/backend.h"
#include "kernels/out_of_memory.h"

namespace inlay::engine::train {
namespace {

// Gradient norms and operator diagnostics read device memory and cost host time.
constexpr std::int64_t kDiagnosticsEvery = 20;
constexpr std::size_t kMistakesKept = 40;

double median(std::vector<double> values) {
    if (values.empty())
        return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

TrainSession::TrainSession(const TrainConfig& config, RunContext& context)
    : config_(config)
    , context_(context)
    , data_(loadDataset(config.dataset))
    , normalization_(measureNormalization(data_.training))
    , shift_{static_cast<int>(config.augment.shift), context.stream("train.shift"), 0}
    , steps_(context.device()) {
    const Device& device = context.device();
    device.setPrecision(config.precision);
    const SampleShape& shape = data_.training.shape;
    input_ = {shape.height, shape.width, shape.channels, data_.training.classes()};
    rows_ = inputRows(config.network, input_);
    network_ = makeNetwork(config.network, input_, device, context.stream("network"), {},
                           loadTriples(config.network));
    parameters_ = network_->parameters();
    operators_ = network_->operators();
    stepsAlike_ = stepsAlike(operators_);
    optimizer_ = std::make_unique<Optimizer>(config.optimizer, parameters_, device);
    feed_ = std::make_unique<BatchFeed>(data_.training, normalization_, rows_, device,
                                        config.batchSize);
    order_.emplace(context.stream("train.order"), data_.training.count);
    const bool isCuda = device.name().starts_with("cuda");
    logEvery_ = config.logEvery > 0 ? config.logEvery : (isCuda ? 20 : 1);
    totalSteps_ = stepsPerEpoch() * config.epochs;
    loss_ = Tensor::zeros(device, {1, 1}, device.parameterType());
    correct_ = Tensor::zeros(device, {1, 1}, DType::I32);
    if (config.keep == Keep::BestValidation || config.earlyStop.patience > 0) {
        for (const ParameterPtr& parameter : parameters_)
            best_.push_back(parameter->value.clone());
    }
}

std::int64_t TrainSession::stepsPerEpoch() const {
    return (data_.training.count + config_.batchSize - 1) / config_.batchSize;
}

RunOutcome TrainSession::run() {
    restore();
    if (!context_.restore() && !config_.startFrom.model.empty() && !startFromModel())
        return {RunEnd::Stopped, {}};
    lastCheckpoint_ = monotonicSeconds();
    // Also asked first: a run may go on from a checkpoint of the epoch that ended it.
    while (state_.epoch < config_.epochs && !shouldStopEarly()) {
        switch (trainEpoch()) {
        case Step::Done:
            break;
        case Step::Stopped:
            return stopped();
        case Step::Diverged:
            return {RunEnd::Diverged, divergence_};
        }
        if (!finishEpoch())
            return stopped();
    }
    if (state_.epoch < config_.epochs)
        context_.event(EventLevel::Info,
                       fmt::format("Stopped early after epoch {}: no better validation loss for "
                                   "{} epochs.",
                                   state_.epoch, config_.earlyStop.patience));
    return finish();
}

TrainSession::Step TrainSession::trainEpoch() {
    order_->seek(state_.epoch, state_.position);
    shift_.epoch = state_.epoch;
    for (;;) {
        if (!context_.proceed())
            return Step::Stopped;
        applySettings();
        const auto samples = order_->next(config_.batchSize);
        if (samples.empty())
            return Step::Done;
        const double start = monotonicSeconds();
        try {
            trainStep(samples);
        } catch (const OutOfMemory& error) {
            failForMemory(error.what(), std::ssize(samples));
        } catch (const kernels::OutOfMemory& error) { // of an op's own scratch
            failForMemory(error.what(), std::ssize(samples));
        }
        if (!routesNoted_)
            noteRoutes();
        routesNoted_ = true;
        const bool isLast = state_.step + 1 == totalSteps_;
        const bool logged = (state_.step + 1) % logEvery_ == 0 || isLast;
        if (logged)
            context_.device().synchronize();
        const double seconds = monotonicSeconds() - start;
        state_.unloggedSamples += static_cast<std::int64_t>(samples.size());
        state_.position = order_->position();
        secondsSum_ += seconds;
        ++timedSteps_;
        timedSamples_ += static_cast<std::int64_t>(samples.size());
        if (logged && !logStep(state_.step))
            return Step::Diverged;
        ++state_.step;
        context_.progress(state_.step, totalSteps_);
        if (state_.position < data_.training.count)
            checkpointIfDue();
    }
}

void TrainSession::trainStep(std::span<const std::int64_t> samples) {
    const double rate =
        scheduledRate(config_.schedule, config_.learningRate, state_.step, totalSteps_);
    const StepInfo info{state_.step, totalSteps_, rate};
    const Batch batch = feed_->load(samples, shift_.pixels > 0 ? &shift_ : nullptr);
    network_->setStep(state_.step);
    optimizer_->setStep(state_.step, rate);
    const auto ops = [&] {
        enqueueStep(batch, info);
    };
    if (stepsAlike_ && std::ssize(samples) == config_.batchSize)
        steps_.run(ops, [this] { optimizer_->noteChanged(); });
    else
        ops();
    noteRecording();
    if ((state_.step + 1) % kDiagnosticsEvery == 0)
        logDiagnostics();
    for (const NamedOperator& layer : operators_)
        layer.op->parametersChanged(info, *optimizer_);
}

void TrainSession::enqueueStep(const Batch& batch, const StepInfo& info) {
    optimizer_->zeroGradients();
    ModuleContextPtr saved;
    const Tensor logits = network_->forward(*batch.values, batch.rows, &saved);
    Tensor gradient(context_.device(), logits.shape(), logits.dtype());
    context_.device().backend().softmaxCrossEntropy(logits.view(), batch.labels->view(),
                                                    1.0 / static_cast<double>(batch.rows.groups),
                                                    loss_.view(), correct_.view(), gradient.view());
    network_->backward(*batch.values, batch.rows, std::move(gradient), *saved,
                       NeedInputGradient::No);
    for (const NamedOperator& layer : operators_)
        layer.op->gradientsReady(info);
    optimizer_->apply();
}

void TrainSession::noteRecording() {
    if (recordingNoted_ || (!steps_.recorded() && steps_.refusal().empty()))
        return;
    recordingNoted_ = true;
    context_.event(EventLevel::Info,
                   steps_.recorded()
                       ? std::string("Steps of whole batches are recorded: the device repeats one "
                                     "as a single launch.")
                       : fmt::format("Steps are enqueued op by op; the device could not record "
                                     "one: {}",
                                     steps_.refusal()));
}

void TrainSession::failForMemory(const std::string& reason, std::int64_t samples) {
    steps_.forget(); // its memory is the first to go
    const std::int64_t most = largestBatchBelow(samples, *network_, *feed_, context_.device());
    throw Error(most > 0 ? fmt::format("{} batch_size is {}; the largest that fits is about {}.",
                                       reason, config_.batchSize, most)
                         : fmt::format("{} Not even one sample at a time fits: the network is too "
                                       "large for the device.",
                                       reason));
}

void TrainSession::noteRoutes() {
    std::map<std::string, std::vector<std::string>> layersOf;
    for (const NamedOperator& layer : operators_)
        if (const std::string route = layer.op->route(); !route.empty())
            layersOf[route].push_back(layer.name);
    for (const auto& [route, layers] : layersOf)
        context_.event(EventLevel::Info,
                       fmt::format("Kernel of {}{}: {}.", layers.front(),
                                   layers.size() == 1
                                       ? std::string()
                                       : fmt::format(" and {} more layers", layers.size() - 1),
                                   route));
}

bool TrainSession::logStep(std::int64_t step) {
    RunRecorder& recorder = context_.recorder();
    const auto count = static_cast<double>(state_.unloggedSamples);
    const double loss = loss_.toDoubles()[0] / count;
    const double accuracy = correct_.toIntegers()[0] / count;
    recorder.record("train/loss", step, loss);
    recorder.record("train/accuracy", step, accuracy);
    recorder.record("learning_rate", step,
                    scheduledRate(config_.schedule, config_.learningRate, step, totalSteps_));
    if (timedSteps_ > 0) {
        const double seconds = secondsSum_ / static_cast<double>(timedSteps_);
        recorder.record("time/step_seconds", step, seconds);
        recorder.record("time/samples_per_second", step,
                        static_cast<double>(timedSamples_) / secondsSum_);
        stepSeconds_.push_back(seconds);
    }
    secondsSum_ = 0;
    timedSteps_ = 0;
    timedSamples_ = 0;
    state_.unloggedSamples = 0;
    state_.lastTrainLoss = loss;
    state_.lastTrainAccuracy = accuracy;
    loss_.zero();
    correct_.zero();
    if (std::isfinite(loss))
        return true;
    divergence_ = divergenceSentence("train/loss", loss, step);
    return false;
}

std::string TrainSession::divergenceSentence(const char* series, double loss,
                                             std::int64_t step) const {
    return fmt::format("{} is {} at step {}. A smaller learning_rate (now {}) or optimizer.clip "
                       "may help.",
                       series, std::isnan(loss) ? "NaN" : "infinite", step, config_.learningRate);
}

void TrainSession::logDiagnostics() {
    RunRecorder& recorder = context_.recorder();
    const std::vector<double> norms = optimizer_->gradientNorms();
    std::map<const Parameter*, double> squares;
    for (std::size_t i = 0; i < norms.size(); ++i)
        squares[optimizer_->parameters()[i].get()] = norms[i] * norms[i];
    for (const NamedOperator& layer : operators_) {
        double sum = 0;
        for (const ParameterPtr& parameter : layer.op->parameters()) {
            const auto found = squares.find(parameter.get());
            sum += found == squares.end() ? 0.0 : found->second;
        }
        recorder.record("gradient_norm/" + layer.name, state_.step, std::sqrt(sum));
        for (const Diagnostic& diagnostic : layer.op->diagnostics())
            recorder.record(fmt::format("operator/{}/{}", layer.name, diagnostic.name), state_.step,
                            diagnostic.value);
    }
}

bool TrainSession::finishEpoch() {
    const Evaluation evaluation =
        evaluate(*network_, context_.device(), data_.validation, normalization_, rows_,
                 config_.batchSize, kMistakesKept, [this] { return context_.proceed(); });
    if (!evaluation.complete)
        return false;
    if (data_.validation.count > 0) {
        RunRecorder& recorder = context_.recorder();
        const std::int64_t last = state_.step - 1;
        recorder.record("validation/loss", last, evaluation.loss);
        recorder.record("validation/accuracy", last, evaluation.accuracy);
        recordMistakes(evaluation);
        state_.lastValidationLoss = evaluation.loss;
        state_.lastValidationAccuracy = evaluation.accuracy;
    }
    ++state_.epoch;
    state_.position = 0;
    if (data_.validation.count > 0 && evaluation.loss < state_.bestValidationLoss) {
        state_.bestValidationLoss = evaluation.loss;
        state_.bestEpoch = state_.epoch;
        for (std::size_t i = 0; i < best_.size(); ++i)
            best_[i].copyFrom(parameters_[i]->value);
    }
    if (config_.checkpoint.everyEpochs > 0 && state_.epoch % config_.checkpoint.everyEpochs == 0)
        checkpoint();
    return true;
}

void TrainSession::recordMistakes(const Evaluation& evaluation) {
    if (!data_.validation.storesBytes() || data_.validation.shape.channels != 1 ||
        evaluation.mistakes.empty())
        return;
    const SampleShape& shape = data_.validation.shape;
    const std::size_t shown =
        std::min(evaluation.mistakes.size(),
                 RunStore::kMaxFrameBytes / static_cast<std::size_t>(shape.values()));
    if (shown == 0)
        return;
    FrameRecord frame;
    frame.name = "mistakes/images";
    frame.step = state_.step - 1;
    frame.type = FrameType::U8;
    frame.shape = {static_cast<std::int64_t>(shown), shape.height, shape.width};
    for (std::size_t i = 0; i < shown; ++i) {
        const Mistake& mistake = evaluation.mistakes[i];
        const auto* first = data_.validation.bytes.data() + mistake.sample * shape.values();
        for (std::int64_t p = 0; p < shape.values(); ++p)
            frame.data.push_back(static_cast<std::byte>(first[p]));
        context_.recorder().resultRow("mistakes", state_.step * 100 + static_cast<std::int64_t>(i),
                                      {{"step", frame.step},
                                       {"sample", mistake.sample},
                                       {"label", mistake.label},
                                       {"predicted", mistake.predicted},
                                       {"confidence", mistake.confidence}});
    }
    context_.recorder().frame(std::move(frame));
}

bool TrainSession::shouldStopEarly() const {
    const std::int64_t patience = config_.earlyStop.patience;
    return patience > 0 && state_.bestEpoch >= 0 && state_.epoch - state_.bestEpoch >= patience;
}

void TrainSession::applySettings() {
    for (const SettingChange& change : context_.settingsDue(state_.step)) {
        if (change.key == "learning_rate" && change.value.is_number() &&
            change.value.get<double>() > 0 && change.value.get<double>() <= kLargestLearningRate) {
            const Json old = config_.learningRate;
            config_.learningRate = change.value.get<double>();
            context_.settingApplied(change, state_.step, old);
        } else if (change.key == "log_every" && change.value.is_number_integer() &&
                   change.value.get<std::int64_t>() >= 1) {
            const Json old = logEvery_;
            logEvery_ = change.value.get<std::int64_t>();
            context_.settingApplied(change, state_.step, old);
        } else {
            context_.settingRefused(
                change, fmt::format("{} cannot be set to {} while the run goes on; allowed are "
                                    "learning_rate (above 0, at most {}) and log_every (1 or "
                                    "more).",
                                    change.key, dumpJson(change.value), kLargestLearningRate));
        }
    }
}

void TrainSession::checkpointIfDue() {
    if (config_.checkpoint.everySeconds > 0 &&
        monotonicSeconds() - lastCheckpoint_ >= config_.checkpoint.everySeconds)
        checkpoint();
}

void TrainSession::checkpoint() {
    const std::vector<CheckpointTensor> tensors = checkpointTensors();
    context_.checkpoint(state_.step, [&](const std::string& path) {
        writeCheckpointFile(path, tensors, state_.toJson());
    });
    lastCheckpoint_ = monotonicSeconds();
}

std::vector<CheckpointTensor> TrainSession::checkpointTensors() {
    std::vector<CheckpointTensor> tensors;
    for (const ParameterPtr& parameter : parameters_)
        tensors.push_back({"model/" + parameter->name, &parameter->value});
    for (const StateTensor& state : optimizer_->state())
        tensors.push_back({state.name, state.tensor});
    for (const StateTensor& state : network_->state())
        tensors.push_back({"mask/" + state.name, state.tensor});
    const std::vector<CheckpointTensor> best = bestTensors();
    tensors.insert(tensors.end(), best.begin(), best.end());
    tensors.push_back({"progress/loss", &loss_});
    tensors.push_back({"progress/correct", &correct_});
    return tensors;
}

std::vector<CheckpointTensor> TrainSession::bestTensors() {
    std::vector<CheckpointTensor> tensors;
    for (std::size_t i = 0; i < best_.size(); ++i)
        tensors.push_back({"best/" + parameters_[i]->name, &best_[i]});
    return tensors;
}

void TrainSession::restore() {
    if (!context_.restore())
        return;
    const std::string& path = context_.restore()->path;
    if (!best_.empty() && !checkpointHolds(path, bestTensors())) {
        // A fork of a run that kept the last weights: the best epoch is sought from here on.
        best_.clear();
        state_ = TrainState::fromJson(readCheckpointFile(path, checkpointTensors()));
        state_.bestValidationLoss = std::numeric_limits<double>::infinity();
        state_.bestEpoch = -1;
        for (const ParameterPtr& parameter : parameters_)
            best_.push_back(parameter->value.clone());
    } else {
        state_ = TrainState::fromJson(readCheckpointFile(path, checkpointTensors()));
    }
    if (state_.position > data_.training.count)
        throw Error(
            fmt::format("{} was written after {} samples of an epoch, but there are only {} "
                        "training samples here; take a checkpoint of the end of an epoch.",
                        path, state_.position, data_.training.count));
    for (const ParameterPtr& parameter : parameters_)
        ++parameter->version;
}

bool TrainSession::startFromModel() {
    const auto result =
        convert({config_, context_, data_, normalization_, input_, rows_, *network_, totalSteps_});
    if (!result)
        return false;
    state_.accuracyBefore = result->before;
    state_.accuracyConverted = result->after;
    if (result->before >= 0.0)
        context_.event(EventLevel::Info,
                       fmt::format("Test accuracy: {:.2f} % before, {:.2f} % after conversion.",
                                   100.0 * result->before, 100.0 * result->after));
    return true;
}

RunOutcome TrainSession::stopped() {
    checkpoint();
    return {RunEnd::Stopped, {}};
}

RunOutcome TrainSession::finish() {
    if (state_.unloggedSamples > 0) {
        // Stopped early between two recorded steps; the device was not waited for since.
        timedSteps_ = 0;
        if (!logStep(state_.step - 1))
            return {RunEnd::Diverged, divergence_};
    }
    if (config_.keep == Keep::BestValidation && state_.bestEpoch >= 0) {
        for (std::size_t i = 0; i < best_.size(); ++i) {
            parameters_[i]->value.copyFrom(best_[i]);
            ++parameters_[i]->version;
        }
    }
    const Evaluation test =
        evaluate(*network_, context_.device(), data_.test, normalization_, rows_, config_.batchSize,
                 0, [this] { return context_.proceed(); });
    if (!test.complete)
        return stopped();
    // The loss of a step is that before its update; the last update is seen here first.
    if (!std::isfinite(test.loss))
        return {RunEnd::Diverged, divergenceSentence("test/loss", test.loss, state_.step)};
    const NetworkPlan plan = planNetwork(config_.network, input_, config_.batchSize);
    RunRecorder& recorder = context_.recorder();
    recorder.metric("train/loss", state_.lastTrainLoss);
    recorder.metric("train/accuracy", state_.lastTrainAccuracy);
    if (data_.validation.count > 0) {
        recorder.metric("validation/loss", state_.lastValidationLoss);
        recorder.metric("validation/accuracy", state_.lastValidationAccuracy);
    }
    if (data_.test.count > 0) {
        recorder.metric("test/loss", test.loss);
        recorder.metric("test/accuracy", test.accuracy);
    }
    if (state_.accuracyBefore >= 0.0) {
        recorder.metric("conversion/accuracy_before", state_.accuracyBefore);
        recorder.metric("conversion/accuracy_after", state_.accuracyConverted);
    }
    recorder.metric("parameters", static_cast<double>(plan.parameters));
    recorder.metric("multiply_adds",
                    plan.multiplyAddsForward / static_cast<double>(config_.batchSize));
    if (!stepSeconds_.empty())
        recorder.metric("time/step_seconds", median(stepSeconds_));
    recorder.metric("time/peak_bytes", static_cast<double>(context_.device().peakBytes()));
    context_.artifact("model.safetensors", "application/octet-stream", state_.step,
                      [this](const std::string& path) {
                          std::vector<CheckpointTensor> tensors;
                          for (const ParameterPtr& parameter : parameters_)
                              tensors.push_back({parameter->name, &parameter->value});
                          for (const StateTensor& state : network_->state())
                              tensors.push_back({startStateName(state.name), state.tensor});
                          writeModelFile(path, tensors,
                                         {{"run", context_.run()},
                                          {"network", networkSchema().write(config_.network)}});
                      });
    return {RunEnd::Finished, {}};
}

} // namespace inlay::engine::train

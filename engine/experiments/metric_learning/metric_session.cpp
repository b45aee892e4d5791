#include "engine/experiments/metric_learning/metric_session.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/networks/network_triples.h"
#include "kernels/backend.h"

namespace inlay::engine::metric_learning {
namespace {

constexpr double kLargestNorm = 1e6;
constexpr double kCollapsedSpread = 0.01;
constexpr double kCollapsedShare = 0.98;     // of ln N
constexpr std::int64_t kFirstSnapshots = 10; // of the first epoch
constexpr std::int64_t kSkippedAtLeast = 20; // steps before too many skipped ones end a run

std::int64_t largestBatch(const MetricConfig& config) {
    if (isListed(config.triplets))
        return 3 * config.batchSize;
    return config.balanced.classes > 0 ? config.balanced.classes * config.balanced.items
                                       : config.batchSize;
}

} // namespace

Json MetricState::toJson() const {
    return {{"step", step},
            {"skipped", skipped},
            {"last_snapshot", lastSnapshot},
            {"good_snapshot", goodSnapshot},
            {"epoch_loss", jsonNumber(epochLoss)},
            {"epoch_steps", epochSteps},
            {"plateau",
             {{"factor", plateau.factor},
              {"lowest", jsonNumber(plateau.lowest)},
              {"epochs", plateau.epochs},
              {"without", plateau.without}}},
            {"last_loss", jsonNumber(lastLoss)},
            {"last_violation", jsonNumber(lastViolation)},
            {"warned_of_collapse", warnedOfCollapse}};
}

MetricState MetricState::fromJson(const Json& json) {
    MetricState state;
    state.step = json.at("step").get<std::int64_t>();
    state.skipped = json.at("skipped").get<std::int64_t>();
    state.lastSnapshot = json.at("last_snapshot").get<std::int64_t>();
    state.goodSnapshot = json.value("good_snapshot", state.lastSnapshot);
    // Checkpoints from before there was a plateau have none of it.
    if (json.contains("plateau")) {
        const Json& plateau = json.at("plateau");
        state.epochLoss = numberFromJson(json.at("epoch_loss")).value();
        state.epochSteps = json.at("epoch_steps").get<std::int64_t>();
        state.plateau = {
            plateau.at("factor").get<double>(), numberFromJson(plateau.at("lowest")).value(),
            plateau.at("epochs").get<std::int64_t>(), plateau.at("without").get<std::int64_t>()};
    }
    state.lastLoss = numberFromJson(json.at("last_loss")).value();
    state.lastViolation = numberFromJson(json.at("last_violation")).value();
    state.warnedOfCollapse = json.at("warned_of_collapse").get<bool>();
    return state;
}

MetricSession::MetricSession(const MetricConfig& config, RunContext& context)
    : config_(config)
    , context_(context)
    , data_(loadDataset(config.dataset))
    , normalization_(measureNormalization(data_.training))
    , input_(embeddingInput(config, data_.training.shape))
    , rows_(inputRows(config.network, input_))
    , network_(makeNetwork(config.network, input_, context.device(), context.stream("network"), {},
                           loadTriples(config.network)))
    , parameters_(network_->parameters())
    , operators_(network_->operators())
    , source_(config, data_.training, resolveComparisons(config, data_.training),
              context.stream("metric_learning.batches"))
    , shift_{static_cast<int>(config.augment.shift), context.stream("metric_learning.shift"), 0,
             config.augment.mirror} {
    const Device& device = context.device();
    optimizer_ = std::make_unique<Optimizer>(config.optimizer, parameters_, device);
    feed_ = std::make_unique<BatchFeed>(data_.training, normalization_, rows_, device,
                                        largestBatch(config));
    snapshots_ = std::make_unique<Snapshots>(config_, data_, normalization_, rows_, context);
    totalSteps_ = source_.stepsPerEpoch() * config.epochs;
}

RunOutcome MetricSession::run() {
    restore();
    lastCheckpoint_ = monotonicSeconds();
    if (state_.step == 0) {
        noteClasses();
        snapshots_->recordPoints();
    }
    while (state_.step < totalSteps_) {
        if (snapshotDue() && !takeSnapshot())
            return stopped();
        if (!context_.proceed())
            return stopped();
        applySettings();
        if (const std::string divergence = trainStep(); !divergence.empty())
            return {RunEnd::Diverged, divergence};
        ++state_.step;
        if (state_.step % source_.stepsPerEpoch() == 0)
            endEpoch();
        context_.progress(state_.step, totalSteps_);
        checkpointIfDue();
    }
    if (state_.lastSnapshot != state_.step && !takeSnapshot())
        return stopped();
    return finish();
}

// Classes with one sample have no positive pair; their samples still serve as negatives.
void MetricSession::noteClasses() {
    if (config_.triplets.source == TripletSource::Comparisons)
        return;
    std::string names;
    const auto classes = samplesByClass(data_.training);
    for (std::size_t c = 0; c < classes.size(); ++c)
        if (classes[c].size() == 1)
            names += (names.empty() ? "" : ", ") + data_.training.classNames[c];
    if (!names.empty())
        context_.event(EventLevel::Warning,
                       fmt::format("Classes with one training sample are no anchors, only "
                                   "negatives: {}.",
                                   names));
    for (const std::string& warning : data_.warnings)
        context_.event(EventLevel::Warning, warning);
}

void MetricSession::endEpoch() {
    const double mean =
        state_.epochSteps > 0 ? state_.epochLoss / static_cast<double>(state_.epochSteps) : 0;
    const bool counts = state_.epochSteps > 0;
    state_.epochLoss = 0;
    state_.epochSteps = 0;
    if (config_.schedule.kind != ScheduleKind::Plateau || !counts)
        return;
    if (state_.plateau.add(mean, config_.schedule.patience, config_.schedule.stepFactor))
        context_.event(EventLevel::Info,
                       fmt::format("No lower mean loss for {} epochs: the learning rate is {:.3g} "
                                   "times its peak now.",
                                   config_.schedule.patience, state_.plateau.factor));
}

// Ten in the first epoch, the start included; then one after every so many epochs.
bool MetricSession::snapshotDue() const {
    if (state_.lastSnapshot == state_.step)
        return false;
    const std::int64_t epoch = source_.stepsPerEpoch();
    if (state_.step < epoch) {
        const std::int64_t every = std::max<std::int64_t>(1, epoch / kFirstSnapshots);
        return state_.step % every == 0;
    }
    return state_.step % epoch == 0 && state_.step / epoch % config_.snapshot.everyEpochs == 0;
}

bool MetricSession::takeSnapshot() {
    const auto taken =
        snapshots_->take(*network_, state_.step, lastBatch_ ? &*lastBatch_ : nullptr);
    if (taken == point_frames::Taken::Stopped)
        return false;
    state_.lastSnapshot = state_.step;
    if (taken == point_frames::Taken::Kept)
        state_.goodSnapshot = state_.step;
    return true;
}

std::string MetricSession::trainStep() {
    const double start = monotonicSeconds();
    const Device& device = context_.device();
    const StepSamples step = source_.at(state_.step);
    const double rate =
        state_.plateau.factor *
        scheduledRate(config_.schedule, config_.learningRate, state_.step, totalSteps_);
    const StepInfo info{state_.step, totalSteps_, rate};
    shift_.epoch = step.epoch;
    const Batch batch = feed_->load(step.samples, shift_.isActive() ? &shift_ : nullptr);
    optimizer_->zeroGradients();
    network_->setStep(state_.step);
    ModuleContextPtr saved;
    const Tensor points = network_->forward(*batch.values, batch.rows, &saved);
    const std::vector<double> values = points.toDoubles();
    std::vector<std::int32_t> labels;
    for (const std::int64_t sample : step.samples)
        labels.push_back(data_.training.labels[static_cast<std::size_t>(sample)]);
    BatchLoss loss = batchLoss(config_, {values, points.rows(), points.cols()}, labels, step.listed,
                               context_.stream("metric_learning.negatives")
                                   .split(static_cast<std::uint64_t>(state_.step)));
    if (loss.triplets == 0) {
        ++state_.skipped;
        const std::int64_t enough = std::min(kSkippedAtLeast, totalSteps_);
        if (state_.step + 1 >= enough && 2 * state_.skipped > state_.step + 1)
            throw Error(fmt::format("{} of the first {} batches had no pair of one class; a larger "
                                    "batch_size (now {}) or balanced.classes helps.",
                                    state_.skipped, state_.step + 1, config_.batchSize));
        return {};
    }
    if (!std::isfinite(loss.loss) || !(loss.largestNorm <= kLargestNorm))
        return fmt::format(
            "{} at step {}. The last good snapshot is that of step {}. A smaller "
            "learning_rate (now {}; try {}) may help.",
            std::isfinite(loss.loss)
                ? fmt::format("The norm of an embedded point is {:.3g}, above {:.0e},",
                              loss.largestNorm, kLargestNorm)
                : std::string("train/loss is not a finite number"),
            state_.step, state_.goodSnapshot, config_.learningRate, config_.learningRate / 10);
    network_->backward(*batch.values, batch.rows,
                       Tensor::fromHost(device, points.shape(), points.dtype(),
                                        std::span<const double>(loss.gradient)),
                       *saved, NeedInputGradient::No);
    for (const NamedOperator& layer : operators_)
        layer.op->gradientsReady(info);
    optimizer_->step(state_.step, rate);
    for (const NamedOperator& layer : operators_)
        layer.op->parametersChanged(info, *optimizer_);
    device.synchronize();
    context_.recorder().record("learning_rate", state_.step, rate);
    record(loss, std::ssize(step.samples), monotonicSeconds() - start);
    warnOfCollapse(loss);
    lastBatch_ = std::move(loss);
    return {};
}

void MetricSession::record(const BatchLoss& loss, std::int64_t samples, double seconds) {
    RunRecorder& recorder = context_.recorder();
    state_.lastLoss = loss.loss;
    state_.epochLoss += loss.loss;
    ++state_.epochSteps;
    state_.lastViolation = static_cast<double>(loss.wrong) / static_cast<double>(loss.triplets);
    recorder.record("train/loss", state_.step, state_.lastLoss);
    recorder.record("triplet/violation", state_.step, state_.lastViolation);
    recorder.record("embedding/largest_norm", state_.step, loss.largestNorm);
    recorder.record("time/step_seconds", state_.step, seconds);
    recorder.record("time/samples_per_second", state_.step, static_cast<double>(samples) / seconds);
    stepSeconds_.push_back(seconds);
}

// Section 2.5 of the design's page: no spread in any direction that points could differ in, or a
// loss of guessing, after an epoch.
void MetricSession::warnOfCollapse(const BatchLoss& loss) {
    if (state_.warnedOfCollapse || state_.step + 1 < source_.stepsPerEpoch())
        return;
    const bool guesses =
        loss.candidates > 1 &&
        loss.loss > kCollapsedShare * std::log(static_cast<double>(loss.candidates));
    if (!guesses && loss.largestSpread >= kCollapsedSpread)
        return;
    state_.warnedOfCollapse = true;
    context_.event(EventLevel::Warning,
                   guesses
                       ? fmt::format("The loss is {:.3f} after an epoch, that of guessing among "
                                     "{} (ln {} = {:.3f}): the embedding may have collapsed.",
                                     loss.loss, loss.candidates, loss.candidates,
                                     std::log(static_cast<double>(loss.candidates)))
                       : fmt::format("The points of length 1 spread by {:.2g} at most in any "
                                     "dimension after an epoch: the embedding has collapsed. "
                                     "Another loss, a margin or a smaller learning_rate may "
                                     "help.",
                                     loss.largestSpread));
}

void MetricSession::applySettings() {
    for (const SettingChange& change : context_.settingsDue(state_.step)) {
        if (change.key == "learning_rate" && change.value.is_number() &&
            change.value.get<double>() > 0 && change.value.get<double>() <= kLargestLearningRate) {
            const Json old = config_.learningRate;
            config_.learningRate = change.value.get<double>();
            context_.settingApplied(change, state_.step, old);
        } else {
            context_.settingRefused(
                change, fmt::format("{} cannot be set to {} while the run goes on; allowed is "
                                    "learning_rate (above 0, at most {}).",
                                    change.key, dumpJson(change.value), kLargestLearningRate));
        }
    }
}

void MetricSession::checkpointIfDue() {
    const std::int64_t epoch = source_.stepsPerEpoch();
    const bool epochEnds = config_.checkpoint.everyEpochs > 0 && state_.step % epoch == 0 &&
                           state_.step / epoch % config_.checkpoint.everyEpochs == 0;
    const bool timeIsUp = config_.checkpoint.everySeconds > 0 &&
                          monotonicSeconds() - lastCheckpoint_ >= config_.checkpoint.everySeconds;
    if (epochEnds || timeIsUp)
        checkpoint();
}

void MetricSession::checkpoint() {
    const std::vector<CheckpointTensor> tensors = checkpointTensors();
    context_.checkpoint(state_.step, [&](const std::string& path) {
        writeCheckpointFile(path, tensors, state_.toJson());
    });
    lastCheckpoint_ = monotonicSeconds();
}

std::vector<CheckpointTensor> MetricSession::checkpointTensors() {
    std::vector<CheckpointTensor> tensors;
    for (const ParameterPtr& parameter : parameters_)
        tensors.push_back({"model/" + parameter->name, &parameter->value});
    for (const StateTensor& state : optimizer_->state())
        tensors.push_back({state.name, state.tensor});
    for (const StateTensor& state : network_->state())
        tensors.push_back({"mask/" + state.name, state.tensor});
    return tensors;
}

void MetricSession::restore() {
    if (!context_.restore())
        return;
    state_ =
        MetricState::fromJson(readCheckpointFile(context_.restore()->path, checkpointTensors()));
    for (const ParameterPtr& parameter : parameters_)
        ++parameter->version;
}

RunOutcome MetricSession::stopped() {
    checkpoint();
    return {RunEnd::Stopped, {}};
}

} // namespace inlay::engine::metric_learning

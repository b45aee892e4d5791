#include "engine/experiments/spatial_contrasting/fine_tuning.h"

#include <algorithm>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "engine/networks/network_triples.h"
#include "engine/networks/softmax_cross_entropy.h"

namespace inlay::engine::spatial_contrasting {
namespace {

constexpr std::int64_t kTestBatch = 250;

} // namespace

FineTuning::FineTuning(const SpatialConfig& config, const DatasetSplit& data,
                       const Normalization& normalization, RunContext& context)
    : config_(config)
    , data_(data)
    , normalization_(normalization)
    , context_(context)
    , input_{data.training.shape.height, data.training.shape.width, data.training.shape.channels,
             data.training.classes()}
    , rows_(inputRows(config.network, input_)) {}

std::int64_t FineTuning::labels() const {
    return config_.fineTune.labelsPerClass == 0
               ? std::ssize(data_.training.labels) -
                     std::count(data_.training.labels.begin(), data_.training.labels.end(), -1)
               : config_.fineTune.labelsPerClass * data_.training.classes();
}

std::int64_t FineTuning::parameterCount() const {
    return planNetwork(config_.network, input_, 1).parameters;
}

std::int64_t FineTuning::stepsPerArm() const {
    const std::int64_t batch = std::min(config_.fineTune.batchSize, labels());
    return (labels() + batch - 1) / batch * config_.fineTune.epochs;
}

std::vector<std::int64_t> FineTuning::labeledSamples(std::int64_t replicate) const {
    std::vector<std::int64_t> order(static_cast<std::size_t>(data_.training.count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    std::erase_if(order, [&](std::int64_t sample) {
        return data_.training.labels[static_cast<std::size_t>(sample)] < 0;
    });
    if (config_.fineTune.labelsPerClass == 0)
        return order;
    context_.stream("spatial_contrasting.labels")
        .split(static_cast<std::uint64_t>(replicate))
        .shuffle(order);
    std::map<std::int32_t, std::int64_t> taken;
    std::erase_if(order, [&](std::int64_t sample) {
        return taken[data_.training.labels[static_cast<std::size_t>(sample)]]++ >=
               config_.fineTune.labelsPerClass;
    });
    return order;
}

// Parameters and running statistics by name; what lies above the criterion keeps its own start.
void FineTuning::copyStart(Network& network, Network& start) const {
    std::map<std::string, ParameterPtr> trained;
    for (const ParameterPtr& parameter : start.parameters())
        trained[parameter->name] = parameter;
    for (const ParameterPtr& parameter : network.parameters())
        if (const auto found = trained.find(parameter->name); found != trained.end()) {
            parameter->value.copyFrom(found->second->value);
            ++parameter->version;
        }
    std::map<std::string, Tensor*> states;
    for (const StateTensor& state : start.state())
        states[state.name] = state.tensor;
    for (const StateTensor& state : network.state())
        if (const auto found = states.find(state.name); found != states.end())
            state.tensor->copyFrom(*found->second);
}

double FineTuning::accuracy(Network& network) const {
    const Device& device = context_.device();
    BatchFeed feed(data_.test, normalization_, rows_, device, kTestBatch);
    SoftmaxCrossEntropy loss(device);
    std::vector<std::int64_t> samples;
    for (std::int64_t first = 0; first < data_.test.count; first += kTestBatch) {
        samples.resize(static_cast<std::size_t>(std::min(kTestBatch, data_.test.count - first)));
        std::iota(samples.begin(), samples.end(), first);
        const Batch batch = feed.load(samples, nullptr);
        loss.add(network.forward(*batch.values, batch.rows, nullptr), *batch.labels);
    }
    return loss.read().accuracy();
}

std::optional<double> FineTuning::run(std::int64_t replicate, Network* start, std::int64_t step) {
    const Device& device = context_.device();
    const FineTuneConfig& own = config_.fineTune;
    const auto index = static_cast<std::uint64_t>(replicate);
    const std::vector<std::int64_t> labeled = labeledSamples(replicate);
    const std::int64_t batchSize = std::min(own.batchSize, std::ssize(labeled));
    const auto network = makeNetwork(config_.network, input_, device,
                                     context_.stream("spatial_contrasting.fine_tune").split(index),
                                     {}, loadTriples(config_.network));
    if (start != nullptr)
        copyStart(*network, *start);
    const std::vector<NamedOperator> operators = network->operators();
    Optimizer optimizer(config_.optimizer, network->parameters(), device);
    BatchFeed feed(data_.training, normalization_, rows_, device, batchSize);
    EpochOrder order(context_.stream("spatial_contrasting.fine_order").split(index),
                     std::ssize(labeled));
    ShiftAugmentation shift{static_cast<int>(own.shift),
                            context_.stream("spatial_contrasting.fine_shift").split(index), 0,
                            own.mirror};
    const ScheduleConfig schedule{ScheduleKind::Cosine, 0.05};
    const double peak = start != nullptr ? own.learningRate : own.scratchLearningRate;
    const std::int64_t total = stepsPerArm();
    const std::string series =
        std::string("fine_tune/loss/") + (start != nullptr ? "pretrained" : "scratch");
    SoftmaxCrossEntropy loss(device);
    std::int64_t done = 0;
    for (std::int64_t epoch = 0; epoch < own.epochs; ++epoch) {
        loss.reset();
        shift.epoch = epoch;
        for (auto picked = order.next(batchSize); !picked.empty(); picked = order.next(batchSize)) {
            if (!context_.proceed())
                return std::nullopt;
            std::vector<std::int64_t> samples;
            for (const std::int64_t i : picked)
                samples.push_back(labeled[static_cast<std::size_t>(i)]);
            const double rate = scheduledRate(schedule, peak, done, total);
            const StepInfo info{done, total, rate};
            const Batch batch = feed.load(samples, shift.isActive() ? &shift : nullptr);
            optimizer.zeroGradients();
            network->setStep(done);
            ModuleContextPtr saved;
            const Tensor logits = network->forward(*batch.values, batch.rows, &saved);
            network->backward(*batch.values, batch.rows, loss.gradient(logits, *batch.labels),
                              *saved, NeedInputGradient::No);
            for (const NamedOperator& layer : operators)
                layer.op->gradientsReady(info);
            optimizer.step(done, rate);
            for (const NamedOperator& layer : operators)
                layer.op->parametersChanged(info, optimizer);
            ++done;
        }
        // The first replicate's curve stands for all.
        if (replicate == 0)
            context_.recorder().record(series, step + done - 1, loss.read().meanLoss());
        order.startNextEpoch();
    }
    return accuracy(*network);
}

} // namespace inlay::engine::spatial_contrasting

#include "engine/experiments/metric_learning/batch_source.h"

#include <algorithm>
#include <cassert>
#include <unordered_map>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine::metric_learning {
namespace {

std::int64_t ceilDivide(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

/// What an epoch goes through: samples, or comparisons.
std::int64_t orderedCount(const MetricConfig& config, const Dataset& data,
                          const std::vector<Triplet>& comparisons) {
    return config.triplets.source == TripletSource::Comparisons ? std::ssize(comparisons)
                                                                : data.count;
}

} // namespace

std::vector<std::vector<std::int64_t>> samplesByClass(const Dataset& data) {
    std::vector<std::vector<std::int64_t>> classes(static_cast<std::size_t>(data.classes()));
    for (std::size_t i = 0; i < data.labels.size(); ++i)
        if (data.labels[i] >= 0)
            classes[static_cast<std::size_t>(data.labels[i])].push_back(
                static_cast<std::int64_t>(i));
    return classes;
}

std::vector<Triplet> resolveComparisons(const MetricConfig& config, const Dataset& data) {
    if (config.triplets.source != TripletSource::Comparisons)
        return {};
    std::unordered_map<std::int64_t, std::int64_t> numbers; // of the file, in the data set
    for (std::size_t i = 0; i < data.sources.size(); ++i)
        numbers[data.sources[i]] = static_cast<std::int64_t>(i);
    std::int64_t largest = data.count - 1;
    for (const std::int64_t source : data.sources)
        largest = std::max(largest, source);
    std::vector<Triplet> triplets = readComparisons(config.triplets.path, largest + 1);
    if (data.sources.empty())
        return triplets;
    for (Triplet& t : triplets)
        for (std::int64_t* sample : {&t.anchor, &t.positive, &t.negative}) {
            const auto found = numbers.find(*sample);
            if (found == numbers.end())
                throw Error(fmt::format("{} names sample {}, which is not among the {} training "
                                        "samples that dataset.count leaves",
                                        config.triplets.path, *sample, data.count));
            *sample = found->second;
        }
    return triplets;
}

BatchSource::BatchSource(const MetricConfig& config, const Dataset& data,
                         std::vector<Triplet> comparisons, const RandomStream& stream)
    : config_(config)
    , comparisons_(std::move(comparisons))
    , stream_(stream)
    , order_(stream.split("order"), orderedCount(config, data, comparisons_))
    , classes_(samplesByClass(data))
    , labels_(data.labels) {
    for (std::size_t i = 0; i < labels_.size(); ++i)
        if (labels_[i] >= 0 && classes_[static_cast<std::size_t>(labels_[i])].size() > 1)
            anchors_.push_back(static_cast<std::int64_t>(i));
    switch (config.triplets.source) {
    case TripletSource::PaperList:
        stepsPerEpoch_ = ceilDivide(config.triplets.perEpoch, config.batchSize);
        break;
    case TripletSource::Comparisons:
        stepsPerEpoch_ = ceilDivide(std::ssize(comparisons_), config.batchSize);
        break;
    default:
        stepsPerEpoch_ =
            config.balanced.classes > 0
                ? ceilDivide(data.count, config.balanced.classes * config.balanced.items)
                : ceilDivide(data.count, config.batchSize);
    }
}

StepSamples BatchSource::at(std::int64_t step) {
    StepSamples result;
    result.epoch = step / stepsPerEpoch_;
    const std::int64_t position = step % stepsPerEpoch_;
    switch (config_.triplets.source) {
    case TripletSource::PaperList:
        fromPaper(result.epoch, position, result);
        break;
    case TripletSource::Comparisons:
        compared(result.epoch, position, result);
        break;
    default:
        if (config_.balanced.classes > 0)
            balanced(step, result);
        else
            plain(result.epoch, position, result);
    }
    return result;
}

void BatchSource::plain(std::int64_t epoch, std::int64_t position, StepSamples& into) {
    const std::int64_t first = position * config_.batchSize;
    if (order_.epoch() != epoch || order_.position() != first)
        order_.seek(epoch, first);
    const auto samples = order_.next(config_.batchSize);
    into.samples.assign(samples.begin(), samples.end());
}

void BatchSource::balanced(std::int64_t step, StepSamples& into) const {
    RandomStream stream = stream_.split("balanced").split(static_cast<std::uint64_t>(step));
    std::vector<std::int64_t> usable;
    for (std::size_t c = 0; c < classes_.size(); ++c)
        if (std::ssize(classes_[c]) >= config_.balanced.items)
            usable.push_back(static_cast<std::int64_t>(c));
    assert(std::ssize(usable) >= config_.balanced.classes);
    stream.shuffle(usable);
    for (std::int64_t i = 0; i < config_.balanced.classes; ++i) {
        const auto& own = classes_[static_cast<std::size_t>(usable[static_cast<std::size_t>(i)])];
        for (const std::int64_t item : stream.sample(std::ssize(own), config_.balanced.items))
            into.samples.push_back(own[static_cast<std::size_t>(item)]);
    }
}

void BatchSource::fromPaper(std::int64_t epoch, std::int64_t position, StepSamples& into) const {
    into.listed = true;
    const std::int64_t first = position * config_.batchSize;
    const std::int64_t count = std::min(config_.batchSize, config_.triplets.perEpoch - first);
    RandomStream stream = stream_.split("paper")
                              .split(static_cast<std::uint64_t>(epoch))
                              .split(static_cast<std::uint64_t>(position));
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t anchor =
            anchors_[static_cast<std::size_t>(stream.below(anchors_.size()))];
        const std::int32_t label = labels_[static_cast<std::size_t>(anchor)];
        const auto& own = classes_[static_cast<std::size_t>(label)];
        std::int64_t positive = anchor;
        while (positive == anchor)
            positive = own[static_cast<std::size_t>(stream.below(own.size()))];
        std::int64_t negative = anchor;
        while (labels_[static_cast<std::size_t>(negative)] == label)
            negative = static_cast<std::int64_t>(stream.below(labels_.size()));
        into.samples.insert(into.samples.end(), {anchor, positive, negative});
    }
}

void BatchSource::compared(std::int64_t epoch, std::int64_t position, StepSamples& into) {
    into.listed = true;
    const std::int64_t first = position * config_.batchSize;
    if (order_.epoch() != epoch || order_.position() != first)
        order_.seek(epoch, first);
    for (const std::int64_t i : order_.next(config_.batchSize)) {
        const Triplet& t = comparisons_[static_cast<std::size_t>(i)];
        into.samples.insert(into.samples.end(), {t.anchor, t.positive, t.negative});
    }
}

} // namespace inlay::engine::metric_learning

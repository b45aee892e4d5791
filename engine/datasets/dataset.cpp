#include "engine/datasets/dataset.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include "engine/base/random.h"

namespace inlay::engine {
namespace {

std::vector<std::int64_t> seededOrder(std::int64_t count, std::uint64_t seed, const char* purpose) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    RandomStream(seed, purpose).shuffle(order);
    return order;
}

template <typename T>
std::vector<T> gatherRows(const std::vector<T>& rows, std::int64_t width,
                          const std::vector<std::int64_t>& indices) {
    std::vector<T> out;
    if (rows.empty())
        return out;
    out.reserve(indices.size() * static_cast<std::size_t>(width));
    for (const std::int64_t index : indices) {
        const auto from = rows.begin() + index * width;
        out.insert(out.end(), from, from + width);
    }
    return out;
}

} // namespace

SplitCounts resolveSplit(const SplitConfig& config, std::int64_t available,
                         std::int64_t testAvailable) {
    const std::int64_t count = config.count == 0 ? available : config.count;
    SplitCounts counts;
    counts.validation = config.validationCount < 0 ? std::min<std::int64_t>(5000, count / 10)
                                                   : config.validationCount;
    counts.training = count - counts.validation;
    counts.test = config.testCount == 0 ? testAvailable : config.testCount;
    assert(count <= available && counts.training > 0 && counts.test <= testAvailable);
    return counts;
}

SplitCounts resolveGeneratedSplit(const SplitConfig& config) {
    return resolveSplit(config, config.count == 0 ? kBuiltInCount : config.count,
                        config.testCount == 0 ? kBuiltInTestCount : config.testCount);
}

Dataset gatherSamples(const Dataset& source, const std::vector<std::int64_t>& indices) {
    Dataset out;
    out.count = static_cast<std::int64_t>(indices.size());
    out.shape = source.shape;
    out.scale = source.scale;
    out.classNames = source.classNames;
    out.bytes = gatherRows(source.bytes, source.shape.values(), indices);
    out.floats = gatherRows(source.floats, source.shape.values(), indices);
    out.labels = gatherRows(source.labels, 1, indices);
    out.sources = source.sources.empty() ? indices : gatherRows(source.sources, 1, indices);
    return out;
}

DatasetSplit splitSource(Dataset training, Dataset test, const SplitConfig& config) {
    const SplitCounts counts = resolveSplit(config, training.count, test.count);
    const std::vector<std::int64_t> order =
        seededOrder(training.count, config.seed, kTrainingOrder);
    const auto middle = order.begin() + counts.validation;
    DatasetSplit split;
    split.validation = gatherSamples(training, {order.begin(), middle});
    split.training = gatherSamples(training, {middle, middle + counts.training});
    split.test = chooseSamples(std::move(test), counts.test, config.seed, kTestOrder);
    return split;
}

Dataset chooseSamples(Dataset source, std::int64_t count, std::uint64_t seed, const char* order) {
    assert(count <= source.count);
    if (count == source.count)
        return source;
    std::vector<std::int64_t> chosen = seededOrder(source.count, seed, order);
    chosen.resize(static_cast<std::size_t>(count));
    return gatherSamples(source, chosen);
}

} // namespace inlay::engine

#include "engine/experiments/streaming_kmeans/hierarchy.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace inlay::engine::kmeans {

Hierarchy::Hierarchy(std::int64_t dims, std::vector<LevelRule> levels, const RandomStream& random)
    : dims_(dims)
    , rules_(std::move(levels))
    , random_(random)
    , buffers_(rules_.size())
    , groups_(rules_.size()) {
    assert(!rules_.empty());
    for (WeightedPoints& buffer : buffers_)
        buffer.dims = dims;
    // A bounded first buffer is filled again and again; growing it would hold it twice at times.
    if (rules_[0].capacity > 0 && rules_.size() > 1)
        buffers_[0].values.reserve(static_cast<std::size_t>(rules_[0].capacity * dims));
}

std::int64_t Hierarchy::room() const {
    const std::int64_t capacity = rules_[0].capacity;
    return capacity == 0 ? std::numeric_limits<std::int64_t>::max() : capacity - used(0);
}

void Hierarchy::add(const float* values, std::int64_t rows) {
    assert(rows <= room());
    WeightedPoints& first = buffers_[0];
    first.values.insert(first.values.end(), values, values + rows * dims_);
    // Reductions in place leave weights on the only level.
    if (!first.weights.empty())
        first.weights.insert(first.weights.end(), static_cast<std::size_t>(rows), 1.0);
    peak_ = std::max(peak_, held());
    if (room() == 0)
        reduce(0);
}

// The points of a level become centers of the next; those of the last one replace themselves.
void Hierarchy::reduce(std::int64_t level) {
    WeightedPoints& buffer = buffers_[index(level)];
    if (buffer.count() == 0)
        return;
    const LevelRule& rule = rules_[index(level)];
    const RandomStream random = random_.split(static_cast<std::uint64_t>(level))
                                    .split(static_cast<std::uint64_t>(groups_[index(level)]++));
    Reduction reduction = reduceGroup(buffer, rule.rule, rule.repetitions, random);
    peak_ = std::max(peak_, held() + reduction.centers.count());
    cost_ += reduction.cost;
    ranOut_ += reduction.ranOut ? 1 : 0;
    const bool last = level + 1 == levels();
    if (last) {
        ++overflows_;
        buffer = std::move(reduction.centers);
        return;
    }
    buffer.values.clear();
    buffer.weights.clear();
    makeRoom(level + 1, reduction.centers.count());
    WeightedPoints& next = buffers_[index(level + 1)];
    next.values.insert(next.values.end(), reduction.centers.values.begin(),
                       reduction.centers.values.end());
    next.weights.insert(next.weights.end(), reduction.centers.weights.begin(),
                        reduction.centers.weights.end());
    peak_ = std::max(peak_, held());
}

void Hierarchy::makeRoom(std::int64_t level, std::int64_t rows) {
    const std::int64_t capacity = rules_[index(level)].capacity;
    if (capacity > 0 && used(level) + rows > capacity)
        reduce(level);
}

void Hierarchy::flush() {
    for (std::int64_t level = 0; level + 1 < levels(); ++level)
        reduce(level);
}

void Hierarchy::setRepetitions(std::int64_t repetitions) {
    for (std::size_t level = 0; level + 1 < rules_.size(); ++level)
        rules_[level].repetitions = repetitions;
}

WeightedPoints Hierarchy::snapshot() const {
    WeightedPoints all;
    all.dims = dims_;
    for (auto buffer = buffers_.rbegin(); buffer != buffers_.rend(); ++buffer) {
        all.values.insert(all.values.end(), buffer->values.begin(), buffer->values.end());
        for (std::int64_t i = 0; i < buffer->count(); ++i)
            all.weights.push_back(buffer->weight(i));
    }
    return all;
}

std::int64_t Hierarchy::held() const {
    std::int64_t held = 0;
    for (const WeightedPoints& buffer : buffers_)
        held += buffer.count();
    return held;
}

} // namespace inlay::engine::kmeans

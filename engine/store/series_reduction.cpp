#include "engine/store/series_reduction.h"

#include <algorithm>
#include <array>

namespace inlay::engine {

SeriesReduction::SeriesReduction(std::int64_t from, std::int64_t to, int buckets)
    : from_(from)
    , bucketsPerStep_(buckets / (static_cast<double>(to) - static_cast<double>(from) + 1))
    , buckets_(static_cast<std::size_t>(buckets)) {}

std::size_t SeriesReduction::bucketOf(std::int64_t step) const {
    const double offset =
        static_cast<double>(static_cast<std::uint64_t>(step) - static_cast<std::uint64_t>(from_));
    return std::min(buckets_.size() - 1, static_cast<std::size_t>(offset * bucketsPerStep_));
}

bool SeriesReduction::isInOneBucket(const SeriesStats& chunk) const {
    const auto all = static_cast<std::int64_t>(2 * buckets_.size());
    if (rawIsComplete_ && total_.count + chunk.count <= all)
        return false;
    return bucketOf(chunk.firstStep) == bucketOf(chunk.lastStep);
}

void SeriesReduction::addChunk(const SeriesStats& chunk) {
    rawIsComplete_ = false;
    total_.append(chunk);
    buckets_[bucketOf(chunk.firstStep)].append(chunk);
}

void SeriesReduction::addPoints(SeriesData& points) {
    const std::size_t n = points.size();
    std::size_t i = 0;
    while (i < n) {
        const std::size_t index = bucketOf(points.steps[i]);
        SeriesStats part;
        for (; i < n && bucketOf(points.steps[i]) == index; ++i)
            part.add(points.steps[i], points.values[i]);
        buckets_[index].append(part);
        total_.append(part);
    }
    if (rawIsComplete_) {
        raw_.steps.insert(raw_.steps.end(), points.steps.begin(), points.steps.end());
        raw_.values.insert(raw_.values.end(), points.values.begin(), points.values.end());
        rawIsComplete_ = raw_.steps.size() <= 2 * buckets_.size();
    }
    gaps_.insert(gaps_.end(), points.gaps.begin(), points.gaps.end());
    // Keeps the memory for the next chunk.
    points.steps.clear();
    points.values.clear();
    points.wallMs.clear();
    points.gaps.clear();
}

ReducedSeries SeriesReduction::finish() {
    if (rawIsComplete_) {
        raw_.isRaw = true;
        raw_.count = total_.count;
        raw_.gaps = std::move(gaps_);
        return std::move(raw_);
    }
    ReducedSeries view;
    view.count = total_.count;
    view.gaps = std::move(gaps_);
    const auto append = [&view](std::int64_t step, double value) {
        if (!view.steps.empty() && view.steps.back() == step)
            return;
        view.steps.push_back(step);
        view.values.push_back(value);
    };
    append(total_.firstStep, total_.firstValue);
    for (const SeriesStats& bucket : buckets_) {
        struct Point {
            std::int64_t step;
            double value;
        };
        std::array<Point, 3> points;
        std::size_t n = 0;
        if (bucket.minimum) {
            points[n++] = {bucket.minimumStep, *bucket.minimum};
            points[n++] = {bucket.maximumStep, *bucket.maximum};
        }
        if (bucket.firstNonFiniteStep)
            points[n++] = {*bucket.firstNonFiniteStep, std::numeric_limits<double>::quiet_NaN()};
        const auto end = points.begin() + static_cast<std::ptrdiff_t>(n);
        std::sort(points.begin(), end,
                  [](const Point& a, const Point& b) { return a.step < b.step; });
        for (auto point = points.begin(); point != end; ++point)
            append(point->step, point->value);
    }
    append(total_.lastStep, total_.lastValue);
    return view;
}

} // namespace inlay::engine

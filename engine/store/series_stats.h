#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

namespace inlay::engine {

/// What a chunk header and the latest-value row say about points that come in order of step.
struct SeriesStats {
    std::int64_t count = 0;
    std::int64_t firstStep = 0;
    std::int64_t lastStep = 0;
    double firstValue = 0;
    double lastValue = 0;
    /// Of the finite values.
    std::optional<double> minimum;
    std::optional<double> maximum;
    std::int64_t minimumStep = 0;
    std::int64_t maximumStep = 0;
    std::optional<std::int64_t> firstNonFiniteStep;

    void add(std::int64_t step, double value) {
        if (count == 0) {
            firstStep = step;
            firstValue = value;
        }
        ++count;
        lastStep = step;
        lastValue = value;
        if (!std::isfinite(value)) {
            if (!firstNonFiniteStep)
                firstNonFiniteStep = step;
            return;
        }
        if (!minimum || value < *minimum) {
            minimum = value;
            minimumStep = step;
        }
        if (!maximum || value > *maximum) {
            maximum = value;
            maximumStep = step;
        }
    }

    /// Appends what follows these points.
    void append(const SeriesStats& later) {
        if (later.count == 0)
            return;
        if (count == 0) {
            *this = later;
            return;
        }
        count += later.count;
        lastStep = later.lastStep;
        lastValue = later.lastValue;
        if (!firstNonFiniteStep)
            firstNonFiniteStep = later.firstNonFiniteStep;
        if (later.minimum && (!minimum || *later.minimum < *minimum)) {
            minimum = later.minimum;
            minimumStep = later.minimumStep;
        }
        if (later.maximum && (!maximum || *later.maximum > *maximum)) {
            maximum = later.maximum;
            maximumStep = later.maximumStep;
        }
    }
};

} // namespace inlay::engine

#pragma once

#include <cstdint>

namespace inlay::engine {

enum class ScheduleKind { Constant, Step, Cosine, OneCycle };

struct ScheduleConfig {
    ScheduleKind kind = ScheduleKind::Cosine;
    double warmup = 0.05;       // share of all steps with a linearly rising rate
    double stepEvery = 0.3;     // step: share of all steps between drops
    double stepFactor = 0.1;    // step: factor at a drop
    double finalFraction = 0.0; // cosine: rate at the end as a share of the peak
    bool operator==(const ScheduleConfig&) const = default;
};

/// The rate at `step` of `totalSteps` (from 0) for a peak rate. Of the W = round(warmup *
/// totalSteps) first steps, step s has peak (s + 1) / W. Drops are counted from step 0; the cosine
/// spans the steps after the warm-up. One cycle (Smith and Topin 2017, in PyTorch's form) goes
/// along half cosines from peak / 25 at step 0 to the peak at step W - 1 and to peak / 250000 at
/// the last.
double scheduledRate(const ScheduleConfig& schedule, double peak, std::int64_t step,
                     std::int64_t totalSteps);

} // namespace inlay::engine

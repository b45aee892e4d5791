#pragma once

#include <cstdint>

namespace inlay::engine {

enum class ScheduleKind { Constant, Step, Cosine, OneCycle, Plateau };

struct ScheduleConfig {
    ScheduleKind kind = ScheduleKind::Cosine;
    double warmup = 0.05;       // share of all steps with a linearly rising rate
    double stepEvery = 0.3;     // step: share of all steps between drops
    double stepFactor = 0.1;    // step and plateau: factor at a drop
    std::int64_t patience = 3;  // plateau: epochs without a lower loss before a drop
    double finalFraction = 0.0; // cosine: rate at the end as a share of the peak
    bool operator==(const ScheduleConfig&) const = default;
};

/// The rate at `step` of `totalSteps` (from 0) for a peak rate. Of the W = round(warmup *
/// totalSteps) first steps, step s has peak (s + 1) / W. Drops are counted from step 0; the cosine
/// spans the steps after the warm-up. One cycle (Smith and Topin 2017, in PyTorch's form) goes
/// along half cosines from peak / 25 at step 0 to the peak at step W - 1 and to peak / 250000 at
/// the last. A plateau's drops depend on the losses: here it is constant after the warm-up, and
/// Plateau has the factor.
double scheduledRate(const ScheduleConfig& schedule, double peak, std::int64_t step,
                     std::int64_t totalSteps);

/// Watches the mean losses of epochs: a rate falls by a factor when they have stopped falling.
struct Plateau {
    double factor = 1;        // on the rate, after the drops so far
    double lowest = 0;        // mean loss of an epoch; of no meaning before the first
    std::int64_t epochs = 0;  // seen
    std::int64_t without = 0; // since the lowest, or since a drop

    /// True where the rate falls now: `patience` epochs in a row (0 = never) were no lower than
    /// the lowest before them.
    bool add(double loss, std::int64_t patience, double drop);
};

} // namespace inlay::engine

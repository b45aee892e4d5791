#include "engine/optimizers/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace inlay::engine {

namespace {

/// From `start` at 0 to `end` at 1 along half a cosine.
double halfCosine(double start, double end, double share) {
    return end + 0.5 * (start - end) * (1.0 + std::cos(std::numbers::pi * share));
}

// torch.optim.lr_scheduler.OneCycleLR with its defaults: the peak is at step W - 1.
double oneCycleRate(double warmup, double peak, double position, double total) {
    const double start = peak / 25.0;
    const double top = std::max(0.0, warmup * total - 1.0);
    if (position < top)
        return halfCosine(start, peak, position / top);
    return halfCosine(peak, start / 1e4,
                      std::clamp((position - top) / std::max(total - 1.0 - top, 1.0), 0.0, 1.0));
}

} // namespace

double scheduledRate(const ScheduleConfig& schedule, double peak, std::int64_t step,
                     std::int64_t totalSteps) {
    const auto total = static_cast<double>(std::max<std::int64_t>(totalSteps, 1));
    const auto position = static_cast<double>(step);
    if (schedule.kind == ScheduleKind::OneCycle)
        return oneCycleRate(schedule.warmup, peak, position, total);
    const double warmup = std::round(schedule.warmup * total);
    if (position < warmup)
        return peak * (position + 1.0) / warmup;
    switch (schedule.kind) {
    case ScheduleKind::Constant:
    case ScheduleKind::Plateau:
        return peak;
    case ScheduleKind::Step: {
        // The small term keeps a drop on its step where share * total is not exact.
        const double every = schedule.stepEvery * total;
        const double drops = every > 0.0 ? std::floor(position / every + 1e-9) : 0.0;
        return peak * std::pow(schedule.stepFactor, drops);
    }
    case ScheduleKind::OneCycle:
        break; // above
    case ScheduleKind::Cosine: {
        const double progress =
            std::clamp((position - warmup) / std::max(total - warmup, 1.0), 0.0, 1.0);
        const double wave = 0.5 * (1.0 + std::cos(std::numbers::pi * progress));
        return peak * (schedule.finalFraction + (1.0 - schedule.finalFraction) * wave);
    }
    }
    return peak;
}

bool Plateau::add(double loss, std::int64_t patience, double drop) {
    if (epochs++ == 0 || loss < lowest) {
        lowest = loss;
        without = 0;
        return false;
    }
    if (patience == 0 || ++without < patience)
        return false;
    without = 0;
    factor *= drop;
    return true;
}

} // namespace inlay::engine

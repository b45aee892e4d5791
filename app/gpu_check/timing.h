#pragma once

#include <functional>
#include <vector>

#include "kernels/backend.h"

namespace inlay::app {

/// Seconds of one call in each of several repeats, in increasing order.
struct Timing {
    std::vector<double> seconds;
    int calls = 0; // in one repeat

    double median() const { return seconds[seconds.size() / 2]; }
    double least() const { return seconds.front(); }
    double most() const { return seconds.back(); }
};

struct TimingEffort {
    int repeats = 5;
    double secondsPerRepeat = 0.03;
    int mostCalls = 2000;
};

/// Times calls that enqueue work by the marks of the backend, in turns (first, second, …, first,
/// …), so that a change of the machine's speed falls on all alike. Each is warmed up first.
std::vector<Timing> timeInTurns(kernels::Backend& backend,
                                const std::vector<std::function<void()>>& calls,
                                const TimingEffort& effort = {});

} // namespace inlay::app

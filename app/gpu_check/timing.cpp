#include "app/gpu_check/timing.h"

#include <algorithm>

namespace inlay::app {
namespace {

double secondsOf(kernels::Backend& backend, const std::function<void()>& call, int calls) {
    const std::int64_t begin = backend.mark();
    for (int i = 0; i < calls; ++i)
        call();
    const std::int64_t end = backend.mark();
    return backend.elapsed(begin, end) / calls;
}

} // namespace

std::vector<Timing> timeInTurns(kernels::Backend& backend,
                                const std::vector<std::function<void()>>& calls,
                                const TimingEffort& effort) {
    std::vector<Timing> timings(calls.size());
    for (std::size_t c = 0; c < calls.size(); ++c) {
        // Kernels are loaded and buffers made in the first call; the second tells how long it
        // takes.
        calls[c]();
        backend.synchronize();
        const double once = std::max(secondsOf(backend, calls[c], 2), 1e-9);
        const double wanted = std::min(effort.secondsPerRepeat / once, 1e6);
        timings[c].calls = std::clamp(static_cast<int>(wanted), 1, effort.mostCalls);
    }
    for (int repeat = 0; repeat < effort.repeats; ++repeat)
        for (std::size_t c = 0; c < calls.size(); ++c)
            timings[c].seconds.push_back(secondsOf(backend, calls[c], timings[c].calls));
    for (Timing& timing : timings)
        std::sort(timing.seconds.begin(), timing.seconds.end());
    return timings;
}

} // namespace inlay::app

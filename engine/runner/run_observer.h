#pragma once

#include <cstdint>
#include <string>

#include "engine/store/run_record.h"

namespace inlay::engine {

struct ProgressReport {
    RunId run = 0;
    std::int64_t step = 0;
    std::int64_t totalSteps = 0;
    std::int64_t ms = 0;    // wall clock, milliseconds since the epoch
    double etaSeconds = -1; // -1: not known yet
};

/// Who watches a run in its own process: the command line. Called on the experiment's thread.
class RunObserver {
public:
    virtual ~RunObserver() = default;
    /// A step has ended; at most ten times a second.
    virtual void onProgress(const ProgressReport&) {}
    /// The newest point of a series since the last call for it; at most ten times a second each.
    virtual void onMetric(RunId, const std::string& /*series*/, std::int64_t /*step*/,
                          double /*value*/) {}
    virtual void onEvent(RunId, EventLevel, const std::string& /*text*/) {}
};

} // namespace inlay::engine

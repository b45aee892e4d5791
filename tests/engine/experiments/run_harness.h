#pragma once

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "engine/runner/executor.h"
#include "engine/runner/run_observer.h"
#include "engine/store/run_store.h"
#include "engine/store/series_reader.h"

/// What tests of whole runs have in common.
namespace run_tests {

using namespace inlay::engine;

/// Makes a run fail in its middle: it is held at every step, so that each one is reported.
class Interrupter final : public RunObserver {
public:
    explicit Interrupter(std::int64_t step)
        : step_(step) {}
    void onProgress(const ProgressReport& report) override {
        if (report.step >= step_)
            throw std::runtime_error("interrupted by the test");
        std::this_thread::sleep_for(std::chrono::milliseconds(110));
    }

private:
    std::int64_t step_;
};

/// -1 where there is none of this name.
inline double metric(const Metrics& metrics, const std::string& name) {
    const auto found = std::find_if(metrics.begin(), metrics.end(),
                                    [&](const auto& one) { return one.first == name; });
    return found == metrics.end() ? -1 : found->second;
}

inline Metrics withoutTimes(Metrics metrics) {
    std::erase_if(metrics, [](const auto& one) { return one.first.starts_with("time/"); });
    return metrics;
}

inline SeriesData series(RunStore& store, RunId run, const std::string& name) {
    SeriesReader reader(store);
    const auto info = reader.find(run, name);
    return info ? reader.read(info->id) : SeriesData{};
}

/// On one thread of the cpu.
inline RunId insertRun(RunStore& store, const char* kind, const Json& config) {
    NewRun run;
    run.name = kind;
    run.kind = kind;
    run.config = config;
    run.device = "cpu";
    run.threads = 1;
    run.seed = 1;
    run.status = RunStatus::Running;
    run.process = ProcessIdentity::current();
    return store.insertRun(run);
}

} // namespace run_tests

#pragma once

#include <optional>

#include "engine/analysis/machine_profile.h"
#include "engine/experiments/bench/bench_cases.h"
#include "engine/experiments/bench/layer_timer.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::bench {

/// One run: times every case, then looks for break-even sizes.
class BenchSession {
public:
    BenchSession(BenchConfig config, RunContext& context);

    /// Stopped as soon as a stop is wanted; what was measured is kept.
    RunOutcome run();

private:
    bool measure(const BenchCase& shape, Pass pass, std::int64_t repeats, double* speedup);
    void recordPictures();
    bool searchLayer(const BenchLayer& layer);
    std::int64_t nextSearchSize(const BenchLayer& layer, std::int64_t size) const;

    BenchConfig config_;
    RunContext& context_;
    std::optional<MachineProfile> profile_;
    std::int64_t rows_ = 0;
    std::int64_t step_ = 0;
    std::int64_t steps_ = 0;
};

} // namespace inlay::engine::bench

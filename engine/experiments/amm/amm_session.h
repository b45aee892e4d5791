#pragma once

#include <optional>
#include <vector>

#include "engine/experiments/amm/amm_config.h"
#include "engine/experiments/amm/triple_fit.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::amm {

/// The starts a configuration asks for.
std::vector<Start> startsOf(const AmmConfig& config);

/// One run: for every rank and start all replicates side by side, so that their median moves live.
class AmmSession {
public:
    AmmSession(AmmConfig config, RunContext& context);

    /// Stopped as soon as a stop is wanted.
    RunOutcome run();

private:
    bool fit(Start start, std::int64_t rank);
    /// Leaves the best triple of a rank as an artifact that layers can begin with.
    void saveBest(std::int64_t rank);
    void recordTriple(Start start, std::int64_t rank, const StlTriple& triple);
    void recordReferences();

    AmmConfig config_;
    RunContext& context_;
    std::int64_t done_ = 0;
    std::int64_t total_ = 0;
    std::int64_t row_ = 0;
    /// Of the rank at hand, over its starts so far.
    struct Best {
        Start start = Start::Theory;
        StlTriple triple;
        double error = 0;
        double largest = 0;
    };
    std::optional<Best> best_;
    std::int64_t saved_ = 0;
};

} // namespace inlay::engine::amm

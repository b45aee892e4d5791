#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/json.h"

namespace inlay::engine::autoencoder {

/// What is known of one rank before it is trained, and after.
struct RankCase {
    std::int64_t rank = 0;
    std::int64_t kept = 0;
    std::int64_t liveWeights = 0;
    double delta = 0;      // PCA
    double bound = 0;      // (1 + epsilon) delta
    double closedForm = 0; // FJLT + PCA: the optimum with the butterfly as drawn
    double phase1 = -1;    // at its end; -1: not yet
    double phase2 = -1;
    double best = -1; // least recorded loss of phase 2, its start included
    double together = -1;
    double togetherBest = -1;

    Json toJson() const;
    static RankCase fromJson(const Json& json);
};

/// Where a run is: which rank, which arm (0: two phases, 1: everything together), which step of it.
struct AutoencoderState {
    std::vector<RankCase> cases; // the last one is being trained
    std::int64_t arm = 0;
    std::int64_t local = 0;

    Json toJson() const;
    static AutoencoderState fromJson(const Json& json);
};

} // namespace inlay::engine::autoencoder

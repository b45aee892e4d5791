#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/store/run_record.h"
#include "widgets/plots/plot_data.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

/// One rank of a run of the kind autoencoder. Losses are shares of ||X||^2; steps count from the
/// beginning of each training.
struct AutoencoderFit {
    std::int64_t rank = 0;
    std::int64_t kept = 0;
    std::int64_t liveWeights = 0;
    std::int64_t encoderNumbers = 0;
    std::int64_t denseEncoderNumbers = 0;
    double pca = 0;
    double bound = 0;
    double fixed = 0;           // the butterfly as drawn, with PCA
    std::vector<double> levels; // critical ones
    Points twoPhase;
    Points together;
    std::optional<double> phase1;
    std::optional<double> phase2;
    std::optional<double> togetherEnd;
};

struct AutoencoderFits {
    std::vector<AutoencoderFit> fits; // in the order of the run
    std::int64_t phase1Steps = 0;
    double energy = 0;
    /// The butterfly starts as an FJLT; and it keeps as many outputs as (1 + epsilon) PCA needs.
    bool fjlt = true;
    bool bounded = true;

    AutoencoderFit* find(std::int64_t rank);
};

/// What a run of kind autoencoder has recorded so far.
AutoencoderFits readAutoencoderFits(engine::RunStore& store, engine::RunId run);

} // namespace inlay::widgets

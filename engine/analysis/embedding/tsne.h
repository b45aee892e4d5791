#pragma once

#include <cstdint>
#include <optional>

#include "engine/analysis/embedding/layout.h"
#include "engine/analysis/embedding/layout_state.h"

namespace inlay::engine {

/// How the repulsion of all pairs is summed.
enum class TsneMethod {
    Auto,  // exact up to kTsneExactPoints and in three dimensions, the grid above
    Exact, // every pair
    Grid,  // interpolated on a grid and convolved by FFT; two dimensions only
};

inline constexpr std::int64_t kTsneExactPoints = 10'000;

/// t-distributed stochastic neighbor embedding (van der Maaten, Hinton 2008); the defaults are
/// those of scikit-learn's TSNE.
struct TsneOptions {
    std::int64_t dimension = 2; // 2 or 3
    double perplexity = 30;
    std::int64_t iterations = 1000;
    std::int64_t exaggeratedIterations = 250;
    double exaggeration = 12;
    double learningRate =
        0; // 0 = max(n / exaggeration / 4, 50), for the gradient with its factor 4
    double startMomentum = 0.5; // while exaggerated
    double momentum = 0.8;
    TsneMethod method = TsneMethod::Auto;
    std::uint64_t seed = 1; // moves duplicates apart; the start is otherwise PCA's
    /// Start, count x dimension; empty: principal components scaled to a standard deviation of
    /// 1e-4.
    std::vector<float> start = {};
    LayoutKeeper keeper = {};
    /// Goes on from here: a state of the same points and options, 3 x count x dimension numbers.
    std::optional<LayoutState> from = {};
};

/// Layout::cost is the Kullback-Leibler divergence, in nats. A perplexity that the points do not
/// allow is reduced with a note; points of no more than `dimension` dimensions are shown as they
/// are. Throws Error for fewer than 4 points and for the grid in three dimensions. The same bits
/// for any thread count.
Layout tsneLayout(PointsView points, const TsneOptions& options, const LayoutObserver& observer);

} // namespace inlay::engine

#include "engine/experiments/graph_clustering/convex_program.h"

#include <algorithm>
#include <cmath>

#include "engine/base/clock.h"

namespace inlay::engine::graph_clustering {
namespace {

/// The penalty is adapted every so many iterations, up to the last of them.
constexpr std::int64_t kAdaptEvery = 10;
constexpr std::int64_t kAdaptUntil = 150;
/// A rank above n/10 after so many iterations means noise.
constexpr std::int64_t kNoiseAfter = 20;
/// Residuals of the eigenpairs are never asked to be looser than a tenth of this.
constexpr double kLoosest = 0.1;
/// Above so many tolerances a decomposition has few products: more while the rank rises and may
/// turn out to be noise, less on the long way down, where each one starts from the one before.
constexpr double kFarFromDone = 4;
constexpr int kFewRising = 4;
constexpr int kFewFalling = 3;
constexpr std::int64_t kRising = 25;
/// Afterwards steps are longer than the plain ones.
constexpr float kRelaxation = 1.6f;
/// The dual is not yet built up in the first iterations, and part of the noise lies above the
/// threshold for a while. Those steps keep the largest pairs only; none of them can be the last.
constexpr std::int64_t kFirstRanks = 32;

/// Turns eigenvalues of the target into those of K: soft-thresholded by 1/rho.
void softThreshold(EigenPairs& pairs, double threshold) {
    for (double& value : pairs.values)
        value = std::copysign(std::max(0.0, std::abs(value) - threshold), value);
}

} // namespace

ConvexProgram::ConvexProgram(const DenseGraph& graph)
    : graph_(&graph)
    , state_(graph)
    , eigen_(graph.nodes())
    // Above the norm of the noise, about 2 sqrt(n q (1-q)), so that the first rank is small.
    , inverseRho_(0.1 * static_cast<double>(graph.nodes())) {}

SolveReport ConvexProgram::solve(const ProgramWeights& weights, const SolverOptions& options,
                                 const IterationObserver& observer) {
    const double start = monotonicSeconds();
    const std::int64_t n = graph_->nodes();
    // Y is bounded by the weights, so it shrinks with them.
    if (!fresh_ && weights.missedEdge != weights_.missedEdge)
        state_.rescaleDual(weights.missedEdge / weights_.missedEdge);
    fresh_ = false;
    weights_ = weights;

    SolveReport report;
    SolverIteration& now = report.last;
    now.primal = 1;
    for (std::int64_t iteration = 1;; ++iteration) {
        const double began = monotonicSeconds();
        EigenRequest request;
        request.threshold = inverseRho_;
        // As exact as the iterates deserve: within a tenth of the residual they have.
        request.residual = 0.1 * std::max(options.tolerance, std::min(now.primal, kLoosest));
        // Early iterates move on anyway; they do not wait for pairs near the threshold.
        if (now.primal > kFarFromDone * options.tolerance)
            request.mostProducts = iteration <= kRising ? kFewRising : kFewFalling;
        request.method = options.eigen;
        const bool late = iteration >= kNoiseAfter;
        request.mostPairs = std::max(kFirstRanks, late ? n / 10 : 0);
        lowRank_ = eigen_.solve(state_.spectralTarget(), request);
        now.iteration = iteration;
        now.inverseRho = inverseRho_;
        now.products = lowRank_.products;
        now.rank = static_cast<std::int64_t>(lowRank_.values.size());
        now.eigenvalues = lowRank_.values;
        now.eigenvalues.insert(now.eigenvalues.end(), lowRank_.below.begin(), lowRank_.below.end());
        softThreshold(lowRank_, inverseRho_);
        const EntrySums sums = state_.step(lowRank_,
                                           {static_cast<float>(weights.missedEdge * inverseRho_),
                                            static_cast<float>(weights.absentEdge * inverseRho_)},
                                           iteration <= kRising ? 1.0f : kRelaxation);
        const double normOfK = std::sqrt(sums.k);
        now.primal = std::sqrt(sums.gap) / std::max({normOfK, std::sqrt(sums.z), 1.0});
        now.dual = std::sqrt(sums.change) / std::max(std::sqrt(sums.dual), 1e-30);
        now.seconds = monotonicSeconds() - began;
        if (sums.change == 0 && sums.dual == 0)
            now.dual = 0;

        const bool noise = late && (lowRank_.truncated || now.rank > request.mostPairs);
        const bool converged =
            !lowRank_.truncated && now.primal < options.tolerance && now.dual < options.tolerance;
        const bool goOn = !observer || observer(now);
        if (converged || noise || !goOn || iteration >= options.maxIterations) {
            report.end = converged ? SolveEnd::Converged
                         : noise   ? SolveEnd::Noise
                         : !goOn   ? SolveEnd::Stopped
                                   : SolveEnd::IterationLimit;
            break;
        }
        if (iteration % kAdaptEvery == 0 && iteration <= kAdaptUntil) {
            // rho doubles when the primal residual lags behind, halves when the dual one does.
            const double factor = now.primal > 5 * now.dual   ? 2
                                  : now.dual > 5 * now.primal ? 0.5
                                                              : 1;
            if (factor != 1) {
                inverseRho_ /= factor;
                state_.rescaleDual(1 / factor);
            }
        }
    }
    report.seconds = monotonicSeconds() - start;
    double traceNorm = 0;
    for (const double value : lowRank_.values)
        traceNorm += std::abs(value);
    report.objective = traceNorm + state_.entryCost(weights);
    return report;
}

} // namespace inlay::engine::graph_clustering

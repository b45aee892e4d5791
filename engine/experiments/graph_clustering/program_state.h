#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/experiments/graph_clustering/dense_graph.h"
#include "engine/experiments/graph_clustering/partial_eigen.h"
#include "engine/experiments/graph_clustering/predictor.h"
#include "kernels/backend.h"

namespace inlay::engine::graph_clustering {

/// Weights divided by the penalty rho, as the entrywise step wants them.
struct EntryThresholds {
    float edge = 0;   // c1 / rho
    float absent = 0; // c2 / rho
};

/// Sums of squares over all entries after an entrywise step.
struct EntrySums {
    double gap = 0;    // (K - Z)²
    double change = 0; // (Z - Z before)²
    double k = 0;
    double z = 0;
    double dual = 0; // (Y/rho)²
};

/// The entries of the two-block ADMM. With U = Y/rho the step is T = K + U, Z = prox(T), U = T - Z,
/// and the next matrix to decompose is Z - U: so T alone says everything, and the state is two
/// matrices of n² floats.
///
/// prox: the entry's objective is W |A - z| on [0, 1]; its exact minimizer beside T is
/// clamp(T + c1/rho, 0, 1) where A = 1 and clamp(T - c2/rho, 0, 1) where A = 0.
class ProgramState {
public:
    /// Z = A, Y = 0. The graph is used, not copied.
    explicit ProgramState(const DenseGraph& graph);

    std::int64_t nodes() const { return nodes_; }
    /// Z - Y/rho, the matrix whose eigenvalues are soft-thresholded; nodes² floats.
    const float* spectralTarget() const { return target_.data(); }

    /// One entrywise step with K = sum of values[i] v_i v_iᵀ (values already soft-thresholded).
    /// With a relaxation of 1 to 2, relaxation K + (1 - relaxation) Z takes the place of K (Boyd et
    /// al., "Distributed optimization by ADMM", 3.4.3); the gap is that of K itself.
    EntrySums step(const EigenPairs& low, const EntryThresholds& thresholds, float relaxation = 1);
    /// Y/rho is multiplied by `factor` from here on, as rho and the weights are changed.
    void rescaleDual(double factor);

    /// Row i of Z, nodes floats.
    void solutionRow(std::int64_t i, float* row) const;
    /// Row i of Y/rho.
    void dualRow(std::int64_t i, float* row) const;
    /// sum of W |A - Z| over all entries for the given weights.
    double entryCost(const ProgramWeights& weights) const;

private:
    void rebuildTarget();

    const DenseGraph* graph_;
    std::int64_t nodes_;
    std::unique_ptr<kernels::Backend> backend_;
    std::vector<float> sum_;    // T
    std::vector<float> target_; // Z - U
    EntryThresholds thresholds_;
    float dualFactor_ = 1;
};

} // namespace inlay::engine::graph_clustering

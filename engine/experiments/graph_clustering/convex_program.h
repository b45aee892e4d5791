#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/experiments/graph_clustering/program_state.h"

namespace inlay::engine::graph_clustering {

struct SolverOptions {
    double tolerance = 1e-3;
    std::int64_t maxIterations = 300;
    EigenMethod eigen = EigenMethod::Auto;
};

/// One iteration, for whoever watches.
struct SolverIteration {
    std::int64_t iteration = 0; // from 1
    double primal = 0;          // ||K-Z|| / max(||K||, ||Z||, 1)
    double dual = 0;            // rho ||Z - Z before|| / ||Y||
    double inverseRho = 0;      // the threshold of the eigenvalues
    std::int64_t rank = 0;
    int products = 0; // of the matrix with a block of vectors
    double seconds = 0;
    /// Eigenvalues of Z - Y/rho, those above the threshold first.
    std::vector<double> eigenvalues;
};

enum class SolveEnd {
    Converged,
    IterationLimit,
    /// The rank stayed above a tenth of the nodes: noise is taken for structure.
    Noise,
    Stopped // by the observer
};

struct SolveReport {
    SolveEnd end = SolveEnd::Converged;
    SolverIteration last;
    double objective = 0; // ||K||_* + sum W |A - Z|
    double seconds = 0;
};

/// False ends the solve.
using IterationObserver = std::function<bool(const SolverIteration&)>;

/// The program  min ||K||_* + sum W |A - Z|, 0 <= Z <= 1, K = Z  by two-block ADMM. Weights may be
/// changed between solves; the next one starts from where the last one ended.
class ConvexProgram {
public:
    /// The graph must outlive the program.
    explicit ConvexProgram(const DenseGraph& graph);

    SolveReport solve(const ProgramWeights& weights, const SolverOptions& options,
                      const IterationObserver& observer);

    const ProgramState& state() const { return state_; }
    /// K of the last iteration as factors.
    const EigenPairs& lowRank() const { return lowRank_; }
    double inverseRho() const { return inverseRho_; }

private:
    const DenseGraph* graph_;
    ProgramState state_;
    PartialEigensolver eigen_;
    EigenPairs lowRank_;
    ProgramWeights weights_;
    double inverseRho_;
    bool fresh_ = true;
};

} // namespace inlay::engine::graph_clustering

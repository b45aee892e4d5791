#pragma once

#include <cstdint>
#include <vector>

#include "engine/experiments/graph_clustering/graph_source.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_context.h"

namespace inlay::engine::graph_clustering {

/// One run: loads the graph, recovers its clusters while recording every iteration and round, then
/// compares with the truth and the baselines.
class GraphClusteringSession final : private RecoveryObserver {
public:
    GraphClusteringSession(const GraphClusteringConfig& config, RunContext& context);
    RunOutcome run();

private:
    void solveBegins(const SolveRecord& record, const DenseGraph& graph,
                     const std::vector<std::int32_t>& members) override;
    bool iterated(const SolverIteration& iteration, const ConvexProgram& program) override;
    void solveEnded(const SolveRecord& record, const ConvexProgram& program,
                    const std::vector<std::int32_t>& members, const RecoveryState& state) override;
    void note(const std::string& sentence) override;
    void warning(const std::string& sentence) override;

    void restore();
    void checkpoint(const RecoveryState& state);
    void recordSolution(const ConvexProgram& program);
    void recordMatrices(const RecoveryState& state);
    void finish(const RecoveryOutcome& outcome);
    void writeArtifacts(const RecoveryOutcome& outcome);

    GraphClusteringConfig config_;
    RunContext& context_;
    SourceGraph source_;
    RecoverySettings settings_;
    PairOracle oracle_;
    RecoveryState state_;

    std::int64_t step_ = 0;
    double spentSeconds_ = 0; // of earlier attempts
    double startSeconds_ = 0;
    std::int64_t rows_ = 0;
    double lastFrame_ = 0;
    double firstS0_ = 0;
    double firstNoise_ = 0;
    std::vector<double> solveSeconds_;
    std::vector<std::int32_t> members_;
    std::vector<std::int32_t> order_; // of the members, for frames
};

} // namespace inlay::engine::graph_clustering

#include "engine/experiments/graph_clustering/graph_clustering_session.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/experiments/graph_clustering/comparison.h"
#include "engine/experiments/graph_clustering/frames.h"
#include "engine/experiments/graph_clustering/recovery_labels.h"
#include "engine/experiments/graph_clustering/recovery_state.h"
#include "engine/interop/partition_export.h"

namespace inlay::engine::graph_clustering {
namespace {

/// Of the frames of one solve; the recorder allows four a second.
constexpr double kFrameEverySeconds = 0.5;
/// Iterations of a typical solve, for the time left.
constexpr std::int64_t kTypicalIterations = 20;

std::string sizesText(const std::vector<NodeSet>& sets) {
    std::vector<std::size_t> sizes;
    for (const NodeSet& set : sets)
        sizes.push_back(set.size());
    return fmt::format("{}", fmt::join(sizes, ", "));
}

/// Of each of the members: its cluster among those found, else its block of the solution.
std::vector<std::int32_t> labelsAmong(const std::vector<std::int32_t>& members,
                                      const SolveRecord& record) {
    if (record.found.empty())
        return labelsOf(static_cast<std::int64_t>(members.size()), record.rounding.blocks);
    std::vector<NodeSet> found;
    for (const NodeSet& nodes : record.found) {
        NodeSet& places = found.emplace_back();
        for (const std::int32_t node : nodes) // both increase
            places.push_back(static_cast<std::int32_t>(
                std::lower_bound(members.begin(), members.end(), node) - members.begin()));
    }
    return labelsOf(static_cast<std::int64_t>(members.size()), found);
}

} // namespace

GraphClusteringSession::GraphClusteringSession(const GraphClusteringConfig& config,
                                               RunContext& context)
    : config_(config)
    , context_(context)
    , source_(loadGraph(config.graph, context.seed()))
    , settings_(recoverySettings(config))
    , oracle_(source_.graph, source_.unknown,
              RandomStream(context.seed(), "graph_clustering.pairs")) {}

RunOutcome GraphClusteringSession::run() {
    for (const std::string& sentence : source_.notes)
        context_.event(EventLevel::Info, sentence);
    restore();
    startSeconds_ = monotonicSeconds();
    if (state_.solves == 0)
        recordMatrices(state_);
    const RecoveryOutcome outcome = recover(oracle_, settings_, state_, *this);
    // The round that was cut short is done again after the checkpoint of the one before.
    if (outcome.end == RecoveryEnd::Stopped)
        return {RunEnd::Stopped, {}};
    if (!outcome.sentence.empty())
        context_.event(outcome.state.clusters.empty() ? EventLevel::Warning : EventLevel::Info,
                       outcome.sentence);
    finish(outcome);
    return {RunEnd::Finished, {}};
}

void GraphClusteringSession::restore() {
    if (!context_.restore())
        return;
    const SavedRecovery saved = readRecovery(context_.restore()->path, oracle_.nodes());
    state_ = saved.state;
    step_ = saved.step;
    rows_ = saved.state.solves;
    spentSeconds_ = saved.seconds;
    firstS0_ = saved.firstS0;
    firstNoise_ = saved.firstNoise;
}

void GraphClusteringSession::checkpoint(const RecoveryState& state) {
    const SavedRecovery saved{state, step_, spentSeconds_ + monotonicSeconds() - startSeconds_,
                              firstS0_, firstNoise_};
    context_.checkpoint(step_, [&](const std::string& path) { writeRecovery(path, saved); });
}

void GraphClusteringSession::solveBegins(const SolveRecord& record, const DenseGraph&,
                                         const std::vector<std::int32_t>& members) {
    if (record.solve == 1) {
        firstS0_ = record.s0;
        firstNoise_ = record.noise;
    }
    members_ = members;
    std::vector<std::int32_t> truth;
    for (const std::int32_t node : members)
        truth.push_back(source_.truth.empty() ? 0 : source_.truth[static_cast<std::size_t>(node)]);
    order_ = foundOrder(std::vector<std::int32_t>(members.size(), 0), truth);
    RunRecorder& recorder = context_.recorder();
    recorder.record("recovery/nodes_left", step_, static_cast<double>(members.size()));
    recorder.record("recovery/kappa", step_, record.setting.kappa);
    recorder.record("recovery/rate", step_, record.rate);
    recorder.record("recovery/queries", step_, static_cast<double>(record.queries));
}

bool GraphClusteringSession::iterated(const SolverIteration& iteration,
                                      const ConvexProgram& program) {
    RunRecorder& recorder = context_.recorder();
    recorder.record("solver/primal", step_, iteration.primal);
    recorder.record("solver/dual", step_, iteration.dual);
    recorder.record("solver/rank", step_, static_cast<double>(iteration.rank));
    recorder.record("solver/threshold", step_, iteration.inverseRho);
    recorder.record("time/iteration_seconds", step_, iteration.seconds);
    const double now = monotonicSeconds();
    if (now - lastFrame_ >= kFrameEverySeconds) {
        lastFrame_ = now;
        recordSolution(program);
    }
    ++step_;
    context_.progress(step_,
                      step_ + std::max<std::int64_t>(1, kTypicalIterations - iteration.iteration));
    return context_.proceed();
}

void GraphClusteringSession::recordSolution(const ConvexProgram& program) {
    RunRecorder& recorder = context_.recorder();
    const ProgramState& state = program.state();
    recorder.frame(reducedMatrix("solution", step_, state.nodes(), order_,
                                 [&](std::int64_t i, float* row) { state.solutionRow(i, row); }));
}

void GraphClusteringSession::recordMatrices(const RecoveryState& state) {
    const std::int64_t n = oracle_.nodes();
    if (n == 0)
        return;
    const std::vector<std::int32_t> order = foundOrder(labelsOf(n, state.clusters), source_.truth);
    context_.recorder().frame(
        reducedMatrix("adjacency", step_, n, order, [&](std::int64_t i, float* row) {
            std::copy_n(source_.graph.row(i), n, row);
        }));
}

void GraphClusteringSession::solveEnded(const SolveRecord& record, const ConvexProgram& program,
                                        const std::vector<std::int32_t>& members,
                                        const RecoveryState& state) {
    RunRecorder& recorder = context_.recorder();
    const std::int64_t last = step_ - 1;
    solveSeconds_.push_back(record.report.seconds);
    // In found order, so that a clean solution shows its blocks.
    std::vector<std::int32_t> truth;
    for (const std::int32_t node : members)
        truth.push_back(source_.truth.empty() ? 0 : source_.truth[static_cast<std::size_t>(node)]);
    order_ = foundOrder(labelsAmong(members, record), truth);
    FrameRecord eigenvalues = floatFrame(
        "eigenvalues", last, {static_cast<std::int64_t>(record.report.last.eigenvalues.size())},
        record.report.last.eigenvalues);
    recorder.frame(std::move(eigenvalues));
    const ProgramState& solution = program.state();
    recorder.frame(
        reducedMatrix("solution", last, solution.nodes(), order_,
                      [&](std::int64_t i, float* row) { solution.solutionRow(i, row); }));
    if (source_.truthClusters() > 0 && source_.truthClusters() <= 64) {
        const std::vector<double> means = blockMeans(solution, truth, source_.truthClusters());
        recorder.frame(floatFrame("block_means", last,
                                  {source_.truthClusters(), source_.truthClusters()}, means));
    }
    recorder.record("recovery/clusters", last, static_cast<double>(state.clusters.size()));
    recorder.resultRow("rounds", rows_++,
                       {{"solve", record.solve},
                        {"round", record.round},
                        {"kappa", record.setting.kappa},
                        {"rate", record.rate},
                        {"nodes", record.setting.nodes},
                        {"s0", jsonNumber(record.s0)},
                        {"noise", jsonNumber(record.noise)},
                        {"t", record.setting.threshold},
                        {"iterations", record.report.last.iteration},
                        {"rank", record.report.last.rank},
                        {"primal", record.report.last.primal},
                        {"dual", record.report.last.dual},
                        {"found", sizesText(record.found)},
                        {"clean", !record.found.empty()},
                        {"seconds", record.report.seconds},
                        {"queries", record.queries},
                        {"step", last}});
    if (!record.found.empty()) {
        recordMatrices(state);
        context_.event(EventLevel::Info,
                       fmt::format("Round {}: kappa {:.3g}, rate {:.3g}, {} nodes: found {}.",
                                   record.round, record.setting.kappa, record.rate,
                                   record.setting.nodes, sizesText(record.found)));
    }
    // Nothing warm is carried over the end of a round, so a resumed run repeats it bit for bit.
    if (!record.found.empty())
        checkpoint(state);
}

void GraphClusteringSession::note(const std::string& sentence) {
    context_.event(EventLevel::Info, sentence);
}

void GraphClusteringSession::warning(const std::string& sentence) {
    context_.event(EventLevel::Warning, sentence);
}

void GraphClusteringSession::finish(const RecoveryOutcome& outcome) {
    RunRecorder& recorder = context_.recorder();
    const RecoveryState& state = outcome.state;
    const std::int64_t n = oracle_.nodes();
    recorder.metric("time/recovery_seconds", spentSeconds_ + monotonicSeconds() - startSeconds_);
    if (!solveSeconds_.empty()) {
        auto middle = solveSeconds_.begin() + static_cast<long>(solveSeconds_.size() / 2);
        std::nth_element(solveSeconds_.begin(), middle, solveSeconds_.end());
        recorder.metric("time/solve_seconds", *middle);
    }
    recorder.record("recovery/nodes_left", step_, static_cast<double>(outcome.left.size()));
    recorder.record("recovery/queries", step_, static_cast<double>(state.queries));
    recordMatrices(state);
    const double pairs = static_cast<double>(n) * static_cast<double>(n - 1) / 2;
    recorder.metric("queries", static_cast<double>(state.queries));
    recorder.metric("queries_share", pairs > 0 ? static_cast<double>(state.queries) / pairs : 0);
    recorder.metric("solves", static_cast<double>(state.solves));
    recorder.metric("iterations", static_cast<double>(step_));
    recorder.metric("smallest_recoverable", firstS0_);
    recorder.metric("noise_number", firstNoise_);
    recordComparison(config_.compare, source_, oracle_, outcome,
                     RandomStream(context_.seed(), "graph_clustering.baselines"), context_);
    writeArtifacts(outcome);
}

void GraphClusteringSession::writeArtifacts(const RecoveryOutcome& outcome) {
    const std::vector<std::int32_t> labels = labelsOf(oracle_.nodes(), outcome.state.clusters);
    std::vector<std::string> truth;
    for (const std::int32_t label : source_.truth)
        truth.push_back(source_.truthNames[static_cast<std::size_t>(label)]);
    context_.artifact("partition.csv", "text/csv", step_, [&](const std::string& path) {
        writePartitionCsv(path, source_.labels, labels, truth);
    });
    context_.artifact("partition.gml", "text/plain", step_, [&](const std::string& path) {
        writePartitionGml(path, source_.labels, source_.edges, labels, truth);
    });
}

} // namespace inlay::engine::graph_clustering

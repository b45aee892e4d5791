#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/experiments/graph_clustering/convex_program.h"
#include "engine/experiments/graph_clustering/pair_oracle.h"
#include "engine/experiments/graph_clustering/rate_estimate.h"
#include "engine/experiments/graph_clustering/rounding.h"

namespace inlay::engine::graph_clustering {

enum class Algorithm {
    Peel,       // RecoverBig, remove, repeat
    RecoverBig, // the first round only
    Single      // one solve at the first kappa, whatever comes of it
};

enum class Observation {
    Full,
    Fixed, // every pair with one probability
    Active // the rate rises until a cluster appears, for the nodes that are left only
};

/// How an active recovery chooses kappa at each rate.
enum class ActiveKappa {
    /// From the first kappa whose noise number is at most 1 down by the factor to the last
    /// with 1.2.
    Quiet,
    /// The start, as the paper has it.
    Fixed
};

/// What is taken from a solution.
enum class Acceptance {
    /// Each cluster that stands apart and is not too small for s0, whatever else the solution
    /// holds: the largest clusters are clean while smaller ones are of middle size.
    Each,
    /// Nothing, unless the whole solution is a partial clustering: the paper's condition, under
    /// which its Theorem 3 holds.
    Whole
};

/// What the density of answers changes in clusters that were found; not in the paper.
enum class CleanUp {
    Off,
    Density,   // when a cluster is found: members below (p+q)/2 leave, other nodes above it join
    Likelihood // that, and in the end nodes go where their answers are likeliest
};

struct RecoverySettings {
    Algorithm algorithm = Algorithm::Peel;
    Observation observation = Observation::Full;
    double rate = 1;         // Fixed
    double rateStep = 0.025; // Active
    ActiveKappa activeKappa = ActiveKappa::Quiet;
    Acceptance acceptance = Acceptance::Whole;
    std::int64_t queryBudget = 0;   // Active: pairs; 0 = all
    std::int64_t knownClusters = 0; // stop when so many are found; 0 = unknown
    /// p and q of a seen pair; absent: estimated from each matrix that is solved.
    std::optional<EdgeRates> rates;
    /// Replaces t of a seen pair; 0 = the formula.
    double threshold = 0;
    double b1 = 2;
    double kappaStart = 1;
    double kappaFactor = 1.1;
    double kappaMost = 0; // 0: until s0 reaches the number of nodes left
    double rounding = 0.5;
    std::int64_t smallestCluster = 2;
    CleanUp cleanUp = CleanUp::Off;
    SolverOptions solver;
};

/// What has been found by the end of a round. A recovery can start from one and then does what it
/// would have done without a pause, so this is what a checkpoint holds.
struct RecoveryState {
    std::vector<NodeSet> clusters; // nodes of the whole graph
    std::vector<std::int64_t> roundOf;
    std::vector<double> rateOf; // share of the pairs seen when it was found
    std::int64_t round = 0;     // rounds that found something
    std::int64_t solves = 0;
    double rate = 0;          // Active: reached so far
    std::int64_t queries = 0; // distinct pairs asked
    bool asked = false;       // Full, Fixed: the pairs are counted
};

/// One solve of the convex program, before and after.
struct SolveRecord {
    std::int64_t solve = 0; // from 1
    std::int64_t round = 0; // from 1
    ProgramSetting setting; // nodes, p, q, t, b1, kappa
    double rate = 1;
    double s0 = 0;
    double noise = 0;
    std::int64_t queries = 0;
    SolveReport report;
    Rounding rounding;          // blocks in the nodes of `members`
    std::vector<NodeSet> found; // accepted clusters, nodes of the whole graph
};

/// Watches a recovery; called on its thread.
class RecoveryObserver {
public:
    virtual ~RecoveryObserver() = default;
    /// `members` are the nodes of the matrix being solved, increasing.
    virtual void solveBegins(const SolveRecord&, const DenseGraph&,
                             const std::vector<std::int32_t>& /*members*/) {}
    /// False stops the recovery.
    virtual bool iterated(const SolverIteration&, const ConvexProgram&) { return true; }
    virtual void solveEnded(const SolveRecord&, const ConvexProgram&,
                            const std::vector<std::int32_t>& /*members*/, const RecoveryState&) {}
    /// What was done, for the record.
    virtual void note(const std::string& /*sentence*/) {}
    /// What makes the answer doubtful, or stops one from coming.
    virtual void warning(const std::string& /*sentence*/) {}
};

enum class RecoveryEnd { Done, NothingMore, BudgetSpent, Stopped };

struct RecoveryOutcome {
    RecoveryEnd end = RecoveryEnd::Done;
    RecoveryState state;            // of a stopped one: at the end of its last round
    std::vector<std::int32_t> left; // nodes in no cluster
    /// The rate up to which the pairs of each node were asked for: that at which it was taken, the
    /// last one for nodes of no cluster. A pair of nodes takes the smaller one.
    std::vector<double> rateOfNode;
    std::string sentence; // why it ended with nodes left, else empty
};

/// RecoverFullObs and RecoverPartialObs of Ailon, Chen, Xu (ICML 2013) as run in their experiments:
/// kappa from its start by its factor (the deepest threshold first) or, when active, kappa fixed
/// and the rate raised by its step, until the rounded solution is a partial clustering; its
/// clusters are removed and the search goes on among the rest, first with the pairs already seen.
RecoveryOutcome recover(const PairOracle& oracle, const RecoverySettings& settings,
                        RecoveryState state, RecoveryObserver& observer);

/// The setting of a program over `graph`, of whose pairs a share is seen, with p, q and t of what
/// is solved.
ProgramSetting settingFor(const DenseGraph& graph, const RecoverySettings& settings, double share,
                          double kappa, const std::vector<NodeSet>& known);

} // namespace inlay::engine::graph_clustering

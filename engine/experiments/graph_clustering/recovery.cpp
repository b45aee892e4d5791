#include "engine/experiments/graph_clustering/recovery.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "engine/experiments/graph_clustering/clusters_apart.h"
#include "engine/experiments/graph_clustering/likely_clusters.h"
#include "engine/experiments/graph_clustering/recovery_labels.h"

namespace inlay::engine::graph_clustering {
namespace {

/// Above this the answer is likely to hold noise.
constexpr double kNoisy = 1.2;
/// No planted block below this share of s0 was ever seen in a solution.
constexpr double kSmallestOfS0 = 0.8;
/// Nodes in doubt of a cluster taken by itself.
constexpr double kDoubtful = 0.05;

std::vector<std::int32_t> nodesLeft(std::int64_t nodes, const std::vector<NodeSet>& clusters) {
    std::vector<char> taken(static_cast<std::size_t>(nodes));
    for (const NodeSet& cluster : clusters)
        for (const std::int32_t node : cluster)
            taken[static_cast<std::size_t>(node)] = 1;
    std::vector<std::int32_t> left;
    for (std::int64_t i = 0; i < nodes; ++i)
        if (!taken[static_cast<std::size_t>(i)])
            left.push_back(static_cast<std::int32_t>(i));
    return left;
}

/// With given rates, whatever is seen.
ProgramSetting settingOfRates(std::int64_t n, const RecoverySettings& settings, double share) {
    ProgramSetting setting;
    setting.nodes = n;
    setting.inside = share * settings.rates->inside;
    setting.across = share * settings.rates->across;
    setting.threshold = settings.threshold > 0 ? share * settings.threshold
                                               : thresholdOf(setting.inside, setting.across);
    setting.b1 = settings.b1;
    setting.kappa = settings.kappaStart;
    return setting;
}

class Recovery {
public:
    Recovery(const PairOracle& oracle, const RecoverySettings& settings, RecoveryState state,
             RecoveryObserver& observer)
        : oracle_(oracle)
        , settings_(settings)
        , state_(std::move(state))
        , settled_(state_)
        , observer_(observer) {}

    RecoveryOutcome run() {
        RecoveryOutcome outcome;
        for (;;) {
            members_ = nodesLeft(oracle_.nodes(), state_.clusters);
            const auto found = static_cast<std::int64_t>(state_.clusters.size());
            if (static_cast<std::int64_t>(members_.size()) <
                std::max<std::int64_t>(2, settings_.smallestCluster))
                break;
            if (settings_.knownClusters > 0 && found >= settings_.knownClusters) {
                outcome.sentence = fmt::format("{} clusters were known to exist and are found.",
                                               settings_.knownClusters);
                break;
            }
            outcome.end = settings_.observation == Observation::Active ? raiseRate() : raiseKappa();
            if (outcome.end != RecoveryEnd::Done || settings_.algorithm != Algorithm::Peel)
                break;
        }
        if (outcome.end == RecoveryEnd::Stopped)
            state_ = settled_;
        outcome.rateOfNode =
            ratesOfNodes(oracle_.nodes(), state_.clusters, state_.rateOf, state_.rate);
        if (outcome.end != RecoveryEnd::Stopped && settings_.cleanUp == CleanUp::Likelihood)
            moveNodes(outcome.rateOfNode);
        outcome.left = nodesLeft(oracle_.nodes(), state_.clusters);
        if (outcome.end == RecoveryEnd::NothingMore || outcome.end == RecoveryEnd::BudgetSpent)
            outcome.sentence = whyNot(outcome);
        outcome.state = std::move(state_);
        return outcome;
    }

private:
    /// RecoverBig at a fixed rate.
    RecoveryEnd raiseKappa() {
        const double rate = settings_.observation == Observation::Fixed ? settings_.rate : 1;
        if (!state_.asked) {
            state_.queries = oracle_.pairsBetween(members_, 0, rate);
            state_.rate = rate;
            state_.asked = true;
        }
        const DenseGraph graph = oracle_.observe(members_, rate);
        program_.reset();
        double kappa = settings_.kappaStart;
        const double share = rate * oracle_.knownFraction(members_);
        ProgramSetting setting = settingFor(graph, settings_, share, kappa, {});
        for (;; kappa *= settings_.kappaFactor) {
            setting.kappa = kappa;
            const double s0 = smallestRecoverable(setting);
            if (s0 >= static_cast<double>(setting.nodes) ||
                (settings_.kappaMost > 0 && kappa > settings_.kappaMost)) {
                if (closest_.empty() && s0 >= static_cast<double>(setting.nodes))
                    observer_.warning(fmt::format(
                        "With kappa {:.3g} a cluster needs more than {:.3g} nodes and {} are left: "
                        "no cluster can appear; lower kappa below {:.3g}.",
                        kappa, s0, setting.nodes, largestKappa(setting)));
                return RecoveryEnd::NothingMore;
            }
            const RecoveryEnd end = solve(graph, setting, rate);
            if (end != RecoveryEnd::NothingMore)
                return end;
            if (settings_.algorithm == Algorithm::Single)
                return RecoveryEnd::NothingMore;
        }
    }

    /// RecoverBigPartialObs with its rate growing by a step. Once a cluster is gone, the rest may
    /// show another one without a further question.
    RecoveryEnd raiseRate() {
        if (!state_.rateOf.empty() && state_.rateOf.back() == state_.rate) {
            const RecoveryEnd end = tryRate(state_.rate);
            if (end != RecoveryEnd::NothingMore)
                return end;
        }
        while (state_.rate < 1) {
            // Counted in steps, so that ten of 0.1 make 1.
            const double steps = std::round(state_.rate / settings_.rateStep) + 1;
            const double rate = std::min(1.0, steps * settings_.rateStep);
            const std::int64_t asked = oracle_.pairsBetween(members_, state_.rate, rate);
            if (settings_.queryBudget > 0 && state_.queries + asked > settings_.queryBudget)
                return RecoveryEnd::BudgetSpent;
            state_.queries += asked;
            state_.rate = rate;
            const std::int64_t solves = state_.solves;
            const RecoveryEnd end = tryRate(rate);
            const bool tried = state_.solves > solves;
            if (end != RecoveryEnd::NothingMore ||
                (tried && settings_.algorithm == Algorithm::Single))
                return end;
        }
        return RecoveryEnd::NothingMore;
    }

    RecoveryEnd tryRate(double rate) {
        const double share = rate * oracle_.knownFraction(members_);
        if (settings_.rates) {
            // Known before anything is seen: most first rates cannot show a cluster.
            const auto n = static_cast<std::int64_t>(members_.size());
            const ProgramSetting setting = settingOfRates(n, settings_, share);
            if (smallestRecoverable(setting) >= static_cast<double>(n))
                return RecoveryEnd::NothingMore;
        }
        return solveAtRate(oracle_.observe(members_, rate), rate, share);
    }

    /// kappa fixed, or of those between its start and a noise number of 1 the quietest first: it
    /// needs the fewest iterations and shows the largest clusters, and others only have to be tried
    /// where it shows none.
    RecoveryEnd solveAtRate(const DenseGraph& graph, double rate, double share) {
        program_.reset();
        ProgramSetting setting = settingFor(graph, settings_, share, settings_.kappaStart, {});
        const bool fixed = settings_.activeKappa == ActiveKappa::Fixed;
        std::vector<double> kappas;
        for (bool quiet = false; !quiet; setting.kappa *= settings_.kappaFactor) {
            if (smallestRecoverable(setting) >= static_cast<double>(setting.nodes))
                break;
            quiet = fixed || noiseNumber(setting) <= 1;
            // Others would cost most and find nothing clean.
            if (fixed || (noiseNumber(setting) <= kNoisy && canBeClean(setting)))
                kappas.push_back(setting.kappa);
        }
        for (auto kappa = kappas.rbegin(); kappa != kappas.rend(); ++kappa) {
            setting.kappa = *kappa;
            const RecoveryEnd end = solve(graph, setting, rate);
            if (end != RecoveryEnd::NothingMore)
                return end;
            if (sawNoise_)
                break; // a smaller kappa lets more of it in
        }
        return RecoveryEnd::NothingMore;
    }

    /// Done when clusters were found and taken into the state, NothingMore when not.
    RecoveryEnd solve(const DenseGraph& graph, const ProgramSetting& setting, double rate) {
        SolveRecord record;
        record.solve = ++state_.solves;
        record.round = state_.round + 1;
        record.setting = setting;
        record.rate = rate;
        record.s0 = smallestRecoverable(setting);
        record.noise = noiseNumber(setting);
        record.queries = state_.queries;
        observer_.solveBegins(record, graph, members_);
        if (!program_)
            program_ = std::make_unique<ConvexProgram>(graph);
        bool stopped = false;
        record.report = program_->solve(programWeights(setting), settings_.solver,
                                        [&](const SolverIteration& iteration) {
                                            stopped = !observer_.iterated(iteration, *program_);
                                            return !stopped;
                                        });
        if (stopped)
            return RecoveryEnd::Stopped;
        record.rounding =
            roundSolution(program_->state(), settings_.rounding, settings_.smallestCluster);
        std::vector<NodeSet> blocks = acceptedBlocks(record);
        record.rounding.supports = {}; // up to n² indices that nobody reads again
        const bool clean = !blocks.empty();
        if (clean) {
            if (settings_.cleanUp != CleanUp::Off)
                cleanUpSeen(graph, setting, rate, blocks);
            for (const NodeSet& block : blocks) {
                NodeSet nodes;
                for (const std::int32_t node : block)
                    nodes.push_back(members_[static_cast<std::size_t>(node)]);
                record.found.push_back(nodes);
                state_.clusters.push_back(std::move(nodes));
                state_.roundOf.push_back(record.round);
                state_.rateOf.push_back(rate);
            }
            state_.round = record.round;
            closest_.clear();
            settled_ = state_;
        } else {
            keepClosest(record);
            warn(record);
        }
        const RecoveryEnd end = clean ? RecoveryEnd::Done : RecoveryEnd::NothingMore;
        observer_.solveEnded(record, *program_, members_, state_);
        sawNoise_ = record.report.end == SolveEnd::Noise;
        if (sawNoise_)
            program_.reset(); // its iterates are of no use to the next kappa
        return end;
    }

    /// The clusters that a solution shows. Smaller ones than can appear are chance.
    std::vector<NodeSet> acceptedBlocks(const SolveRecord& record) const {
        if (record.report.end == SolveEnd::Noise)
            return {};
        const double least =
            std::max(kSmallestOfS0 * record.s0, static_cast<double>(settings_.smallestCluster));
        if (settings_.acceptance == Acceptance::Each)
            return clustersApart(record.rounding.supports, least, kDoubtful).clusters;
        const std::vector<NodeSet>& blocks = record.rounding.blocks;
        if (!record.rounding.clean || static_cast<double>(blocks.back().size()) < least)
            return {};
        return blocks;
    }

    /// A cluster that the solution shows and the densities take apart means rates that are not
    /// those of the graph; the solution is believed then.
    void cleanUpSeen(const DenseGraph& graph, const ProgramSetting& setting, double rate,
                     std::vector<NodeSet>& blocks) {
        // Given rates are of seen pairs; estimated ones took unseen pairs for pairs not joined.
        double limit = settings_.rates ? (settings_.rates->inside + settings_.rates->across) / 2
                                       : (setting.inside + setting.across) / 2;
        std::optional<DenseGraph> seen;
        if (!oracle_.seesAll(rate)) {
            seen = oracle_.seen(members_, rate);
            if (!settings_.rates)
                limit /= seen->density();
        }
        std::vector<NodeSet> cleaned = blocks;
        const std::int64_t changed = cleanUp(graph, seen ? &*seen : nullptr, limit, cleaned);
        for (std::size_t b = 0; b < blocks.size(); ++b) {
            const auto kept = static_cast<std::int64_t>(cleaned[b].size());
            if (2 * kept >= static_cast<std::int64_t>(blocks[b].size()) &&
                kept >= settings_.smallestCluster)
                continue;
            observer_.warning(fmt::format(
                "Clean-up by density would leave {} of the {} nodes of a cluster and was not done: "
                "most of them are joined to less than {:.3g} of it, half way between the rates "
                "inside and across clusters. Check the rates.",
                kept, blocks[b].size(), limit));
            return;
        }
        blocks = std::move(cleaned);
        if (changed > 0)
            observer_.note(fmt::format("Clean-up by density moved {} nodes.", changed));
    }

    void moveNodes(const std::vector<double>& rateOfNode) {
        const EdgeRates rates = settings_.rates
                                    ? *settings_.rates
                                    : ratesOfSeenPairs(oracle_, rateOfNode, state_.clusters);
        const std::int64_t moved = moveToLikelyClusters(oracle_, rates, rateOfNode,
                                                        settings_.smallestCluster, state_.clusters);
        if (moved > 0)
            observer_.note(fmt::format(
                "{} nodes went to the cluster that explains their answers best.", moved));
    }

    void warn(const SolveRecord& record) {
        if (warned_ || (record.report.end != SolveEnd::Noise && record.noise <= kNoisy))
            return;
        warned_ = true;
        if (record.noise <= kNoisy)
            return observer_.warning(fmt::format(
                "The solution holds noise (rank {} of {} nodes) although the noise number is only "
                "{:.2f}: the rates, {:.3g} inside clusters and {:.3g} across, may not be those of "
                "this graph, or it is sparse with uneven degrees, which the planted model does not "
                "know.",
                record.report.last.rank, record.setting.nodes, record.noise, record.setting.inside,
                record.setting.across));
        observer_.warning(fmt::format(
            "The noise number is {:.2f} at kappa {:.3g} (rank {} of {} nodes): the answer may "
            "contain noise; try kappa {:.3g}.",
            record.noise, record.setting.kappa, record.report.last.rank, record.setting.nodes,
            std::max(quietKappa(record.setting), 1.1 * record.setting.kappa)));
    }

    void keepClosest(const SolveRecord& record) {
        if (!closest_.empty() && record.rounding.brokenRows >= fewestBroken_)
            return;
        fewestBroken_ = record.rounding.brokenRows;
        closest_ = fmt::format("the closest solution (kappa {:.3g}, rate {:.3g}) has {} of {} rows "
                               "that are no block and rank {}",
                               record.setting.kappa, record.rate, record.rounding.brokenRows,
                               record.setting.nodes, record.report.last.rank);
    }

    std::string whyNot(const RecoveryOutcome& outcome) const {
        std::string sentence = outcome.end == RecoveryEnd::BudgetSpent
                                   ? fmt::format("The budget of {} pairs is spent after {}",
                                                 settings_.queryBudget, state_.queries)
                                   : std::string("No further clean solution");
        sentence +=
            fmt::format("; {} of {} nodes are in no cluster", outcome.left.size(), oracle_.nodes());
        return sentence + (closest_.empty() ? "." : ": " + closest_ + ".");
    }

    const PairOracle& oracle_;
    const RecoverySettings& settings_;
    RecoveryState state_;
    RecoveryState settled_; // at the end of the last round
    RecoveryObserver& observer_;
    std::vector<std::int32_t> members_;
    std::unique_ptr<ConvexProgram> program_;
    std::string closest_;
    std::int64_t fewestBroken_ = 0;
    bool warned_ = false;
    bool sawNoise_ = false; // the last solve ended by it
};

} // namespace

ProgramSetting settingFor(const DenseGraph& graph, const RecoverySettings& settings, double share,
                          double kappa, const std::vector<NodeSet>& known) {
    ProgramSetting setting;
    if (settings.rates) {
        setting = settingOfRates(graph.nodes(), settings, share);
    } else {
        const EdgeRates rates =
            known.empty() ? estimateFromSpectrum(graph) : estimateFromClusters(graph, known);
        setting.nodes = graph.nodes();
        setting.inside = rates.inside;
        setting.across = rates.across;
        setting.threshold = settings.threshold > 0 ? share * settings.threshold : rates.threshold;
        setting.b1 = settings.b1;
    }
    setting.kappa = kappa;
    return setting;
}

RecoveryOutcome recover(const PairOracle& oracle, const RecoverySettings& settings,
                        RecoveryState state, RecoveryObserver& observer) {
    return Recovery(oracle, settings, std::move(state), observer).run();
}

} // namespace inlay::engine::graph_clustering

#include "engine/experiments/graph_clustering/comparison.h"

#include <algorithm>
#include <functional>

#include "engine/analysis/partition_metrics.h"
#include "engine/base/clock.h"
#include "engine/experiments/graph_clustering/baselines/communities.h"
#include "engine/experiments/graph_clustering/baselines/spectral.h"
#include "engine/experiments/graph_clustering/recovery_labels.h"

namespace inlay::engine::graph_clustering {
namespace {

struct Scores {
    std::int64_t clusters = 0;
    std::int64_t exact = 0;
    double ari = 0;
    double nmi = 0;
    double v = 0;
    double modularity = 0;
};

std::int64_t partsOf(const std::vector<std::int32_t>& labels) {
    std::vector<std::int32_t> sorted;
    for (const std::int32_t label : labels)
        if (label >= 0)
            sorted.push_back(label);
    std::sort(sorted.begin(), sorted.end());
    return std::unique(sorted.begin(), sorted.end()) - sorted.begin();
}

Scores score(const SourceGraph& source, const std::vector<std::int32_t>& labels) {
    Scores scores;
    scores.clusters = partsOf(labels);
    scores.modularity = modularity(source.edges, labels);
    // Nodes of no cluster count as clusters of one, whose mutual information with any truth is
    // large; where nothing was found it would look like an answer.
    if (source.truth.empty() || scores.clusters == 0)
        return scores;
    const std::vector<bool> exact = exactlyRecovered(source.truth, labels);
    scores.exact = std::count(exact.begin(), exact.end(), true);
    scores.ari = adjustedRandIndex(source.truth, labels);
    scores.nmi = normalizedMutualInformation(source.truth, labels);
    scores.v = vMeasure(source.truth, labels).v;
    return scores;
}

Json comparisonRow(const std::string& method, const Scores& scores, bool truth, double seconds) {
    const auto known = [truth](const Json& value) {
        return truth ? value : Json();
    };
    return {{"method", method},
            {"clusters", scores.clusters},
            {"exact", known(scores.exact)},
            {"ari", known(scores.ari)},
            {"nmi", known(scores.nmi)},
            {"v_measure", known(scores.v)},
            {"modularity", scores.modularity},
            {"seconds", seconds}};
}

/// Label and size of the found cluster that shares most with a true one, or of the true one that
/// shares most with a found one.
struct Match {
    std::int32_t label = -1;
    std::int64_t shared = 0;
};

Match bestMatch(const NodeSet& nodes, const std::vector<std::int32_t>& labels) {
    std::vector<std::int32_t> seen;
    for (const std::int32_t node : nodes)
        if (labels[static_cast<std::size_t>(node)] >= 0)
            seen.push_back(labels[static_cast<std::size_t>(node)]);
    std::sort(seen.begin(), seen.end());
    Match best;
    for (auto at = seen.begin(); at != seen.end();) {
        const auto end = std::upper_bound(at, seen.end(), *at);
        if (end - at > best.shared)
            best = {*at, end - at};
        at = end;
    }
    return best;
}

double densityWithin(const DenseGraph& graph, const NodeSet& nodes) {
    double joined = 0;
    for (std::size_t a = 0; a < nodes.size(); ++a)
        for (std::size_t b = a + 1; b < nodes.size(); ++b)
            joined += graph.edge(nodes[a], nodes[b]);
    const double pairs =
        static_cast<double>(nodes.size()) * static_cast<double>(nodes.size() - 1) / 2;
    return pairs > 0 ? joined / pairs : 0;
}

void recordClusters(const SourceGraph& source, const RecoveryState& state,
                    const std::vector<bool>& exact, RunRecorder& recorder) {
    for (std::size_t c = 0; c < state.clusters.size(); ++c) {
        const NodeSet& nodes = state.clusters[c];
        Json row = {{"cluster", c + 1},
                    {"size", nodes.size()},
                    {"round", state.roundOf[c]},
                    {"density", densityWithin(source.graph, nodes)}};
        if (!source.truth.empty()) {
            const Match match = bestMatch(nodes, source.truth);
            row["truth"] = source.truthNames[static_cast<std::size_t>(match.label)];
            row["overlap"] = match.shared;
            // An exact truth lies in one cluster only, so the best match is it.
            row["exact"] = exact[static_cast<std::size_t>(match.label)] &&
                           match.shared == static_cast<std::int64_t>(nodes.size());
        }
        recorder.resultRow("clusters", static_cast<std::int64_t>(c), row);
    }
}

void recordTruth(const SourceGraph& source, const PairOracle& oracle,
                 const RecoveryOutcome& outcome, const std::vector<std::int32_t>& labels,
                 const std::vector<bool>& exact, RunRecorder& recorder) {
    std::vector<NodeSet> truth(source.truthNames.size());
    for (std::size_t i = 0; i < source.truth.size(); ++i)
        truth[static_cast<std::size_t>(source.truth[i])].push_back(static_cast<std::int32_t>(i));
    const std::vector<PairCount> asked =
        pairsAsked(oracle, source.truth, source.truthClusters(), outcome.rateOfNode);
    for (std::size_t c = 0; c < truth.size(); ++c) {
        const Match match = bestMatch(truth[c], labels);
        const auto size = static_cast<std::int64_t>(truth[c].size());
        std::int64_t foreign = 0;
        if (match.label >= 0)
            foreign = static_cast<std::int64_t>(
                          outcome.state.clusters[static_cast<std::size_t>(match.label)].size()) -
                      match.shared;
        recorder.resultRow("truth", static_cast<std::int64_t>(c),
                           {{"truth", source.truthNames[c]},
                            {"size", size},
                            {"state", exact[c]                  ? "exact"
                                      : 2 * match.shared > size ? "partly"
                                                                : "not found"},
                            {"best", match.label < 0 ? Json() : Json(match.label + 1)},
                            {"missing", size - match.shared},
                            {"foreign", foreign},
                            {"asked", asked[c].asked},
                            {"available", asked[c].available}});
    }
}

} // namespace

std::vector<PairCount> pairsAsked(const PairOracle& oracle, const std::vector<std::int32_t>& truth,
                                  std::int64_t clusters, const std::vector<double>& rateOf) {
    std::vector<PairCount> counts;
    for (std::int64_t c = 0; c < clusters; ++c) {
        // Nodes of one true cluster that left together share a rate; a pair has the smaller one.
        std::vector<std::int32_t> nodes;
        std::vector<double> levels = {0};
        for (std::size_t i = 0; i < truth.size(); ++i)
            if (truth[i] == c) {
                nodes.push_back(static_cast<std::int32_t>(i));
                levels.push_back(rateOf[i]);
            }
        std::sort(levels.begin(), levels.end());
        levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
        PairCount count;
        count.available = oracle.pairsBetween(nodes, 0, 1);
        for (std::size_t l = 1; l < levels.size(); ++l) {
            std::vector<std::int32_t> there;
            for (const std::int32_t node : nodes)
                if (rateOf[static_cast<std::size_t>(node)] >= levels[l])
                    there.push_back(node);
            count.asked += oracle.pairsBetween(there, levels[l - 1], levels[l]);
        }
        counts.push_back(count);
    }
    return counts;
}

void recordComparison(const CompareConfig& config, const SourceGraph& source,
                      const PairOracle& oracle, const RecoveryOutcome& outcome,
                      const RandomStream& stream, RunContext& context) {
    RunRecorder& recorder = context.recorder();
    const std::int64_t n = oracle.nodes();
    const bool truth = !source.truth.empty();
    const std::vector<std::int32_t> labels = labelsOf(n, outcome.state.clusters);
    const Scores ours = score(source, labels);
    recorder.metric("clusters_found", static_cast<double>(ours.clusters));
    recorder.metric("modularity", ours.modularity);
    recorder.metric("coverage",
                    n > 0 ? 1 - static_cast<double>(outcome.left.size()) / static_cast<double>(n)
                          : 0);
    std::vector<bool> exact;
    if (truth) {
        exact = exactlyRecovered(source.truth, labels);
        recorder.metric("clusters_planted", static_cast<double>(source.truthClusters()));
        recorder.metric("clusters_exact", static_cast<double>(ours.exact));
        recorder.metric("exact_recovery", ours.exact == source.truthClusters() ? 1 : 0);
        recorder.metric("ari", ours.ari);
        recorder.metric("nmi", ours.nmi);
        recorder.metric("v_measure", ours.v);
        std::vector<std::int32_t> coveredTruth;
        std::vector<std::int32_t> covered;
        for (std::size_t i = 0; i < labels.size(); ++i)
            if (labels[i] >= 0) {
                coveredTruth.push_back(source.truth[i]);
                covered.push_back(labels[i]);
            }
        if (!covered.empty()) {
            recorder.metric("ari_covered", adjustedRandIndex(coveredTruth, covered));
            recorder.metric("nmi_covered", normalizedMutualInformation(coveredTruth, covered));
        }
    }
    recordClusters(source, outcome.state, exact, recorder);
    if (truth)
        recordTruth(source, oracle, outcome, labels, exact, recorder);
    std::int64_t row = 0;
    const double seconds = recorder.metrics().empty() ? 0 : [&] {
        for (const auto& [name, value] : recorder.metrics())
            if (name == "time/recovery_seconds")
                return value;
        return 0.0;
    }();
    recorder.resultRow("comparison", row++, comparisonRow("Peeling", ours, truth, seconds));

    using Method = std::function<std::vector<std::int32_t>()>;
    struct Baseline {
        const char* id;
        const char* title;
        bool wanted;
        Method run;
    };
    const std::int64_t parts = config.spectralClusters > 0 ? config.spectralClusters
                               : truth                     ? source.truthClusters()
                                       : std::max<std::int64_t>(2, ours.clusters);
    const Baseline baselines[] = {
        {"spectral", "Spectral", config.spectral,
         [&] {
             return spectralClusters(source.graph, parts, stream.split("spectral"));
         }},
        {"louvain", "Louvain", config.louvain,
         [&] {
             return louvainCommunities(n, source.edges, stream.split("louvain").key());
         }},
        {"leiden", "Leiden", config.leiden, [&] {
             return leidenCommunities(n, source.edges, stream.split("leiden").key());
         }}};
    for (const Baseline& baseline : baselines) {
        if (!baseline.wanted || n == 0)
            continue;
        const double start = monotonicSeconds();
        const std::vector<std::int32_t> found = baseline.run();
        const double took = monotonicSeconds() - start;
        const Scores scores = score(source, found);
        recorder.resultRow("comparison", row++, comparisonRow(baseline.title, scores, truth, took));
        const std::string prefix = std::string("baseline/") + baseline.id;
        recorder.metric(prefix + "/clusters", static_cast<double>(scores.clusters));
        recorder.metric(prefix + "/modularity", scores.modularity);
        if (truth) {
            recorder.metric(prefix + "/ari", scores.ari);
            recorder.metric(prefix + "/nmi", scores.nmi);
        }
        if (baseline.id == std::string_view("leiden"))
            recorder.metric("leiden_agreement", adjustedRandIndex(found, labels));
    }
}

} // namespace inlay::engine::graph_clustering

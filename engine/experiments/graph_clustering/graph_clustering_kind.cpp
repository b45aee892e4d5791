#include "engine/experiments/graph_clustering/graph_clustering_kind.h"

#include <fmt/format.h>

#include "engine/experiments/graph_clustering/graph_clustering_outputs.h"
#include "engine/experiments/graph_clustering/graph_clustering_schema.h"
#include "engine/experiments/graph_clustering/graph_clustering_session.h"
#include "engine/experiments/graph_clustering/graph_source.h"

namespace inlay::engine::graph_clustering {
namespace {

class GraphClusteringKind final : public ExperimentKind {
public:
    const char* id() const override { return "graph_clustering"; }
    const char* title() const override { return "Graph clustering"; }
    const char* summary() const override {
        return "Finds clusters of a graph by a convex program and peeling, small ones beside large "
               "ones, beside spectral clustering, Louvain and Leiden.";
    }
    int version() const override { return 2; }
    /// Version 1 took whole solutions and cleaned nothing up where it did not say otherwise.
    void upgrade(int fromVersion, Json& values) const override {
        if (fromVersion >= 2 || !values.is_object())
            return;
        if (!values.contains("accept"))
            values["accept"] = "whole";
        if (!values.contains("clean_up"))
            values["clean_up"] = "off";
    }
    const AnySchema& schema() const override { return graphClusteringSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override {
        return graphClusteringOutputs();
    }
    std::vector<std::string> headlines() const override {
        return {"clusters_exact", "ari", "modularity"};
    }

    std::vector<Issue> check(const Json& values, const std::string& device) const override {
        const GraphClusteringConfig config = graphClusteringSchema().read(values);
        std::vector<Issue> issues = checkGraph(config.graph);
        if (device.starts_with("cuda") || device.starts_with("check:cuda"))
            issues.push_back({"device", fmt::format("device is {}; graph clustering computes on "
                                                    "the cpu, allowed are auto and cpu",
                                                    device)});
        return issues;
    }

    std::vector<std::string> flags(const Json&) const override { return {}; }

    RunOutcome run(const Json& values, RunContext& context) const override {
        return GraphClusteringSession(graphClusteringSchema().read(values), context).run();
    }
};

} // namespace

const ExperimentKind& graphClusteringKind() {
    static const GraphClusteringKind kind;
    return kind;
}

} // namespace inlay::engine::graph_clustering

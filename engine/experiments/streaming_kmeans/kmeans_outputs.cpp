#include "engine/experiments/streaming_kmeans/kmeans_outputs.h"

namespace inlay::engine::kmeans {

const std::vector<OutputDeclaration>& kmeansOutputs() {
    using enum OutputType;
    static const std::vector<OutputDeclaration> outputs = {
        {Series, "cost", "Cost, estimated on the sample", "", Better::Lower, {}},
        {Series, "reduction_cost", "Sum of the costs of the groups", "", Better::Lower, {}},
        {Series, "points_held", "Points held", "points", Better::Lower, {}},
        {Series, "time/seconds", "Time", "s", Better::Lower, {}},
        {Series, "baseline/{name}/cost", "Cost of a baseline", "", Better::Lower, {}},
        {Series, "time/baseline/{name}/seconds", "Time of a baseline", "s", Better::Lower, {}},
        {Metric, "cost", "Cost", "", Better::Lower, {}},
        {Metric, "cost/optimum", "Cost over the optimum", "", Better::Lower, {}},
        {Metric, "optimum", "Cost of the optimum", "", Better::Neither, {}},
        {Metric, "cost_estimate", "Sum of the costs of all reductions", "", Better::Lower, {}},
        {Metric, "points", "Points", "points", Better::Neither, {}},
        {Metric, "points_held", "Points held at most", "points", Better::Lower, {}},
        {Metric, "points_budget", "Memory budget", "points", Better::Neither, {}},
        {Metric, "centers", "Centers", "", Better::Neither, {}},
        {Metric, "groups", "Groups reduced", "", Better::Neither, {}},
        {Metric, "repetitions", "Repetitions a group", "", Better::Neither, {}},
        {Metric, "iterations", "Lloyd iterations", "", Better::Neither, {}},
        {Metric, "empty_moved", "Empty clusters that got a point", "", Better::Neither, {}},
        {Metric, "skipped", "Points that bounds kept in place", "fraction", Better::Higher, {}},
        {Metric, "covered_clusters", "Planted clusters covered", "", Better::Higher, {}},
        {Metric, "baseline/{name}/cost", "Cost of a baseline", "", Better::Lower, {}},
        {Metric, "time/stream_seconds", "Time of the clustering", "s", Better::Lower, {}},
        {Metric, "time/points_per_second", "Throughput", "points/s", Better::Higher, {}},
        {Metric, "time/evaluation_seconds", "Time of the evaluation", "s", Better::Lower, {}},
        {Metric, "time/baseline/{name}/seconds", "Time of a baseline", "s", Better::Lower, {}},
        {Frame, "points", "Sampled points", "", Better::Neither, {}},
        {Frame, "history/state", "State over the stream", "", Better::Neither, {}},
        {Frame, "history/centers", "Centers over the stream", "", Better::Neither, {}},
        {Table,
         "clusters",
         "Clusters",
         "",
         Better::Neither,
         {"cluster", "size", "cost_share", "radius", "nearest", "nearest_distance", "silhouette"}},
        {Table,
         "levels",
         "Buffers",
         "",
         Better::Neither,
         {"level", "capacity", "algorithm", "repetitions"}},
        {Table,
         "plane",
         "Plane of the pictures",
         "",
         Better::Neither,
         {"projected", "share", "dims"}},
    };
    return outputs;
}

} // namespace inlay::engine::kmeans

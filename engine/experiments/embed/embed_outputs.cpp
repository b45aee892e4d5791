#include "engine/experiments/embed/embed_outputs.h"

namespace inlay::engine::embed {

const std::vector<OutputDeclaration>& embedOutputs() {
    using enum OutputType;
    using enum Better;
    static const std::vector<OutputDeclaration> outputs = {
        {Series, "layout/cost", "Cost", "", Lower, {}},
        {Series, "time/iteration_seconds", "Iteration time", "s", Lower, {}},
        {Metric, "points", "Points", "", Neither, {}},
        {Metric, "dimensions", "Dimensions", "", Neither, {}},
        {Metric, "classes", "Classes", "", Neither, {}},
        {Metric, "cost", "Cost at the end", "", Lower, {}},
        {Metric, "explained_variance", "Variance along the axes", "fraction", Higher, {}},
        {Metric, "trustworthiness", "Trustworthiness", "", Higher, {}},
        {Metric, "continuity", "Continuity", "", Higher, {}},
        {Metric, "neighbors_kept", "Neighbors kept", "fraction", Higher, {}},
        {Metric, "shepard", "Shepard correlation", "", Higher, {}},
        {Metric, "quality_points", "Points judged", "", Neither, {}},
        {Metric, "input/knn5_accuracy", "5-NN accuracy of the vectors", "fraction", Higher, {}},
        {Metric, "input/recall@1", "Recall@1 of the vectors", "fraction", Higher, {}},
        {Metric, "input/map@r", "MAP@R of the vectors", "fraction", Higher, {}},
        {Metric, "layout/knn5_accuracy", "5-NN accuracy of the picture", "fraction", Higher, {}},
        {Metric, "layout/recall@1", "Recall@1 of the picture", "fraction", Higher, {}},
        {Metric, "layout/map@r", "MAP@R of the picture", "fraction", Higher, {}},
        {Metric, "layout/silhouette", "Silhouette of the picture", "", Higher, {}},
        {Metric, "time/layout_seconds", "Projection", "s", Lower, {}},
        {Metric, "time/quality_seconds", "Quality", "s", Lower, {}},
        {Frame, "embedding", "Vectors", "", Neither, {}},
        {Frame, "labels", "Labels", "", Neither, {}},
        {Frame, "split", "Part of the dataset", "", Neither, {}},
        {Frame, "thumbnails", "Images", "", Neither, {}},
        {Frame, "layout", "Picture", "", Neither, {}},
        {Table, "classes", "Classes", "", Neither, {"label", "name", "points"}},
        {Table, "axes", "Principal axes", "", Neither, {"axis", "variance", "share"}},
    };
    return outputs;
}

} // namespace inlay::engine::embed

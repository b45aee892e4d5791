#include "engine/experiments/spatial_contrasting/spatial_kind.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/experiments/spatial_contrasting/spatial_schema.h"
#include "engine/experiments/spatial_contrasting/spatial_session.h"
#include "engine/networks/network.h"
#include "engine/networks/network_triples.h"

namespace inlay::engine::spatial_contrasting {
namespace {

SpatialConfig configOf(const Json& values) {
    SpatialConfig config = spatialSchema().read(values);
    useAllForTraining(config.dataset);
    return config;
}

const std::vector<OutputDeclaration>& spatialOutputs() {
    using enum OutputType;
    const auto lower = Better::Lower;
    const auto higher = Better::Higher;
    const auto none = Better::Neither;
    static const std::vector<OutputDeclaration> outputs = {
        {Series, "train/loss", "Contrast loss", "nats", lower, {}},
        {Series, "train/chance", "Loss of guessing, ln N", "nats", none, {}},
        {Series,
         "train/own_nearest",
         "Images nearest to their own other view",
         "fraction",
         higher,
         {}},
        {Series, "learning_rate", "Learning rate", "", none, {}},
        {Series, "embedding/largest_norm", "Largest norm of a view's features", "", none, {}},
        {Series,
         "test/knn5_accuracy",
         "5-NN accuracy of the features, 5,000 training images",
         "fraction",
         higher,
         {}},
        {Series, "test/recall@1", "Recall@1 among the kept test images", "fraction", higher, {}},
        {Series, "embedding/effective_rank", "Effective rank", "", none, {}},
        {Series, "distance_range", "Largest distance of the histogram", "", none, {}},
        {Series, "fine_tune/loss/{arm}", "Fine-tuning loss", "nats", lower, {}},
        {Series, "time/step_seconds", "Step time", "s", lower, {}},
        {Series, "time/samples_per_second", "Throughput", "samples/s", higher, {}},
        {Metric, "train/loss", "Contrast loss, mean of the last epoch", "nats", lower, {}},
        {Metric, "train/first_loss", "Contrast loss of the first step", "nats", none, {}},
        {Metric, "train/chance", "Loss of guessing, ln N", "nats", none, {}},
        {Metric,
         "test/accuracy_pretrained",
         "Accuracy, pre-trained (mean)",
         "fraction",
         higher,
         {}},
        {Metric, "test/accuracy_scratch", "Accuracy, from scratch (mean)", "fraction", higher, {}},
        {Metric, "test/spread_pretrained", "Standard deviation, pre-trained", "fraction", none, {}},
        {Metric, "test/spread_scratch", "Standard deviation, from scratch", "fraction", none, {}},
        {Metric, "test/gain", "Gain by pre-training", "fraction", higher, {}},
        {Metric, "labels", "Labeled samples", "", none, {}},
        {Metric, "parameters", "Parameters", "", lower, {}},
        {Metric, "time/step_seconds", "Median step time", "s", lower, {}},
        {Frame, "embedding", "Features of test images, mean over the map", "", none, {}},
        {Frame, "labels", "Their labels", "", none, {}},
        {Frame, "thumbnails", "Their images", "", none, {}},
        {Frame, "predicted", "Labels by their 5 nearest training images", "", none, {}},
        {Frame, "pair_distances", "Distances of first and second views", "", none, {}},
        {Frame, "windows", "Windows of some of the images", "", none, {}},
        {Frame, "window_images", "Those images", "", none, {}},
        {Frame, "distances", "Distances of own and other views", "", none, {}},
        {Table, "classes", "Classes", "", none, {"label", "name"}},
        {Table,
         "arms",
         "Fine-tuned networks",
         "",
         none,
         {"replicate", "arm", "labels", "accuracy"}},
    };
    return outputs;
}

class SpatialContrastingKind final : public ExperimentKind {
public:
    const char* id() const override { return "spatial_contrasting"; }
    const char* title() const override { return "Spatial contrasting"; }
    const char* summary() const override {
        return "Pre-trains a network without labels so that parts of one image lie close together, "
               "then fine-tunes it with few labels beside the same network without it.";
    }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return spatialSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override { return spatialOutputs(); }

    std::vector<Issue> check(const Json& values, const std::string&) const override {
        const SpatialConfig config = configOf(values);
        std::vector<Issue> issues = checkDataset(config.dataset, "dataset", Unlabeled::Allowed);
        if (!issues.empty())
            return issues;
        const DatasetSummary data = summarizeDataset(config.dataset);
        const NetworkInput input{data.shape.height, data.shape.width, data.shape.channels,
                                 data.classes};
        issues = prefixed(planNetwork(config.network, input, config.batchSize).issues, "network");
        if (issues.empty())
            issues = prefixed(checkTriples(config.network), "network");
        if (!issues.empty())
            return issues;
        const Encoder encoder = encoderOf(config, data.shape);
        if (!encoder.issue.empty())
            issues.push_back({encoder.issueKey, encoder.issue});
        if (config.batchSize > data.counts.training)
            issues.push_back({"batch_size", fmt::format("batch_size is {}, allowed is 2 to {} (the "
                                                        "number of training samples)",
                                                        config.batchSize, data.counts.training)});
        if (data.counts.test < 2)
            issues.push_back({"dataset.test_count",
                              fmt::format("dataset.test_count leaves {} test samples, allowed is 2 "
                                          "or more",
                                          data.counts.test)});
        checkLabels(config, issues);
        return issues;
    }

    std::vector<std::string> flags(const Json& values) const override {
        const SpatialConfig config = configOf(values);
        const DatasetSummary data = summarizeDataset(config.dataset);
        return planNetwork(config.network,
                           {data.shape.height, data.shape.width, data.shape.channels, data.classes},
                           config.batchSize)
            .flags;
    }

    RunOutcome run(const Json& values, RunContext& context) const override {
        return SpatialSession(configOf(values), context).run();
    }

private:
    static void checkLabels(const SpatialConfig& config, std::vector<Issue>& issues) {
        const std::int64_t wanted = config.fineTune.labelsPerClass;
        if (wanted == 0 || !issues.empty())
            return;
        const Dataset data = loadDataset(config.dataset).training;
        std::vector<std::int64_t> counts(static_cast<std::size_t>(data.classes()));
        for (const std::int32_t label : data.labels)
            if (label >= 0)
                ++counts[static_cast<std::size_t>(label)];
        const auto least = std::min_element(counts.begin(), counts.end());
        if (*least < wanted)
            issues.push_back(
                {"fine_tune.labels_per_class",
                 fmt::format("fine_tune.labels_per_class is {}, allowed is 0 to {} (the training "
                             "samples of class {})",
                             wanted, *least,
                             data.classNames[static_cast<std::size_t>(least - counts.begin())])});
    }
};

} // namespace

const ExperimentKind& spatialContrastingKind() {
    static const SpatialContrastingKind kind;
    return kind;
}

} // namespace inlay::engine::spatial_contrasting

#include "engine/experiments/metric_learning/metric_kind.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/experiments/metric_learning/batch_source.h"
#include "engine/experiments/metric_learning/metric_outputs.h"
#include "engine/experiments/metric_learning/metric_schema.h"
#include "engine/experiments/metric_learning/metric_session.h"
#include "engine/networks/network.h"
#include "engine/networks/network_triples.h"

namespace inlay::engine::metric_learning {
namespace {

MetricConfig configOf(const Json& values) {
    MetricConfig config = metricSchema().read(values);
    useAllForTraining(config.dataset);
    const auto* contrast = std::get_if<InfoNceConfig>(&config.loss);
    if (contrast != nullptr && contrast->similarity == Similarity::Cosine)
        config.embedding.normalize = true;
    return config;
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

/// What the classes of the training set rule out.
void checkClasses(const MetricConfig& config, std::vector<Issue>& issues) {
    if (config.triplets.source == TripletSource::Comparisons)
        return;
    const Dataset data = loadDataset(config.dataset).training;
    const auto classes = samplesByClass(data);
    std::vector<std::string> present;
    std::int64_t pairs = 0;    // classes with a positive pair
    std::int64_t balanced = 0; // classes that fill their part of a balanced batch
    for (std::size_t c = 0; c < classes.size(); ++c) {
        if (!classes[c].empty())
            present.push_back(data.classNames[c]);
        pairs += classes[c].size() > 1 ? 1 : 0;
        balanced += std::ssize(classes[c]) >= config.balanced.items ? 1 : 0;
    }
    if (present.size() < 2)
        issues.push_back({"dataset", fmt::format("dataset has samples of one class only ({}); "
                                                 "triplets need at least two classes",
                                                 listed(present))});
    else if (pairs == 0)
        issues.push_back({"dataset",
                          "dataset has one sample a class; triplets need a class with at "
                          "least two"});
    if (config.balanced.classes > balanced && !isListed(config.triplets))
        issues.push_back(
            {"balanced.classes",
             fmt::format("balanced.classes is {}, allowed is 0 or 2 to {} (the classes "
                         "with at least {} samples)",
                         config.balanced.classes, balanced, config.balanced.items)});
}

class MetricLearningKind final : public ExperimentKind {
public:
    const char* id() const override { return "metric_learning"; }
    const char* title() const override { return "Learn an embedding"; }
    const char* summary() const override {
        return "Trains a network so that samples of one class lie close together, by triplets, "
               "pairs or comparisons, and films the test points.";
    }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return metricSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override { return metricOutputs(); }
    std::vector<std::string> settableKeys() const override { return {"learning_rate"}; }

    std::vector<Issue> check(const Json& values, const std::string&) const override {
        const MetricConfig config = configOf(values);
        // What comparisons say takes the place of labels.
        const Unlabeled unlabeled = config.triplets.source == TripletSource::Comparisons
                                        ? Unlabeled::Allowed
                                        : Unlabeled::Refused;
        std::vector<Issue> issues = checkDataset(config.dataset, "dataset", unlabeled);
        if (!issues.empty())
            return issues;
        const DatasetSummary data = summarizeDataset(config.dataset);
        const NetworkInput input = embeddingInput(config, data.shape);
        const NetworkPlan plan = planNetwork(config.network, input, config.batchSize);
        issues = prefixed(plan.issues, "network");
        if (plan.issues.empty())
            issues = prefixed(checkTriples(config.network), "network");
        if (plan.issues.empty() && embeddingWidth(config, input) > 4096)
            issues.push_back({"embedding.dimension",
                              fmt::format("the embedding has {} numbers, allowed are 4096; set "
                                          "embedding.dimension",
                                          embeddingWidth(config, input))});
        if (data.counts.test < 2)
            issues.push_back({"dataset.test_count",
                              fmt::format("dataset.test_count leaves {} test samples, allowed is 2 "
                                          "or more",
                                          data.counts.test)});
        if (config.balanced.classes == 1)
            issues.push_back({"balanced.classes", "balanced.classes is 1, allowed is 0 (off) or 2 "
                                                  "and more"});
        checkTriplets(config, data, issues);
        if (issues.empty())
            checkClasses(config, issues);
        return issues;
    }

    std::vector<std::string> flags(const Json& values) const override {
        const MetricConfig config = configOf(values);
        return planNetwork(config.network,
                           embeddingInput(config, summarizeDataset(config.dataset).shape),
                           config.batchSize)
            .flags;
    }

    RunOutcome run(const Json& values, RunContext& context) const override {
        return MetricSession(configOf(values), context).run();
    }

private:
    static void checkTriplets(const MetricConfig& config, const DatasetSummary& data,
                              std::vector<Issue>& issues) {
        const bool contrasts = std::holds_alternative<InfoNceConfig>(config.loss);
        const TripletSource source = config.triplets.source;
        if (contrasts && source != TripletSource::InBatch)
            issues.push_back({"triplets.source", "info_nce compares a pair with the whole batch; "
                                                 "with it triplets.source must be in_batch"});
        if (isListed(config.triplets) && config.balanced.classes > 0)
            issues.push_back({"balanced.classes", "balanced.classes needs triplets from the batch; "
                                                  "with a list it must be 0"});
        if (!isListed(config.triplets) && config.balanced.classes == 0 &&
            config.batchSize > data.counts.training)
            issues.push_back({"batch_size", fmt::format("batch_size is {}, allowed is 3 to {} (the "
                                                        "number of training samples)",
                                                        config.batchSize, data.counts.training)});
        if (source == TripletSource::InBatchAll && config.batchSize > 512)
            issues.push_back({"batch_size",
                              fmt::format("batch_size is {}; with triplets.source in_batch_all, "
                                          "which has a triplet for every three samples, allowed is "
                                          "3 to 512",
                                          config.batchSize)});
        if (source != TripletSource::Comparisons)
            return;
        if (config.triplets.path.empty()) {
            issues.push_back({"triplets.path", "triplets.path is empty; triplets.source "
                                               "comparisons needs the CSV file"});
            return;
        }
        try {
            resolveComparisons(config, loadDataset(config.dataset).training);
        } catch (const Error& error) {
            issues.push_back({"triplets.path", std::string("triplets.path: ") + error.what()});
        }
    }
};

} // namespace

const ExperimentKind& metricLearningKind() {
    static const MetricLearningKind kind;
    return kind;
}

} // namespace inlay::engine::metric_learning

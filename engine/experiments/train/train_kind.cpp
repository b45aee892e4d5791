#include "engine/experiments/train/train_kind.h"

#include <fmt/format.h>

#include "engine/experiments/train/start_model.h"
#include "engine/experiments/train/train_outputs.h"
#include "engine/experiments/train/train_schema.h"
#include "engine/experiments/train/train_session.h"
#include "engine/networks/network_triples.h"

namespace inlay::engine::train {
namespace {

NetworkInput networkInput(const DatasetSummary& data) {
    return {data.shape.height, data.shape.width, data.shape.channels, data.classes};
}

class TrainKind final : public ExperimentKind {
public:
    const char* id() const override { return "train"; }
    const char* title() const override { return "Train a network"; }
    const char* summary() const override {
        return "Trains a classifier with dense, low-rank, block-diagonal, Monarch, BTT, STL, "
               "butterfly or 2:4 layers and measures loss, accuracy and time.";
    }
    int version() const override { return 1; }
    const AnySchema& schema() const override { return trainSchema(); }
    const std::vector<OutputDeclaration>& outputs() const override { return trainOutputs(); }
    std::vector<std::string> settableKeys() const override {
        return {"learning_rate", "log_every"};
    }

    std::vector<Issue> check(const Json& values, const std::string& device) const override {
        const TrainConfig config = trainSchema().read(values);
        std::vector<Issue> issues = checkDataset(config.dataset);
        const bool hasData = issues.empty();
        const bool onGpu = device == "auto" || device.starts_with("cuda:");
        if (config.precision != Precision::F32 && !onGpu)
            issues.push_back(
                {"precision", fmt::format("precision is {}, which needs a cuda "
                                          "device; on {} only f32 is allowed",
                                          values.at("precision").get<std::string>(), device)});
        if (!hasData)
            return issues; // and no input shape
        const DatasetSummary data = summarizeDataset(config.dataset);
        if (config.batchSize > data.counts.training)
            issues.push_back(
                {"batch_size", fmt::format("batch_size is {}, allowed is 1 to {} (the number of "
                                           "training samples)",
                                           config.batchSize, data.counts.training)});
        if (data.counts.validation == 0) {
            const std::string without = ", which needs validation samples, and "
                                        "dataset.validation_count leaves none";
            if (config.keep == Keep::BestValidation)
                issues.push_back({"keep", "keep is best_validation" + without});
            if (config.earlyStop.patience > 0)
                issues.push_back(
                    {"early_stop.patience", fmt::format("early_stop.patience is {}{}",
                                                        config.earlyStop.patience, without)});
        }
        const NetworkInput input = networkInput(data);
        const NetworkPlan plan = planNetwork(config.network, input, config.batchSize);
        const std::vector<Issue> network = prefixed(plan.issues, "network");
        issues.insert(issues.end(), network.begin(), network.end());
        if (network.empty())
            for (Issue& issue : prefixed(checkTriples(config.network), "network"))
                issues.push_back(std::move(issue));
        if (network.empty())
            for (Issue& issue : checkStart(config, input))
                issues.push_back(std::move(issue));
        return issues;
    }

    std::vector<std::string> flags(const Json& values) const override {
        const TrainConfig config = trainSchema().read(values);
        const NetworkInput input = networkInput(summarizeDataset(config.dataset));
        return planNetwork(config.network, input, config.batchSize).flags;
    }

    RunOutcome run(const Json& values, RunContext& context) const override {
        return TrainSession(trainSchema().read(values), context).run();
    }
};

} // namespace

const ExperimentKind& trainKind() {
    static const TrainKind kind;
    return kind;
}

} // namespace inlay::engine::train

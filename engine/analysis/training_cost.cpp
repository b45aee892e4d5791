#include "engine/analysis/training_cost.h"

#include <algorithm>
#include <span>
#include <variant>

#include "engine/analysis/predicted_time.h"
#include "engine/datasets/catalog.h"
#include "engine/networks/network.h"
#include "engine/networks/network_schema.h"
#include "engine/operators/make.h"
#include "engine/optimizers/optimizer_plan.h"
#include "engine/optimizers/optimizer_schema.h"
#include "engine/schema/schema.h"

namespace inlay::engine {
namespace {

/// The part of a training config that cost depends on.
struct CostConfig {
    DatasetConfig dataset;
    NetworkConfig network;
    std::int64_t batchSize = 1;
    OptimizerConfig optimizer = AdamWConfig{};
};

constexpr const char* kCostKeys[] = {"dataset", "network", "batch_size", "optimizer"};

const Schema<CostConfig>& costSchema() {
    static const Schema<CostConfig> schema = [] {
        Schema<CostConfig> made;
        made.variant("dataset", &CostConfig::dataset, datasetAlternatives());
        made.group("network", &CostConfig::network, networkSchema());
        made.field("batch_size", &CostConfig::batchSize);
        made.variant("optimizer", &CostConfig::optimizer, optimizerAlternatives());
        return made;
    }();
    return schema;
}

double stepSeconds(const MachineProfile& profile, const NetworkPlan& plan,
                   const OptimizerConfig& optimizer) {
    return predictSeconds(profile, forwardCalls(plan)) +
           predictSeconds(profile, backwardCalls(plan)) +
           predictSeconds(profile, planOptimizerStep(optimizer, plan.parameters));
}

CostSide sideOf(const NetworkPlan& plan, const CostConfig& config, const MachineProfile* profile) {
    CostSide side;
    side.parameters = plan.parameters;
    side.multiplyAddsPerSample = plan.multiplyAddsForward / double(config.batchSize);
    if (profile)
        side.stepSeconds = stepSeconds(*profile, plan, config.optimizer);
    return side;
}

/// Price of a square layer: seconds both ways where the machine was measured, else multiply-adds.
double priceOf(const OperatorConfig& config, std::int64_t width, const RowLayout& rows,
               const MachineProfile* profile) {
    const OperatorPlan plan = planOperator(config, width, width, rows);
    if (!profile)
        return plan.multiplyAddsForward;
    return predictSeconds(*profile, plan.forward) + predictSeconds(*profile, plan.backward);
}

std::optional<std::int64_t> breakEven(const OperatorConfig& config, const RowLayout& rows,
                                      const MachineProfile* profile) {
    const auto cheaper = [&](std::int64_t width) {
        return planOperator(config, width, width, rows).issues.empty() &&
               priceOf(config, width, rows, profile) < priceOf(DenseConfig{}, width, rows, profile);
    };
    std::int64_t high = 8;
    while (high <= kLargestBreakEven && !cheaper(high))
        high *= 2;
    if (high > kLargestBreakEven)
        return std::nullopt;
    std::int64_t low = high / 2;
    while (high > 8 && high - low > std::max<std::int64_t>(1, low / 50)) {
        const std::int64_t middle = (low + high) / 2;
        (cheaper(middle) ? high : low) = middle;
    }
    return high;
}

double denseWork(const OperatorPlan& plan) {
    return double(plan.rows.rows()) * double(plan.in) * double(plan.out);
}

bool isPadded(const OperatorPlan& plan) {
    return plan.paddedIn != plan.in || plan.paddedOut != plan.out ||
           plan.paddedRows != plan.rows.rows();
}

void describeLayers(TrainingCost& cost, const NetworkPlan& plan, const MachineProfile* profile) {
    double dense = 0;
    double now = 0;
    double padded = 0;
    double unpadded = 0;
    const LayerPlan* first = nullptr;
    std::optional<double> limit;
    bool oneLimit = true;
    for (const LayerPlan& layer : plan.layers) {
        if (std::holds_alternative<DenseConfig>(layer.config))
            continue;
        ++cost.structuredLayers;
        if (!first)
            first = &layer;
        dense += denseWork(layer.plan);
        now += layer.plan.multiplyAddsForward;
        const auto* stl = std::get_if<StlConfig>(&layer.config);
        if (stl) {
            const double own = double(stl->tile * stl->tile * stl->tile) / double(stl->rank);
            oneLimit = oneLimit && (!limit || *limit == own);
            limit = own;
        }
        oneLimit = oneLimit && stl;
        if (isPadded(layer.plan)) {
            ++cost.paddedLayers;
            padded += double(layer.plan.paddedRows) * double(layer.plan.paddedIn) *
                      double(layer.plan.paddedOut);
            unpadded += denseWork(layer.plan);
        }
        if (!layer.plan.note.empty() &&
            std::find(cost.notes.begin(), cost.notes.end(), layer.plan.note) == cost.notes.end())
            cost.notes.push_back(layer.plan.note);
    }
    if (!first)
        return;
    cost.layerSpeedup = now > 0 ? dense / now : 1.0;
    cost.paddedWork = unpadded > 0 ? padded / unpadded - 1.0 : 0.0;
    if (oneLimit)
        cost.speedupLimit = limit;
    cost.breakEvenRows = first->plan.rows.rows();
    cost.breakEvenWidth = breakEven(first->config, first->plan.rows, profile);
}

} // namespace

std::optional<TrainingCost> trainingCost(const Json& config, const MachineProfile* profile) {
    Json part = Json::object();
    for (const char* key : kCostKeys) {
        if (!config.is_object() || !config.contains(key))
            return std::nullopt;
        part[key] = config.at(key);
    }
    if (!costSchema().validate(part).empty())
        return std::nullopt;
    const CostConfig read = costSchema().read(part);
    const DatasetSummary data = summarizeDataset(read.dataset);
    const NetworkInput input{data.shape.height, data.shape.width, data.shape.channels,
                             data.classes};
    TrainingCost cost;
    const NetworkPlan now = planNetwork(read.network, input, read.batchSize);
    cost.issues = now.issues;
    if (!cost.issues.empty())
        return cost;
    NetworkConfig twin = read.network;
    twin.op = DenseConfig{};
    twin.layers.clear();
    cost.dense = sideOf(planNetwork(twin, input, read.batchSize), read, profile);
    cost.now = sideOf(now, read, profile);
    cost.stepsPerEpoch = (data.counts.training + read.batchSize - 1) / read.batchSize;
    cost.flags = now.flags;
    describeLayers(cost, now, profile);
    return cost;
}

} // namespace inlay::engine

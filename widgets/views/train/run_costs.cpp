#include "widgets/views/train/run_costs.h"

#include <algorithm>

#include "engine/base/json.h"
#include "engine/datasets/catalog.h"
#include "engine/experiments/train/train_schema.h"
#include "engine/networks/network.h"
#include "engine/operators/catalog.h"

namespace inlay::widgets {

RunCosts runCostsOf(const std::string& config) {
    const engine::train::TrainConfig train =
        engine::train::trainSchema().read(engine::parseJson(config, "the run's configuration"));
    const engine::DatasetSummary data = engine::summarizeDataset(train.dataset);
    const engine::NetworkInput input{data.shape.height, data.shape.width, data.shape.channels,
                                     data.classes};
    const engine::NetworkPlan plan = engine::planNetwork(train.network, input, train.batchSize);
    engine::NetworkConfig denseNetwork = train.network;
    denseNetwork.op = engine::DenseConfig{};
    denseNetwork.layers.clear();
    const engine::NetworkPlan dense = engine::planNetwork(denseNetwork, input, train.batchSize);

    RunCosts costs;
    costs.batchSize = train.batchSize;
    costs.validationCount = data.counts.validation;
    costs.countRatio = dense.multiplyAddsForward / plan.multiplyAddsForward;
    costs.isDense = true;
    for (std::size_t i = 0; i < plan.layers.size(); ++i) {
        const engine::LayerPlan& layer = plan.layers[i];
        const engine::OperatorFamily& family = engine::operatorCatalog()[layer.config.index()];
        LayerCost cost;
        cost.name = layer.name;
        cost.title = QString::fromStdString(layer.title);
        cost.familyId = QString::fromStdString(family.id);
        cost.family = QString::fromStdString(family.title);
        if (const auto* stl = std::get_if<engine::StlConfig>(&layer.config))
            cost.family = QStringLiteral("STL %1×%2").arg(stl->tile).arg(stl->rank);
        else if (const auto* lowRank = std::get_if<engine::LowRankConfig>(&layer.config))
            cost.family += QStringLiteral(" %1").arg(lowRank->rank);
        cost.countRatio = dense.layers[i].plan.multiplyAddsForward / layer.plan.multiplyAddsForward;
        costs.isDense = costs.isDense && layer.config.index() == 0;
        costs.layers.push_back(std::move(cost));
    }
    return costs;
}

} // namespace inlay::widgets

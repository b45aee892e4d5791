#include "engine/experiments/train/start_model.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/networks/layers.h"
#include "engine/networks/network_schema.h"
#include "engine/operators/make.h"

namespace inlay::engine::train {
namespace {

constexpr const char* kDescription = "inlay";

NetworkConfig describedNetwork(const SafetensorsFile& file, const NetworkConfig& wanted) {
    NetworkConfig dense = wanted;
    dense.op = DenseConfig{};
    dense.layers.clear();
    const auto found = file.metadata().find(kDescription);
    if (found == file.metadata().end())
        return dense;
    const Json description = parseJson(found->second, file.path());
    if (!description.is_object() || !description.contains("network"))
        return dense;
    const Schema<NetworkConfig> schema = networkSchema();
    const Json& network = description.at("network");
    if (const std::vector<Issue> issues = schema.validate(network); !issues.empty())
        throw Error(fmt::format("{} describes a network that this version does not know: {}",
                                file.path(), joinMessages(issues)));
    return schema.read(network);
}

std::string shapeText(const SafetensorsEntry& entry) {
    return Shape(entry.shape).text();
}

const char* modelName(const NetworkConfig& network) {
    if (std::holds_alternative<MlpConfig>(network.model))
        return "fully connected network";
    return std::holds_alternative<VitConfig>(network.model) ? "vision transformer"
                                                            : "convolutional network";
}

std::vector<Issue> checkLayers(const StartModel& model, const TrainConfig& config,
                               const NetworkInput& input) {
    const char* const key = "start_from.model";
    std::vector<Issue> issues;
    for (const StartLayer& layer :
         startLayers(model.network(), config.network, input, config.batchSize)) {
        if (!layer.isConverted())
            continue;
        if (!std::holds_alternative<DenseConfig>(layer.before)) {
            issues.push_back({key, fmt::format("layer {} is {} in {}; only dense layers can be "
                                               "fitted with another family",
                                               layer.name, familyOf(layer.before), model.path())});
            continue;
        }
        if (const std::string problem = fitProblem(layer.now, {.scores = config.startFrom.scores});
            !problem.empty())
            issues.push_back({"start_from.scores", problem});
        const HostMatrix matrix = model.matrix(layer.name);
        if (matrix.rows != layer.in || matrix.cols != layer.out) {
            issues.push_back({key, fmt::format("layer {} is {} x {} in {} and {} x {} here: data "
                                               "of another size or other classes",
                                               layer.name, matrix.rows, matrix.cols, model.path(),
                                               layer.in, layer.out)});
            continue;
        }
        const auto bad = std::count_if(matrix.values.begin(), matrix.values.end(),
                                       [](double value) { return !std::isfinite(value); });
        if (bad > 0)
            issues.push_back(
                {key, fmt::format("{} of the {} weights of layer {} in {} are not "
                                  "finite; such a layer cannot be fitted",
                                  bad, matrix.values.size(), layer.name, model.path())});
    }
    // One sentence for scores is enough, however many layers they concern.
    const auto same = [](const Issue& a, const Issue& b) {
        return a.key == b.key && a.message == b.message;
    };
    issues.erase(std::unique(issues.begin(), issues.end(), same), issues.end());
    return issues;
}

} // namespace

StartModel::StartModel(const std::string& path, const NetworkConfig& wanted)
    : file_(path)
    , network_(describedNetwork(file_, wanted)) {}

void StartModel::copyTo(const std::string& name, Tensor& target) const {
    const SafetensorsEntry* entry = file_.find(name);
    if (!entry)
        throw Error(fmt::format("{} has no tensor {}: it belongs to another network, or was "
                                "written by an older version.",
                                path(), name));
    if (entry->shape != target.shape().sizes())
        throw Error(fmt::format("{} is {} in {} and {} here: data of another size or another "
                                "network.",
                                name, shapeText(*entry), path(), target.shape().text()));
    if (entry->type == SafetensorsType::I32 || entry->type == SafetensorsType::U8) {
        std::vector<std::uint8_t> raw(static_cast<std::size_t>(entry->end - entry->begin));
        if (raw.size() != target.bytes())
            throw Error(fmt::format("{} is {} in {}, which does not fit here.", name,
                                    safetensorsTypeName(entry->type), path()));
        file_.read(*entry, std::as_writable_bytes(std::span(raw)));
        target.setBytes(raw);
        return;
    }
    target.copyFrom(Tensor::fromHost(target.device(), target.shape(), target.dtype(),
                                     std::span<const float>(file_.readFloats(*entry))));
}

HostMatrix StartModel::matrix(const std::string& layer) const {
    const SafetensorsEntry& entry = file_.at(layer + "/weight");
    if (entry.shape.size() != 2)
        throw Error(fmt::format("{}/weight is {} in {}; a dense layer has a matrix.", layer,
                                shapeText(entry), path()));
    const std::vector<float> values = file_.readFloats(entry);
    return {entry.shape[0], entry.shape[1], {values.begin(), values.end()}};
}

std::vector<StartLayer> startLayers(const NetworkConfig& before, const NetworkConfig& now,
                                    const NetworkInput& input, std::int64_t batch) {
    std::vector<StartLayer> layers;
    for (const LayerShape& shape : layerShapes(now, input, batch))
        layers.push_back({shape.name, chooseOperator(before, shape).config,
                          chooseOperator(now, shape).config, shape.in, shape.out, shape.rows});
    return layers;
}

std::vector<Issue> checkStart(const TrainConfig& config, const NetworkInput& input) {
    if (config.startFrom.model.empty())
        return {};
    const char* const key = "start_from.model";
    try {
        const StartModel model(config.startFrom.model.string(), config.network);
        if (!(model.network().model == config.network.model))
            return {{key, fmt::format("{} holds a {} of other sizes or layers than this {}; only "
                                      "operators may differ",
                                      model.path(), modelName(model.network()),
                                      modelName(config.network))}};
        return checkLayers(model, config, input);
    } catch (const Error& error) {
        return {{key, error.what()}};
    }
}

std::string startStateName(const std::string& state) {
    return "mask/" + state;
}

} // namespace inlay::engine::train

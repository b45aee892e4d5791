#include "engine/experiments/train/convert.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "engine/experiments/train/start_model.h"
#include "engine/experiments/train/train_kind.h"
#include "engine/experiments/train/train_schema.h"
#include "engine/operators/catalog.h"

namespace inlay::engine::train {
namespace {

constexpr std::array<const char*, 5> kTargets = {"blocks", "mlp", "attention", "head", "all"};

bool isTarget(const std::string& word) {
    return std::find(kTargets.begin(), kTargets.end(), word) != kTargets.end();
}

std::optional<std::string> modelPath(RunStore& store, const RunRecord& run) {
    for (const ArtifactRecord& artifact : store.artifacts(run.id))
        if (artifact.name == "model.safetensors")
            return store.absolutePath(artifact.path);
    return std::nullopt;
}

std::vector<Issue> checkParent(const RunRecord& parent, const std::optional<std::string>& model) {
    if (parent.kind != trainKind().id())
        return {{"run", fmt::format("run {} is of the kind {}; only runs of the kind train are "
                                    "converted",
                                    parent.id, parent.kind)}};
    if (parent.status != RunStatus::Finished)
        return {{"run", fmt::format("run {} is {}; only a finished run has a trained network",
                                    parent.id, nameOf(parent.status))}};
    if (!model)
        return {{"run", fmt::format("run {} has no model.safetensors any more", parent.id)}};
    return {};
}

std::vector<Issue> checkOperator(const Json& op) {
    std::string kind;
    if (op.is_object() && op.contains("kind") && op.at("kind").is_string())
        kind = op.at("kind").get<std::string>();
    if (findOperatorFamily(kind))
        return {};
    std::string allowed;
    for (const OperatorFamily& family : operatorCatalog())
        allowed += (allowed.empty() ? "" : ", ") + family.id;
    return {{"to", fmt::format("\"{}\" is no operator family; allowed: {}", kind, allowed)}};
}

/// The assignments that put the operator into the layers.
std::vector<Issue> chooseLayers(const ConvertRequest& request, const TrainConfig& before,
                                const Json& config, std::vector<Assignment>& assignments) {
    const bool anyTarget = std::any_of(request.layers.begin(), request.layers.end(), isTarget);
    if (request.layers.empty())
        return {{"layers", "no layers are named; allowed: blocks, mlp, attention, head, all, or "
                           "patterns such as blocks.*.mlp.*"}};
    if (!anyTarget) {
        Json rules = config.at("network").value("layers", Json::array());
        for (const std::string& pattern : request.layers)
            rules.push_back({{"match", pattern}, {"operator", request.op}});
        assignments.push_back({"network.layers", std::move(rules)});
        return {};
    }
    if (request.layers.size() > 1)
        return {{"layers", "blocks, mlp, attention, head and all stand alone; several layers are "
                           "named by patterns such as blocks.*.mlp.*"}};
    const bool dense = std::holds_alternative<DenseConfig>(before.network.op) ||
                       before.network.apply == OperatorTarget::None;
    if (!dense || !before.network.layers.empty())
        return {{"layers", fmt::format("the run has structured layers already, so \"{}\" would not "
                                       "say which to leave; name layers by patterns such as "
                                       "blocks.*.mlp.*",
                                       request.layers.front())}};
    assignments.push_back({"network.apply", request.layers.front()});
    assignments.push_back({"network.operator", request.op});
    return {};
}

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

} // namespace

ConversionPreview previewConversion(const Json& before, const Json& after) {
    const TrainConfig was = trainSchema().read(before);
    const TrainConfig now = trainSchema().read(after);
    const DatasetSummary data = summarizeDataset(now.dataset);
    const NetworkInput input{data.shape.height, data.shape.width, data.shape.channels,
                             data.classes};
    ConversionPreview preview;
    for (const StartLayer& layer : startLayers(was.network, now.network, input, now.batchSize))
        preview.layers += layer.isConverted() ? 1 : 0;
    const NetworkPlan dense = planNetwork(was.network, input, 1);
    const NetworkPlan structured = planNetwork(now.network, input, 1);
    preview.parametersBefore = dense.parameters;
    preview.parametersAfter = structured.parameters;
    preview.multiplyAddsBefore = dense.multiplyAddsForward;
    preview.multiplyAddsAfter = structured.multiplyAddsForward;
    return preview;
}

Launch prepareConversion(RunStore& store, const RunRecord& parent, const ConvertRequest& request,
                         const LaunchOptions& options) {
    Launch launch;
    const std::optional<std::string> model = modelPath(store, parent);
    launch.issues = checkParent(parent, model);
    if (launch.issues.empty())
        launch.issues = checkOperator(request.op);
    if (!launch.issues.empty())
        return launch;

    const Json config = trainSchema().complete(parseJson(parent.config, "the run's configuration"));
    const TrainConfig before = trainSchema().read(config);
    std::vector<Assignment> assignments = {{"start_from.model", *model}};
    launch.issues = chooseLayers(request, before, config, assignments);
    if (!launch.issues.empty())
        return launch;
    if (request.epochs)
        assignments.push_back({"epochs", *request.epochs});
    assignments.insert(assignments.end(), request.assignments.begin(), request.assignments.end());
    Assigned assigned = assign(trainSchema(), config, assignments);
    launch.issues = std::move(assigned.issues);
    const std::string device = options.device.value_or(parent.device);
    if (launch.issues.empty() && options.device)
        launch.issues = checkDevice(device);
    if (!launch.issues.empty())
        return launch;
    const Json full = trainSchema().complete(assigned.config);
    launch.issues = trainKind().check(full, device);
    if (launch.issues.empty() && previewConversion(config, full).layers == 0)
        launch.issues = {{"layers", fmt::format("nothing would change: {} of run {} are {} already",
                                                joined(request.layers), parent.id,
                                                request.op.at("kind").get<std::string>())}};
    if (!launch.issues.empty())
        return launch;

    const OperatorFamily& family = *findOperatorFamily(request.op.at("kind").get<std::string>());
    if (const auto project = store.project(parent.project)) {
        launch.projectTitle = project->title;
        launch.projectPath = project->path;
    }
    NewRun row;
    row.name = options.name.empty()
                   ? fmt::format("{} · {} in {}", parent.name, family.title, joined(request.layers))
                   : options.name;
    row.kind = parent.kind;
    row.kindVersion = trainKind().version();
    row.seed = options.seed ? static_cast<std::uint64_t>(*options.seed) : parent.seed;
    row.device = device;
    row.threads = options.threads.value_or(parent.threads);
    row.config = full;
    row.tags = parent.tags;
    row.tags.insert(row.tags.end(), options.tags.begin(), options.tags.end());
    row.parentRun = parent.id;
    row.projectFile = parent.projectFile;
    row.gitCommit = parent.gitCommit;
    row.flags = trainKind().flags(full);
    launch.runs.push_back(std::move(row));
    return launch;
}

} // namespace inlay::engine::train

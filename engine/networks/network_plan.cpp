#include <algorithm>
#include <map>
#include <utility>

#include "engine/networks/conv_stack.h"
#include "engine/networks/fixed_calls.h"
#include "engine/networks/layers.h"
#include "engine/networks/network.h"
#include "engine/operators/make.h"

namespace inlay::engine {

namespace {

void planMlpCalls(const std::vector<LayerShape>& layers, std::int64_t batch, FixedCalls& calls) {
    calls.loss(batch, layers.back().out);
    for (std::size_t i = layers.size(); i-- > 0;) {
        calls.linearBackward(layers[i]);
        if (i > 0)
            calls.activationBackward(layers[i - 1]);
    }
}

void planVitCalls(const VitConfig& config, const std::vector<LayerShape>& layers,
                  std::int64_t batch, FixedCalls& calls) {
    using Skip = FixedCalls::Skip;
    constexpr std::size_t kLayersOfBlock = 6;
    const LayerShape& embed = layers.front();
    const LayerShape& head = layers.back();
    const RowLayout rows = embed.rows;
    const std::int64_t n = rows.rows();
    const std::int64_t width = config.width;

    calls.embedForward(embed);
    for (std::int64_t block = 0; block < config.depth; ++block) {
        calls.normForward(n, width);
        calls.attention(rows, width, config.heads);
        calls.normForward(n, width);
    }
    calls.poolForward(rows, width);
    calls.normForward(batch, width);
    calls.loss(batch, head.out);

    calls.linearBackward(head);
    calls.normBackward(batch, width, Skip::No);
    calls.poolBackward(rows, width);
    for (std::int64_t block = config.depth; block-- > 0;) {
        const std::size_t first = 1 + kLayersOfBlock * static_cast<std::size_t>(block);
        const LayerShape* own = &layers[first];
        calls.linearBackward(own[5]);
        calls.activationBackward(own[4]);
        calls.linearBackward(own[4]);
        calls.normBackward(n, width, Skip::Yes);
        calls.linearBackward(own[3]);
        calls.attentionBackward();
        calls.linearBackward(own[0]);
        calls.linearBackward(own[1]);
        calls.inputSumBackward(first + 1);
        calls.linearBackward(own[2]);
        calls.inputSumBackward(first + 2);
        calls.normBackward(n, width, Skip::Yes);
    }
    calls.embedBackward(embed);
    calls.linearBackward(embed);
}

void planConvNetCalls(const std::vector<ConvStage>& stages, const NetworkConfig& config,
                      const std::vector<LayerShape>& layers, std::int64_t batch,
                      FixedCalls& calls) {
    const auto dense = [&](const ConvStage& stage) {
        const auto layer = std::find_if(layers.begin(), layers.end(), [&](const LayerShape& own) {
            return own.name == stage.name;
        });
        return std::holds_alternative<DenseConfig>(chooseOperator(config, *layer).config);
    };
    const auto layerOf = [&](const ConvStage& stage) {
        return *std::find_if(layers.begin(), layers.end(),
                             [&](const LayerShape& own) { return own.name == stage.name; });
    };
    for (const ConvStage& stage : stages) {
        switch (stage.layer.kind) {
        case ConvLayerKind::Convolution:
            calls.convolutionForward(stage, batch, dense(stage));
            break;
        case ConvLayerKind::MaxPool:
            calls.mapForward("maxPool", batch, stage);
            break;
        case ConvLayerKind::MeanPool:
            calls.poolForward({batch, stage.in.pixels(), false}, stage.in.channels);
            break;
        case ConvLayerKind::Dropout:
            calls.mapForward("dropout", batch, stage);
            break;
        case ConvLayerKind::Linear:
            if (stage.in.pixels() > 1)
                calls.flatten(batch, stage.in);
            break;
        }
    }
    if (stages.back().isHead)
        calls.loss(batch, stages.back().layer.channels);
    else if (stages.back().out.pixels() > 1)
        calls.flatten(batch, stages.back().out);
    for (std::size_t i = stages.size(); i-- > 0;) {
        const ConvStage& stage = stages[i];
        switch (stage.layer.kind) {
        case ConvLayerKind::Convolution:
            calls.convolutionBackward(stage, batch, dense(stage), i == 0);
            break;
        case ConvLayerKind::MaxPool:
            if (i > 0)
                calls.mapBackward("maxPoolBackward", batch, stage);
            break;
        case ConvLayerKind::MeanPool:
            if (i > 0)
                calls.poolBackward({batch, stage.in.pixels(), false}, stage.in.channels);
            break;
        case ConvLayerKind::Dropout:
            if (i > 0)
                calls.mapBackward("dropout", batch, stage);
            break;
        case ConvLayerKind::Linear:
            calls.linearBackward(layerOf(stage));
            if (!stage.isHead && stage.layer.activation != ConvActivation::None)
                calls.activationBackward(layerOf(stage));
            break;
        }
    }
}

/// What the layers of a group have in common.
struct SharedGroup {
    std::string layer; // the first one
    std::string shape;
    std::int64_t parameters = 0;
};

/// Sums the layers of a plan; parameters of groups count once.
class LayerSum {
public:
    LayerSum(NetworkPlan& plan, const NetworkConfig& config)
        : plan_(plan)
        , config_(config) {}

    /// The first layer computes no gradient of its input.
    void add(const LayerShape& shape) {
        LayerChoice choice = chooseOperator(config_, shape);
        LayerPlan layer;
        layer.name = shape.name;
        layer.title = shape.title;
        layer.plan = planOperator(choice.config, shape.in, shape.out, shape.rows);
        const bool convolves =
            std::holds_alternative<ConvNetConfig>(config_.model) &&
            (shape.role == LayerRole::Embed || shape.role == LayerRole::Convolution);
        if (plan_.layers.empty())
            dropInputGradient(layer.plan);
        if (convolves && std::holds_alternative<DenseConfig>(choice.config))
            joinConvolution(layer.plan);
        if (convolves && shape.role == LayerRole::Embed && choice.key.empty())
            layer.plan.note = "Stays dense: of its " + std::to_string(shape.in) +
                              " inputs, the taps of a window, too few are left to save "
                              "anything. apply = all replaces it too.";
        plan_.parameters += layer.plan.parameters - layer.plan.sharedParameters;
        plan_.multiplyAddsForward += layer.plan.multiplyAddsForward;
        plan_.multiplyAddsBackward += layer.plan.multiplyAddsBackward;
        for (const std::string& flag : layer.plan.flags)
            if (std::find(plan_.flags.begin(), plan_.flags.end(), flag) == plan_.flags.end())
                plan_.flags.push_back(flag);
        for (const Issue& issue : layer.plan.issues)
            addIssue({choice.key + (issue.key.empty() ? "" : "." + issue.key), issue.message});
        addToGroup(layer, choice.key);
        layer.config = std::move(choice.config);
        plan_.layers.push_back(std::move(layer));
    }

private:
    static void dropInputGradient(OperatorPlan& plan) {
        for (const KernelCall& call : plan.backward)
            if (call.forInput) {
                plan.multiplyAddsBackward -= call.multiplyAdds;
                plan.bytesBackward -= call.bytes;
            }
        std::erase_if(plan.backward, [](const KernelCall& call) { return call.forInput; });
    }

    /// A dense convolution is one call each way, whose columns never leave the cache.
    static void joinConvolution(OperatorPlan& plan) {
        const auto join = [](std::vector<KernelCall>& calls, const char* op, std::int64_t m,
                             std::int64_t n, std::int64_t k) {
            KernelCall all;
            all.op = op;
            all.m = m;
            all.n = n;
            all.k = k;
            for (const KernelCall& call : calls) {
                all.multiplyAdds += call.multiplyAdds;
                all.bytes += call.bytes;
            }
            calls = {all};
        };
        join(plan.forward, "convolve", plan.rows.rows(), plan.out, plan.in);
        join(plan.backward, "convolveBackward", plan.in, plan.out, plan.rows.rows());
    }

    void addToGroup(const LayerPlan& layer, const std::string& key) {
        const OperatorPlan& plan = layer.plan;
        if (plan.sharedGroup.empty())
            return;
        SharedGroup& group =
            groups_.try_emplace(plan.sharedGroup, SharedGroup{layer.name, plan.sharedShape, 0})
                .first->second;
        if (group.shape != plan.sharedShape)
            addIssue({key + ".group", "Group \"" + plan.sharedGroup + "\" has " + plan.sharedShape +
                                          " here and " + group.shape + " in " + group.layer +
                                          "; layers of one group need the same."});
        if (plan.sharedParameters > group.parameters) {
            plan_.parameters += plan.sharedParameters - group.parameters;
            group.parameters = plan.sharedParameters;
        }
    }

    /// Layers of the same operator say the same.
    void addIssue(const Issue& issue) {
        if (std::find(plan_.issues.begin(), plan_.issues.end(), issue) == plan_.issues.end())
            plan_.issues.push_back(issue);
    }

    NetworkPlan& plan_;
    const NetworkConfig& config_;
    std::map<std::string, SharedGroup> groups_;
};

} // namespace

NetworkPlan planNetwork(const NetworkConfig& config, const NetworkInput& input,
                        std::int64_t batch) {
    NetworkPlan plan;
    plan.issues = checkShape(config, input);
    if (!plan.issues.empty())
        return plan;
    const std::vector<LayerShape> shapes = layerShapes(config, input, batch);
    plan.issues = checkRules(config, shapes);
    LayerSum sum(plan, config);
    for (const LayerShape& shape : shapes)
        sum.add(shape);
    FixedCalls calls(plan);
    if (const auto* vit = std::get_if<VitConfig>(&config.model))
        planVitCalls(*vit, shapes, batch, calls);
    else if (const auto* conv = std::get_if<ConvNetConfig>(&config.model))
        planConvNetCalls(convStages(*conv, input), config, shapes, batch, calls);
    else
        planMlpCalls(shapes, batch, calls);
    return plan;
}

} // namespace inlay::engine

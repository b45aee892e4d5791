#include <algorithm>
#include <map>
#include <utility>

#include "engine/networks/conv_stack.h"
#include "engine/networks/layers.h"
#include "engine/networks/network.h"
#include "engine/operators/make.h"

namespace inlay::engine {

namespace {

constexpr double kFloat = 4.0; // bytes

double elements(std::int64_t rows, std::int64_t cols) {
    return static_cast<double>(rows) * static_cast<double>(cols);
}

/// A call whose cost is its memory traffic; `touched` counts the numbers read and written.
KernelCall streaming(const char* op, std::int64_t rows, std::int64_t cols, double touched) {
    KernelCall call;
    call.op = op;
    call.m = rows;
    call.n = cols;
    call.bytes = kFloat * touched;
    return call;
}

/// Collects the calls that no operator plans, in the order in which the modules make them.
class FixedCalls {
public:
    explicit FixedCalls(NetworkPlan& plan)
        : plan_(plan) {}

    void linearBackward(const LayerShape& layer) {
        plan_.parameters += layer.out;
        const std::int64_t n = layer.rows.rows();
        backward(
            streaming("sumRows", 1, layer.out, elements(n, layer.out) + 2.0 * double(layer.out)));
    }

    void activationBackward(const LayerShape& layer) {
        const std::int64_t n = layer.rows.rows();
        backward(streaming("activateBackward", n, layer.out, 3.0 * elements(n, layer.out)));
    }

    /// The gradient of layer `index` is added to that of the layers beside it.
    void inputSumBackward(std::size_t index) {
        const OperatorPlan& layer = plan_.layers[index].plan;
        const std::int64_t n = layer.rows.rows();
        if (!layer.addsInputGradient && layer.in == layer.paddedIn) // a cut adds instead
            backward(streaming("axpby", n, layer.in, 3.0 * elements(n, layer.in)));
    }

    void normForward(std::int64_t rows, std::int64_t width) {
        plan_.parameters += 2 * width;
        forward(streaming("layerNorm", rows, width, 2.0 * elements(rows, width)));
    }

    /// `skip`: the gradient of the residual path is read and added to.
    enum class Skip { No, Yes };
    void normBackward(std::int64_t rows, std::int64_t width, Skip skip) {
        const double passes = skip == Skip::Yes ? 4.0 : 3.0;
        backward(streaming("layerNormBackward", rows, width, passes * elements(rows, width)));
    }

    void attention(const RowLayout& rows, std::int64_t width, std::int64_t heads) {
        KernelCall call;
        call.op = "attention";
        call.batch = rows.groups * heads;
        call.m = rows.rowsPerGroup;
        call.n = rows.rowsPerGroup;
        call.k = width / heads;
        const double product =
            double(call.batch) * double(call.m) * double(call.n) * double(call.k);
        const double matrix = elements(rows.rows(), width);
        call.multiplyAdds = 2.0 * product;
        call.bytes = kFloat * 4.0 * matrix;
        forward(call);
        // The scores again, then the gradients of v, of the probabilities, of q and of k.
        call.op = "attentionBackward";
        call.multiplyAdds = 5.0 * product;
        call.bytes = kFloat * 8.0 * matrix;
        pendingAttention_ = call;
    }
    void attentionBackward() { backward(pendingAttention_); }

    void embedForward(const LayerShape& embed) {
        const std::int64_t n = embed.rows.rows();
        const std::int64_t positions = embed.rows.rowsPerGroup;
        plan_.parameters += positions * embed.out;
        forward(streaming("addPeriodic", n, embed.out,
                          2.0 * elements(n, embed.out) + elements(positions, embed.out)));
    }
    void embedBackward(const LayerShape& embed) {
        const std::int64_t n = embed.rows.rows();
        const std::int64_t positions = embed.rows.rowsPerGroup;
        backward(streaming("sumPeriodic", positions, embed.out,
                           elements(n, embed.out) + 2.0 * elements(positions, embed.out)));
    }

    /// What surrounds the operator of a convolution: its columns, its pooling, its norm. A dense
    /// one has all but the norm in its own call.
    void convolutionForward(const ConvStage& stage, std::int64_t batch, bool dense) {
        const std::int64_t n = batch * stage.windows.outHeight * stage.windows.outWidth;
        const std::int64_t out = batch * stage.out.pixels();
        const std::int64_t width = stage.layer.channels;
        plan_.parameters += width; // the bias
        if (!dense) {
            forward(streaming("im2col", n, stage.windows.columns(),
                              2.0 * elements(n, stage.windows.columns())));
            if (stage.pool.taps() > 1) {
                forward(
                    streaming("maxPool", out, width, elements(n, width) + elements(out, width)));
                if (stage.layer.activation != ConvActivation::None && !stage.layer.batchNorm)
                    forward(streaming("activate", out, width, 2.0 * elements(out, width)));
            }
        }
        // The result is kept, for its sign.
        if (stage.layer.activation != ConvActivation::None && !stage.layer.batchNorm)
            forward(streaming("copy", 0, 0, 2.0 * elements(out, width)));
        if (stage.layer.batchNorm) {
            plan_.parameters += 2 * width;
            forward(streaming("batchNorm", n, width, 3.0 * elements(n, width)));
            if (stage.layer.activation != ConvActivation::None)
                forward(streaming("activate", n, width, 2.0 * elements(n, width)));
        }
    }
    void convolutionBackward(const ConvStage& stage, std::int64_t batch, bool dense, bool first) {
        const std::int64_t n = batch * stage.windows.outHeight * stage.windows.outWidth;
        const std::int64_t out = batch * stage.out.pixels();
        const std::int64_t width = stage.layer.channels;
        const bool activated = stage.layer.activation != ConvActivation::None;
        if (stage.layer.batchNorm) {
            if (activated)
                backward(streaming("activateBackward", n, width, 3.0 * elements(n, width)));
            backward(streaming("batchNormBackward", n, width, 5.0 * elements(n, width)));
        }
        if (dense)
            return;
        if (activated && !stage.layer.batchNorm)
            backward(streaming("activateBackward", out, width, 3.0 * elements(out, width)));
        backward(streaming("sumRows", 1, width, elements(out, width)));
        if (stage.pool.taps() > 1)
            backward(
                streaming("maxPoolBackward", n, width, elements(n, width) + elements(out, width)));
        if (!first)
            backward(streaming("col2im", batch * stage.in.pixels(), stage.in.channels,
                               2.0 * elements(n, stage.windows.columns())));
    }

    /// Max pooling, dropout: `op` there, `back` on the way back.
    void mapForward(const char* op, std::int64_t batch, const ConvStage& stage) {
        const std::int64_t rows = batch * stage.out.pixels();
        forward(streaming(op, rows, stage.out.channels,
                          elements(rows, stage.out.channels) +
                              elements(batch * stage.in.pixels(), stage.in.channels)));
    }
    void mapBackward(const char* op, std::int64_t batch, const ConvStage& stage) {
        const std::int64_t rows = batch * stage.in.pixels();
        backward(streaming(op, rows, stage.in.channels,
                           elements(rows, stage.in.channels) +
                               elements(batch * stage.out.pixels(), stage.out.channels)));
    }
    void flatten(std::int64_t batch, const MapSize& map) {
        forward(streaming("convert", batch, map.pixels() * map.channels,
                          2.0 * elements(batch, map.pixels() * map.channels)));
        backward(streaming("convert", batch, map.pixels() * map.channels,
                           2.0 * elements(batch, map.pixels() * map.channels)));
    }

    void poolForward(const RowLayout& rows, std::int64_t width) {
        forward(
            streaming("groupMean", rows.groups, width, elements(rows.rows() + rows.groups, width)));
    }
    void poolBackward(const RowLayout& rows, std::int64_t width) {
        backward(streaming("groupMeanBackward", rows.rows(), width,
                           elements(rows.rows() + rows.groups, width)));
    }

    void loss(std::int64_t batch, std::int64_t classes) {
        forward(streaming("softmaxCrossEntropy", batch, classes, 2.0 * elements(batch, classes)));
    }

private:
    void forward(KernelCall call) {
        plan_.multiplyAddsForward += call.multiplyAdds;
        plan_.fixedForward.push_back(std::move(call));
    }
    void backward(KernelCall call) {
        plan_.multiplyAddsBackward += call.multiplyAdds;
        plan_.fixedBackward.push_back(std::move(call));
    }

    NetworkPlan& plan_;
    KernelCall pendingAttention_;
};

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

#pragma once

#include <utility>

#include "engine/networks/conv_stack.h"
#include "engine/networks/network.h"

namespace inlay::engine {

inline constexpr double kFloatBytes = 4.0;

/// Numbers of a matrix.
inline double elements(std::int64_t rows, std::int64_t cols) {
    return static_cast<double>(rows) * static_cast<double>(cols);
}

/// A call whose cost is its memory traffic; `touched` counts the numbers read and written.
inline KernelCall streaming(const char* op, std::int64_t rows, std::int64_t cols, double touched) {
    KernelCall call;
    call.op = op;
    call.m = rows;
    call.n = cols;
    call.bytes = kFloatBytes * touched;
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
        call.bytes = kFloatBytes * 4.0 * matrix;
        forward(call);
        // The scores again, then the gradients of v, of the probabilities, of q and of k.
        call.op = "attentionBackward";
        call.multiplyAdds = 5.0 * product;
        call.bytes = kFloatBytes * 8.0 * matrix;
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

} // namespace inlay::engine

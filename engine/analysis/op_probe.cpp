#include "engine/analysis/op_probe.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/operators/column_blocks.h"
#include "engine/tensor/tensor.h"
#include "kernels/backend.h"

namespace inlay::engine {
namespace {

using kernels::Accumulate;
using kernels::BatchView;
using kernels::ConstView;
using kernels::Transpose;
using kernels::View;

/// The operands of one prepared call.
class Operands {
public:
    explicit Operands(const Device& device)
        : device_(device) {}

    /// Uniform in [-1, 1).
    View matrix(std::int64_t rows, std::int64_t cols) {
        Tensor& tensor = held_.emplace_back(device_, Shape{rows, cols}, device_.computeType());
        const View view = tensor.view();
        kernels::PhiloxState state{};
        state.stream = held_.size();
        device_.backend().fillUniform(view, state, {}, -1.0, 1.0);
        return view;
    }
    /// Two of four rows are zero.
    View pruned(std::int64_t rows, std::int64_t cols) {
        const View w = matrix(rows, cols);
        std::vector<std::uint8_t> kept(static_cast<std::size_t>(rows * cols));
        for (std::size_t i = 0; i < kept.size(); ++i)
            kept[i] = i / static_cast<std::size_t>(cols) % 4 < 2;
        const Tensor mask = Tensor::fromHost(device_, Shape{rows, cols}, kept);
        device_.backend().applyMask(w, mask.view(), w);
        device_.backend().synchronize();
        return w;
    }
    BatchView batch(std::int64_t count, std::int64_t rows, std::int64_t cols) {
        View all = matrix(count * rows, cols);
        all.rows = rows;
        return {all, count, rows * cols};
    }
    View mask(std::int64_t rows, std::int64_t cols) {
        std::vector<std::uint8_t> bits(static_cast<std::size_t>(rows * cols));
        for (std::size_t i = 0; i < bits.size(); ++i)
            bits[i] = i % 2;
        return held_.emplace_back(Tensor::fromHost(device_, Shape{rows, cols}, bits)).view();
    }
    /// 0, step, 2 step, … below `bound`.
    View indices(std::int64_t count, std::int64_t bound) {
        std::vector<std::int32_t> values(static_cast<std::size_t>(count));
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<std::int32_t>(static_cast<std::int64_t>(i) * bound / count);
        return held_.emplace_back(Tensor::fromHost(device_, Shape{count, 1}, values)).view();
    }
    View counter() { return indices(1, 1); }

    const Device& device() const { return device_; }
    kernels::Backend& backend() const { return device_.backend(); }

private:
    Device device_;
    std::deque<Tensor> held_;
};

using Run = std::function<void()>;
using PackedWeight = std::shared_ptr<kernels::PreparedWeight>;
using Prepare = Run (*)(const std::shared_ptr<Operands>& o, const KernelCall& call);

kernels::TileLayout tileLayout(const KernelCall& call) {
    // One multiply-add for each tile, slice and entry of the tile.
    const double entries = call.multiplyAdds / (double(call.m) * double(call.n));
    kernels::TileLayout layout;
    layout.tile = std::max<std::int64_t>(1, std::llround(std::sqrt(entries)));
    const std::int64_t colTiles = call.m % 24 == 0 ? 24 : 1;
    layout.cols = colTiles * layout.tile;
    layout.rows = {1, call.m / colTiles * layout.tile};
    return layout;
}

kernels::Attention attentionOf(const KernelCall& call) {
    kernels::Attention spec;
    spec.heads = call.batch % 4 == 0 ? 4 : 1;
    spec.kvHeads = spec.heads;
    spec.batch = call.batch / spec.heads;
    spec.tokens = call.m;
    spec.headDim = call.k;
    spec.scale = 1.0 / std::sqrt(double(call.k));
    return spec;
}

std::map<std::string_view, Prepare> productRuns() {
    return {
        {"gemm",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View a = call.sumsRows ? o->matrix(call.k, call.m) : o->matrix(call.m, call.k);
             const View b = o->matrix(call.k, call.n);
             const View c = o->matrix(call.m, call.n);
             kernels::Gemm spec;
             spec.a = call.sumsRows ? Transpose::Yes : Transpose::No;
             return [=] {
                 o->backend().gemm(spec, a, b, c, {});
             };
         }},
        {"batchedGemm",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const auto activations = [&](std::int64_t rows, std::int64_t cols) {
                 return call.ofColumns
                            ? columnBlocks(o->matrix(rows, call.batch * cols), call.batch)
                            : o->batch(call.batch, rows, cols);
             };
             const BatchView a =
                 call.sumsRows ? activations(call.k, call.m) : activations(call.m, call.k);
             const BatchView b =
                 call.sumsRows ? activations(call.k, call.n) : o->batch(call.batch, call.k, call.n);
             const BatchView c =
                 call.sumsRows ? o->batch(call.batch, call.m, call.n) : activations(call.m, call.n);
             kernels::Gemm spec;
             spec.a = call.sumsRows ? Transpose::Yes : Transpose::No;
             return [=] {
                 o->backend().batchedGemm(spec, a, b, c);
             };
         }},
        {"attention",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const kernels::Attention spec = attentionOf(call);
             const std::int64_t rows = spec.batch * spec.tokens;
             const std::int64_t width = spec.heads * spec.headDim;
             const View q = o->matrix(rows, width), k = o->matrix(rows, width);
             const View v = o->matrix(rows, width), out = o->matrix(rows, width);
             const View sums = o->matrix(spec.batch * spec.heads, spec.tokens);
             return [=] {
                 o->backend().attention(
                     spec, q, k, v, out, sums,
                     o->device().scratch(o->backend().attentionScratch(spec, q.dtype)));
             };
         }},
        {"attentionBackward",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const kernels::Attention spec = attentionOf(call);
             const std::int64_t rows = spec.batch * spec.tokens;
             const std::int64_t width = spec.heads * spec.headDim;
             const View q = o->matrix(rows, width), k = o->matrix(rows, width);
             const View v = o->matrix(rows, width), out = o->matrix(rows, width);
             const View g = o->matrix(rows, width), dq = o->matrix(rows, width);
             const View dk = o->matrix(rows, width), dv = o->matrix(rows, width);
             const View sums = o->matrix(spec.batch * spec.heads, spec.tokens);
             o->backend().attention(
                 spec, q, k, v, out, sums,
                 o->device().scratch(o->backend().attentionScratch(spec, q.dtype)));
             return [=] {
                 o->backend().attentionBackward(
                     spec, q, k, v, out, sums, g, dq, dk, dv,
                     o->device().scratch(o->backend().attentionBackwardScratch(spec, q.dtype)));
             };
         }},
        {"stlEncode",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const kernels::TileLayout layout = tileLayout(call);
             const View x = o->matrix(layout.rows.rows(), layout.cols);
             const View matrix = o->matrix(call.n, layout.tile * layout.tile);
             const BatchView planes = o->batch(call.n, layout.rowTiles(), layout.colTiles());
             return [=, rank = call.n] {
                 o->backend().stlEncode(
                     layout, x, matrix, planes,
                     o->device().scratch(o->backend().stlScratch(layout, rank, x.dtype)));
             };
         }},
        {"stlDecode",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const kernels::TileLayout layout = tileLayout(call);
             const View y = o->matrix(layout.rows.rows(), layout.cols);
             const View matrix = o->matrix(call.n, layout.tile * layout.tile);
             const BatchView planes = o->batch(call.n, layout.rowTiles(), layout.colTiles());
             return [=, rank = call.n] {
                 o->backend().stlDecode(
                     layout, planes, matrix, y, Accumulate::No, {},
                     o->device().scratch(o->backend().stlScratch(layout, rank, y.dtype)));
             };
         }},
        {"stlMatrixGradient",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const kernels::TileLayout layout = tileLayout(call);
             const View x = o->matrix(layout.rows.rows(), layout.cols);
             const View gradient = o->matrix(call.n, layout.tile * layout.tile);
             const BatchView planes = o->batch(call.n, layout.rowTiles(), layout.colTiles());
             return [=, rank = call.n] {
                 o->backend().stlMatrixGradient(
                     layout, x, planes, gradient,
                     o->device().scratch(o->backend().stlScratch(layout, rank, x.dtype)));
             };
         }},
        {"butterfly",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             kernels::Butterfly spec;
             spec.n = call.n;
             const View x = o->matrix(call.m, call.n), y = o->matrix(call.m, call.n);
             const View weights = o->matrix(1, spec.weights());
             return [=, rows = call.m] {
                 o->backend().butterfly(
                     spec, x, weights, y,
                     o->device().scratch(o->backend().butterflyScratch(spec, rows, x.dtype)));
             };
         }},
        {"butterflyBackward",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             kernels::Butterfly spec;
             spec.n = call.n;
             const View x = o->matrix(call.m, call.n), g = o->matrix(call.m, call.n);
             const View gx = o->matrix(call.m, call.n);
             const View weights = o->matrix(1, spec.weights());
             const View dweights = o->matrix(1, spec.weights());
             return [=, rows = call.m] {
                 o->backend().butterflyBackward(
                     spec, x, weights, g, gx, dweights,
                     o->device().scratch(
                         o->backend().butterflyBackwardScratch(spec, rows, x.dtype)));
             };
         }},
        {"twoFourMultiply",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             // Half of the products are made.
             const auto in = std::llround(2.0 * call.multiplyAdds /
                                          std::max(1.0, double(call.m) * double(call.n))) /
                             4 * 4;
             const View w = o->pruned(in, call.n), values = o->matrix(call.n, in / 2);
             const View meta = o->mask(call.n, (in + 3) / 4);
             const View x = o->matrix(call.m, in), y = o->matrix(call.m, call.n);
             if (const PackedWeight packed = o->backend().prepareTwoFour(w, Transpose::No, call.m))
                 return [=] {
                     o->backend().twoFourMultiplyPrepared(x, *packed, y, {});
                 };
             o->backend().twoFourCompress(w, values, meta);
             return [=] {
                 o->backend().twoFourMultiply(x, values, meta, y, {});
             };
         }},
    };
}

std::map<std::string_view, Prepare> streamingRuns() {
    return {
        {"zero",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View y = o->matrix(call.m, call.n);
             return [=] {
                 o->backend().zero(y.data, static_cast<std::size_t>(y.size()) * sizeOf(y.dtype));
             };
         }},
        {"fill",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View y = o->matrix(call.m, call.n);
             return [=] {
                 o->backend().fill(y, 0.0);
             };
         }},
        {"convert",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View x = o->matrix(call.m, call.n), y = o->matrix(call.m, call.n);
             return [=] {
                 o->backend().convert(x, y);
             };
         }},
        {"axpby",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View x = o->matrix(call.m, call.n), y = o->matrix(call.m, call.n);
             return [=] {
                 o->backend().axpby(1.0, x, 0.5, y);
             };
         }},
        {"gatherColumns",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View x = o->matrix(call.m, 4 * call.n), y = o->matrix(call.m, call.n);
             const View index = o->indices(call.n, 4 * call.n);
             return [=] {
                 o->backend().gatherColumns(x, index, y);
             };
         }},
        {"scatterAddColumns",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View x = o->matrix(call.m, call.n), y = o->matrix(call.m, 4 * call.n);
             const View index = o->indices(call.n, 4 * call.n);
             return [=] {
                 o->backend().scatterAddColumns(x, index, y);
             };
         }},
        {"applyEpilogue",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View y = o->matrix(call.m, call.n), bias = o->matrix(1, call.n);
             return [=] {
                 o->backend().applyEpilogue(y, {bias, kernels::Activation::None, {}});
             };
         }},
        {"activate",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View x = o->matrix(call.m, call.n), y = o->matrix(call.m, call.n);
             return [=] {
                 o->backend().activate(kernels::Activation::Gelu, x, y);
             };
         }},
        {"activateBackward",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View x = o->matrix(call.m, call.n), g = o->matrix(call.m, call.n);
             return [=] {
                 o->backend().activateBackward(kernels::Activation::Gelu, x, g, g);
             };
         }},
        {"sumRows",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             // The call's size is that of the result; its traffic tells the rows.
             const auto rows =
                 std::max<std::int64_t>(1, std::llround(call.bytes / 4.0 / double(call.n)) - 2);
             const View x = o->matrix(rows, call.n), out = o->matrix(1, call.n);
             return [=] {
                 o->backend().sumRows(x, out, Accumulate::Yes);
             };
         }},
        {"sumSquaresOf",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const ConstView x = o->matrix(call.m, call.n);
             const View out = o->matrix(1, 1);
             return [=] {
                 o->backend().sumSquaresOf({&x, 1}, out);
             };
         }},
        {"groupMean",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const auto rows = std::max<std::int64_t>(
                 1, std::llround(call.bytes / 4.0 / double(call.m * call.n)) - 1);
             const View x = o->matrix(call.m * rows, call.n), y = o->matrix(call.m, call.n);
             return [=] {
                 o->backend().groupMean(x, {y.rows, rows}, y);
             };
         }},
        {"groupMeanBackward",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const auto groups = std::clamp<std::int64_t>(
                 std::llround(call.bytes / 4.0 / double(call.n)) - call.m, 1, call.m);
             const std::int64_t rows = call.m / groups;
             const View g = o->matrix(groups, call.n), gx = o->matrix(groups * rows, call.n);
             return [=] {
                 o->backend().groupMeanBackward(g, {g.rows, rows}, gx);
             };
         }},
        {"addPeriodic",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View x = o->matrix(call.m, call.n), y = o->matrix(call.m, call.n);
             const View p = o->matrix(call.m % 16 == 0 ? 16 : 1, call.n);
             return [=] {
                 o->backend().addPeriodic(x, p, y);
             };
         }},
        {"sumPeriodic",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const auto rows = std::max<std::int64_t>(
                 1, std::llround(call.bytes / 4.0 / double(call.n)) - 2 * call.m);
             const View g = o->matrix(std::max<std::int64_t>(1, rows / call.m) * call.m, call.n);
             const View out = o->matrix(call.m, call.n);
             return [=] {
                 o->backend().sumPeriodic(g, out, Accumulate::Yes);
             };
         }},
        {"layerNorm",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View x = o->matrix(call.m, call.n), y = o->matrix(call.m, call.n);
             const View gamma = o->matrix(1, call.n), beta = o->matrix(1, call.n);
             const View stats = o->matrix(call.m, 2);
             return [=] {
                 o->backend().layerNorm(x, gamma, beta, 1e-5, y, stats);
             };
         }},
        {"layerNormBackward",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View x = o->matrix(call.m, call.n), g = o->matrix(call.m, call.n);
             const View gx = o->matrix(call.m, call.n), gamma = o->matrix(1, call.n);
             const View dgamma = o->matrix(1, call.n), dbeta = o->matrix(1, call.n);
             const View stats = o->matrix(call.m, 2);
             return [=] {
                 o->backend().layerNormBackward(
                     x, gamma, stats, g, gx, Accumulate::No, dgamma, dbeta,
                     o->device().scratch(
                         o->backend().layerNormBackwardScratch(x.rows, x.cols, x.dtype)));
             };
         }},
        {"softmaxCrossEntropy",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View logits = o->matrix(call.m, call.n), gradient = o->matrix(call.m, call.n);
             const View labels = o->indices(call.m, call.n), loss = o->matrix(1, 1);
             const View correct = o->counter();
             return [=] {
                 o->backend().softmaxCrossEntropy(logits, labels, 1.0, loss, correct, gradient);
             };
         }},
    };
}

Run prepareOptimizer(const std::shared_ptr<Operands>& o, const KernelCall& call) {
    const View weight = o->matrix(1, call.n), gradient = o->matrix(1, call.n);
    const View first = o->matrix(1, call.n), second = o->matrix(1, call.n);
    const View rate = o->matrix(1, 1), step = o->matrix(1, 1);
    o->backend().fill(second, 1.0);
    o->backend().fill(rate, 1e-3);
    o->backend().fill(step, 10.0);
    kernels::OptimizerSlot slot;
    slot.weight = weight.data;
    slot.gradient = gradient.data;
    slot.first = first.data;
    slot.count = call.n;
    slot.dtype = weight.dtype;
    if (call.op == "sgdStep") {
        kernels::Sgd spec;
        spec.momentum = 0.9;
        return [=] {
            o->backend().sgdStep(spec, {rate, step, {}}, {&slot, 1});
        };
    }
    slot.second = second.data;
    return [=] {
        o->backend().adamwStep({}, {rate, step, {}}, {&slot, 1});
    };
}

std::map<std::string_view, Prepare> maskRuns() {
    return {
        {"twoFourMask",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View w = o->matrix(call.m, call.n), mask = o->mask(call.m, call.n);
             return [=] {
                 o->backend().twoFourMask(w, mask);
             };
         }},
        {"twoFourTransposableMask",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View w = o->matrix(call.m, call.n), mask = o->mask(call.m, call.n);
             return [=] {
                 o->backend().twoFourTransposableMask(w, mask);
             };
         }},
        {"applyMask",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View x = o->matrix(call.m, call.n), mask = o->mask(call.m, call.n);
             const View y = o->matrix(call.m, call.n);
             return [=] {
                 o->backend().applyMask(x, mask, y);
             };
         }},
        {"twoFourDecay",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View w = o->matrix(call.m, call.n), mask = o->mask(call.m, call.n);
             const View g = o->matrix(call.m, call.n);
             return [=] {
                 o->backend().twoFourDecay(w, mask, 1e-4, g);
             };
         }},
        {"twoFourCompress",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View w = o->pruned(call.m, call.n), values = o->matrix(call.n, call.m / 2);
             const View meta = o->mask(call.n, (call.m + 3) / 4);
             if (const PackedWeight packed = o->backend().prepareTwoFour(w, Transpose::No, call.m))
                 return [=] {
                     o->backend().refreshTwoFour(w, *packed);
                 };
             return [=] {
                 o->backend().twoFourCompress(w, values, meta);
             };
         }},
        {"countDifferent",
         [](const std::shared_ptr<Operands>& o, const KernelCall& call) -> Run {
             const View a = o->mask(call.m, call.n), b = o->mask(call.m, call.n);
             const View out = o->counter();
             return [=] {
                 o->backend().countDifferent(a, b, out);
             };
         }},
        {"sgdStep", prepareOptimizer},
        {"adamwStep", prepareOptimizer},
    };
}

const std::map<std::string_view, Prepare>& allRuns() {
    static const std::map<std::string_view, Prepare> runs = [] {
        std::map<std::string_view, Prepare> all = productRuns();
        all.merge(streamingRuns());
        all.merge(maskRuns());
        return all;
    }();
    return runs;
}

} // namespace

std::function<void()> prepareCall(const Device& device, const KernelCall& call) {
    const auto found = allRuns().find(call.op);
    if (found == allRuns().end() || call.m < 1 || call.n < 1)
        return {};
    return found->second(std::make_shared<Operands>(device), call);
}

} // namespace inlay::engine

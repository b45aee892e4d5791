#include "engine/operators/butterfly/square_butterfly.h"

#include <cassert>
#include <numeric>
#include <utility>

#include "engine/operators/butterfly/butterfly_network.h"
#include "engine/operators/butterfly/butterfly_start.h"
#include "engine/operators/butterfly/live_weights.h"
#include "engine/operators/identity_input.h"
#include "engine/operators/separate_epilogue.h"

namespace inlay::engine {
namespace {

struct Context : OperatorContext {
    Tensor padded; // rows x n: x with zero columns; empty when nothing is padded
};

} // namespace

SquareButterfly::SquareButterfly(const ButterflyConfig& config, const OperatorBuild& build)
    : LinearOperator(build.in, build.out)
    , config_(config)
    , device_(*build.device)
    , sizes_(butterflySizes(config, build.in, build.out)) {
    std::vector<std::int64_t> kept(static_cast<std::size_t>(out()));
    std::iota(kept.begin(), kept.end(), std::int64_t{0});
    const LiveWeights live = liveWeights(sizes_.input.n, sizes_.input.order, kept, in());
    weight_ = makeButterflyParameter(device_, build.name + "/weight", sizes_.input,
                                     butterflyStart(sizes_.input, config.start, sizes_.inputScale,
                                                    build.stream->split("weight")),
                                     live.mask);
    parameters_ = {weight_};
}

OperatorPlan SquareButterfly::plan(const RowLayout& rows) const {
    return planButterfly(config_, in(), out(), rows);
}

void SquareButterfly::apply(kernels::ConstView x, kernels::View y) const {
    const std::int64_t n = sizes_.input.n;
    if (out() == n) {
        applyButterfly(device_, sizes_.input, x, *weight_, prepared_, y);
        return;
    }
    Tensor wide(device_, {x.rows, n}, device_.computeType());
    applyButterfly(device_, sizes_.input, x, *weight_, prepared_, wide.view());
    device_.backend().convert(kernels::columns(wide.view(), 0, out()), y);
}

void SquareButterfly::forward(kernels::ConstView x, const RowLayout&, kernels::View y,
                              const kernels::Epilogue& epilogue, OperatorContextPtr* saved) {
    if (in() == sizes_.input.n) {
        apply(x, y);
        if (saved)
            *saved = std::make_unique<Context>();
    } else {
        Tensor padded = paddedColumns(device_, x, sizes_.input.n);
        apply(padded.view(), y);
        if (saved) {
            auto context = std::make_unique<Context>();
            context->padded = std::move(padded);
            *saved = std::move(context);
        }
    }
    applyIfAny(device_.backend(), y, epilogue);
}

void SquareButterfly::backward(kernels::ConstView x, const RowLayout&, kernels::ConstView g,
                               kernels::View gx, kernels::Accumulate accumulate,
                               OperatorContext* saved) {
    assert(saved);
    const auto& context = static_cast<const Context&>(*saved);
    const std::int64_t n = sizes_.input.n;
    const kernels::ConstView input = in() == n ? x : context.padded.view();
    Tensor padded;
    if (out() != n) {
        padded = paddedColumns(device_, g, n);
        g = padded.view();
    }
    applyButterflyBackward(device_, sizes_.input, input, *weight_, g, gx, accumulate);
}

Tensor SquareButterfly::materialize(std::string&) const {
    Tensor dense(device_, {in(), out()}, device_.computeType());
    apply(identityInput(device_, in(), sizes_.input.n).view(), dense.view());
    return dense;
}

} // namespace inlay::engine

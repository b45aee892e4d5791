#include "engine/operators/butterfly/butterfly_gadget.h"

#include <cassert>
#include <span>
#include <utility>

#include "engine/operators/butterfly/butterfly_network.h"
#include "engine/operators/butterfly/butterfly_start.h"
#include "engine/operators/butterfly/live_weights.h"
#include "engine/operators/identity_input.h"
#include "engine/operators/separate_epilogue.h"
#include "engine/operators/start_values.h"

namespace inlay::engine {
namespace {

Tensor indexTensor(const Device& device, const std::vector<std::int64_t>& indices) {
    const std::vector<std::int32_t> values(indices.begin(), indices.end());
    return Tensor::fromHost(device, {static_cast<std::int64_t>(values.size()), 1},
                            std::span<const std::int32_t>(values));
}

} // namespace

struct ButterflyGadget::Context : OperatorContext {
    Tensor padded;     // rows x n1: x with zero columns; empty when nothing is padded
    Tensor narrow;     // rows x k1: J1 X
    Tensor coreOutput; // rows x n2: W' J1 X at the kept places of J2, zero elsewhere
};

using kernels::Transpose;

ButterflyGadget::ButterflyGadget(const ButterflyConfig& config, const OperatorBuild& build)
    : LinearOperator(build.in, build.out)
    , name_(build.name)
    , config_(config)
    , device_(*build.device)
    , sizes_(butterflySizes(config, build.in, build.out)) {
    const RandomStream& stream = *build.stream;
    const std::vector<std::int64_t> keptIn =
        stream.split("kept_in").sample(sizes_.input.n, sizes_.keptIn);
    const std::vector<std::int64_t> keptOut =
        stream.split("kept_out").sample(sizes_.output.n, sizes_.keptOut);
    keptIn_ = indexTensor(device_, keptIn);
    keptOut_ = indexTensor(device_, keptOut);

    const LiveWeights liveIn = liveWeights(sizes_.input.n, sizes_.input.order, keptIn, in());
    const LiveWeights liveOut = liveWeights(sizes_.output.n, sizes_.output.order, keptOut, out());
    live_ = liveIn.count + liveOut.count + sizes_.keptIn * sizes_.keptOut;
    input_ = makeButterflyParameter(
        device_, name_ + "/weight_in", sizes_.input,
        butterflyStart(sizes_.input, config.start, sizes_.inputScale, stream.split("weight_in")),
        liveIn.mask);
    output_ = makeButterflyParameter(
        device_, name_ + "/weight_out", sizes_.output,
        butterflyStart(sizes_.output, config.start, sizes_.outputScale, stream.split("weight_out")),
        liveOut.mask);
    core_ = makeParameter(
        device_, name_ + "/core", {sizes_.keptIn, sizes_.keptOut},
        uniformStart(sizes_.keptIn * sizes_.keptOut, sizes_.keptIn, stream.split("core")));
    parameters_ = {input_, core_, output_};
}

OperatorPlan ButterflyGadget::plan(const RowLayout& rows) const {
    OperatorPlan result = planButterfly(config_, in(), out(), rows);
    result.parameters = live_;
    return result;
}

void ButterflyGadget::apply(kernels::ConstView padded, kernels::View y, Context& context) const {
    kernels::Backend& backend = device_.backend();
    const DType dtype = device_.computeType();
    const std::int64_t rows = padded.rows;

    Tensor wide(device_, {rows, sizes_.input.n}, dtype);
    applyButterfly(device_, sizes_.input, padded, *input_, preparedIn_, wide.view());
    context.narrow = Tensor(device_, {rows, sizes_.keptIn}, dtype);
    backend.gatherColumns(wide.view(), keptIn_.view(), context.narrow.view());

    Tensor coreOutput(device_, {rows, sizes_.keptOut}, dtype);
    backend.gemm({}, context.narrow.view(), computeView(*core_), coreOutput.view(), {});
    context.coreOutput = Tensor(device_, {rows, sizes_.output.n}, dtype);
    backend.fill(context.coreOutput.view(), 0.0);
    backend.scatterAddColumns(coreOutput.view(), keptOut_.view(), context.coreOutput.view());

    if (out() == sizes_.output.n) {
        applyButterfly(device_, sizes_.output, context.coreOutput.view(), *output_, preparedOut_,
                       y);
        return;
    }
    Tensor result(device_, {rows, sizes_.output.n}, dtype);
    applyButterfly(device_, sizes_.output, context.coreOutput.view(), *output_, preparedOut_,
                   result.view());
    backend.convert(kernels::columns(result.view(), 0, out()), y);
}

void ButterflyGadget::forward(kernels::ConstView x, const RowLayout&, kernels::View y,
                              const kernels::Epilogue& epilogue, OperatorContextPtr* saved) {
    auto context = std::make_unique<Context>();
    if (in() == sizes_.input.n) {
        apply(x, y, *context);
    } else {
        context->padded = paddedColumns(device_, x, sizes_.input.n);
        apply(context->padded.view(), y, *context);
    }
    applyIfAny(device_.backend(), y, epilogue);
    if (saved)
        *saved = std::move(context);
}

void ButterflyGadget::backward(kernels::ConstView x, const RowLayout&, kernels::ConstView g,
                               kernels::View gx, kernels::Accumulate accumulate,
                               OperatorContext* saved) {
    assert(saved);
    const auto& context = static_cast<const Context&>(*saved);
    kernels::Backend& backend = device_.backend();
    const DType dtype = device_.computeType();
    const std::int64_t rows = x.rows;

    Tensor padded;
    if (out() != sizes_.output.n) {
        padded = paddedColumns(device_, g, sizes_.output.n);
        g = padded.view();
    }
    Tensor wideOut(device_, {rows, sizes_.output.n}, dtype);
    applyButterflyBackward(device_, sizes_.output, context.coreOutput.view(), *output_, g,
                           wideOut.view(), kernels::Accumulate::No);
    Tensor coreGradient(device_, {rows, sizes_.keptOut}, dtype);
    backend.gatherColumns(wideOut.view(), keptOut_.view(), coreGradient.view());
    backend.gemm({.a = Transpose::Yes, .beta = 1.0}, context.narrow.view(), coreGradient.view(),
                 core_->grad.view(), {});
    Tensor narrow(device_, {rows, sizes_.keptIn}, dtype);
    backend.gemm({.b = Transpose::Yes}, coreGradient.view(), computeView(*core_), narrow.view(),
                 {});
    Tensor wideIn(device_, {rows, sizes_.input.n}, dtype);
    backend.fill(wideIn.view(), 0.0);
    backend.scatterAddColumns(narrow.view(), keptIn_.view(), wideIn.view());

    const kernels::ConstView input = in() == sizes_.input.n ? x : context.padded.view();
    applyButterflyBackward(device_, sizes_.input, input, *input_, wideIn.view(), gx, accumulate);
}

std::vector<StateTensor> ButterflyGadget::state() {
    return {{name_ + "/kept_in", &keptIn_}, {name_ + "/kept_out", &keptOut_}};
}

Tensor ButterflyGadget::materialize(std::string&) const {
    Tensor dense(device_, {in(), out()}, device_.computeType());
    Context context;
    apply(identityInput(device_, in(), sizes_.input.n).view(), dense.view(), context);
    return dense;
}

} // namespace inlay::engine

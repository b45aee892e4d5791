#include "engine/operators/block_pair/block_pair_operator.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <span>
#include <utility>

#include "engine/operators/column_blocks.h"
#include "engine/operators/identity_input.h"
#include "engine/operators/make.h"
#include "engine/operators/separate_epilogue.h"
#include "engine/operators/start_values.h"
#include "kernels/backend.h"

namespace inlay::engine {
namespace {

struct Context : OperatorContext {
    Tensor inner; // rows x inner: X A P
};

Tensor indexTensor(const Device& device, const std::vector<std::int32_t>& indices) {
    return Tensor::fromHost(device, {static_cast<std::int64_t>(indices.size()), 1},
                            std::span<const std::int32_t>(indices));
}

std::vector<std::int32_t> inverseOf(const std::vector<std::int32_t>& source) {
    std::vector<std::int32_t> inverse(source.size());
    for (std::size_t i = 0; i < source.size(); ++i)
        inverse[static_cast<std::size_t>(source[i])] = static_cast<std::int32_t>(i);
    return inverse;
}

kernels::ConstBatchView blocksOf(Parameter& weight) {
    const Shape& shape = weight.value.shape();
    kernels::ConstView first = computeView(weight);
    first.rows = shape[1];
    return {first, shape[0], shape[1] * shape[2]};
}

kernels::BatchView blocksOf(Tensor& tensor) {
    const Shape& shape = tensor.shape();
    kernels::View first = tensor.view();
    first.rows = shape[1];
    return {first, shape[0], shape[1] * shape[2]};
}

double coreDeviation(std::int64_t coreIn, std::int64_t coreOut) {
    const auto in = static_cast<double>(coreIn);
    return std::sqrt(1.0 / in) * std::min(1.0, std::sqrt(static_cast<double>(coreOut) / in));
}

double coreRate(std::int64_t layerIn, std::int64_t coreIn) {
    return static_cast<double>(layerIn) / static_cast<double>(coreIn) / 2.0;
}

} // namespace

using kernels::Transpose;

BlockPairOperator::BlockPairOperator(OperatorConfig config, BlockPair pair,
                                     const OperatorBuild& build)
    : LinearOperator(build.in, build.out)
    , config_(std::move(config))
    , pair_(std::move(pair))
    , device_(*build.device)
    , source_(indexTensor(device_, pair_.source))
    , inverse_(indexTensor(device_, inverseOf(pair_.source))) {}

BlockPairOperator::BlockPairOperator(const MonarchConfig& config, const OperatorBuild& build)
    : BlockPairOperator(OperatorConfig(config), blockPairOf(config, build.in, build.out), build) {
    const BlockPairSizes& s = pair_.sizes;
    make(build, uniformStart(s.firstCount(), s.blockIn, build.stream->split("weight_in")),
         uniformStart(s.secondCount(), s.fanIn, build.stream->split("weight_out")));
}

BlockPairOperator::BlockPairOperator(const BttConfig& config, const OperatorBuild& build)
    : BlockPairOperator(OperatorConfig(config), blockPairOf(config, build.in, build.out), build) {
    const BlockPairSizes& s = pair_.sizes;
    make(build,
         normalStart(s.firstCount(), coreDeviation(s.blockIn, s.fanOut),
                     build.stream->split("weight_in")),
         normalStart(s.secondCount(), coreDeviation(s.fanIn, s.blockOut),
                     build.stream->split("weight_out")));
    if (config.coreRates) {
        first_->learningRate = coreRate(in(), s.blockIn);
        second_->learningRate = coreRate(in(), s.fanIn);
    }
}

void BlockPairOperator::make(const OperatorBuild& build, const std::vector<double>& first,
                             const std::vector<double>& second) {
    const BlockPairSizes& s = pair_.sizes;
    first_ =
        makeParameter(device_, build.name + "/weight_in", {s.inBlocks, s.blockIn, s.fanOut}, first);
    second_ = makeParameter(device_, build.name + "/weight_out", {s.outBlocks, s.fanIn, s.blockOut},
                            second);
    parameters_ = {first_, second_};
}

const char* BlockPairOperator::family() const {
    return familyOf(config_);
}

OperatorPlan BlockPairOperator::plan(const RowLayout& rows) const {
    return planOperator(config_, in(), out(), rows);
}

Tensor BlockPairOperator::apply(kernels::ConstView x, kernels::View y) const {
    kernels::Backend& backend = device_.backend();
    const BlockPairSizes& s = pair_.sizes;
    Tensor inner(device_, {x.rows, s.inner()}, device_.computeType());
    backend.batchedGemm({}, columnBlocks(x, s.inBlocks), blocksOf(*first_),
                        columnBlocks(inner.view(), s.inBlocks));
    Tensor sorted(device_, {x.rows, s.inner()}, device_.computeType());
    backend.gatherColumns(inner.view(), source_.view(), sorted.view());
    backend.batchedGemm({}, columnBlocks(sorted.view(), s.outBlocks), blocksOf(*second_),
                        columnBlocks(y, s.outBlocks));
    return sorted;
}

void BlockPairOperator::forward(kernels::ConstView x, const RowLayout&, kernels::View y,
                                const kernels::Epilogue& epilogue, OperatorContextPtr* saved) {
    Tensor inner = apply(x, y);
    applyIfAny(device_.backend(), y, epilogue);
    if (saved) {
        auto context = std::make_unique<Context>();
        context->inner = std::move(inner);
        *saved = std::move(context);
    }
}

void BlockPairOperator::backward(kernels::ConstView x, const RowLayout&, kernels::ConstView g,
                                 kernels::View gx, kernels::Accumulate accumulate,
                                 OperatorContext* saved) {
    assert(saved);
    auto& context = static_cast<Context&>(*saved);
    kernels::Backend& backend = device_.backend();
    const BlockPairSizes& s = pair_.sizes;
    const kernels::ConstBatchView outputs = columnBlocks(g, s.outBlocks);
    backend.batchedGemm({.a = Transpose::Yes, .beta = 1.0},
                        columnBlocks(context.inner.view(), s.outBlocks), outputs,
                        blocksOf(second_->grad));
    Tensor sorted(device_, {x.rows, s.inner()}, device_.computeType());
    backend.batchedGemm({.b = Transpose::Yes}, outputs, blocksOf(*second_),
                        columnBlocks(sorted.view(), s.outBlocks));
    Tensor inner(device_, {x.rows, s.inner()}, device_.computeType());
    backend.gatherColumns(sorted.view(), inverse_.view(), inner.view());
    const kernels::BatchView blocks = columnBlocks(inner.view(), s.inBlocks);
    backend.batchedGemm({.a = Transpose::Yes, .beta = 1.0}, columnBlocks(x, s.inBlocks), blocks,
                        blocksOf(first_->grad));
    if (gx.given())
        backend.batchedGemm({.b = Transpose::Yes, .beta = betaFor(accumulate)}, blocks,
                            blocksOf(*first_), columnBlocks(gx, s.inBlocks));
}

Tensor BlockPairOperator::materialize(std::string&) const {
    Tensor dense(device_, {in(), out()}, device_.computeType());
    apply(identityInput(device_, in(), in()).view(), dense.view());
    return dense;
}

} // namespace inlay::engine

#include "engine/operators/block_diagonal/block_diagonal_operator.h"

#include "engine/operators/column_blocks.h"
#include "engine/operators/plan_builder.h"
#include "engine/operators/separate_epilogue.h"
#include "engine/operators/start_values.h"
#include "kernels/backend.h"

namespace inlay::engine {
using kernels::Transpose;

OperatorPlan planBlockDiagonal(const BlockDiagonalConfig& config, std::int64_t in, std::int64_t out,
                               const RowLayout& rows) {
    PlanBuilder builder(in, out, rows);
    const std::int64_t blocks = config.blocks;
    if (blocks < 1 || in % blocks != 0 || out % blocks != 0) {
        builder.issue("blocks", "blocks = " + std::to_string(blocks) +
                                    " must divide both widths of the layer, " + std::to_string(in) +
                                    " inputs and " + std::to_string(out) + " outputs");
        return builder.finish();
    }
    const std::int64_t blockIn = in / blocks;
    const std::int64_t blockOut = out / blocks;
    const std::int64_t n = rows.rows();
    builder.plan().parameters = blocks * blockIn * blockOut;
    builder.columnProduct(Pass::Forward, blocks, n, blockOut, blockIn);
    addEpilogueCall(builder);
    builder.columnProduct(Pass::WeightGradient, blocks, blockIn, blockOut, n, Result::Added);
    builder.columnProduct(Pass::InputGradient, blocks, n, blockIn, blockOut);
    builder.plan().note = "Nothing passes between the " + std::to_string(blocks) + " blocks.";
    return builder.finish();
}

BlockDiagonalOperator::BlockDiagonalOperator(const BlockDiagonalConfig& config,
                                             const OperatorBuild& build)
    : LinearOperator(build.in, build.out)
    , config_(config)
    , device_(*build.device)
    , weight_(makeParameter(device_, build.name + "/weight",
                            {config.blocks, build.in / config.blocks, build.out / config.blocks},
                            uniformStart(build.in * build.out / config.blocks,
                                         build.in / config.blocks, build.stream->split("weight"))))
    , parameters_{weight_} {}

OperatorPlan BlockDiagonalOperator::plan(const RowLayout& rows) const {
    return planBlockDiagonal(config_, in(), out(), rows);
}

kernels::BatchView BlockDiagonalOperator::blocksOf(Tensor& tensor) const {
    kernels::View first = tensor.view();
    first.rows = blockIn();
    return {first, config_.blocks, blockIn() * blockOut()};
}

kernels::ConstBatchView BlockDiagonalOperator::weightBlocks() const {
    kernels::ConstView first = computeView(*weight_);
    first.rows = blockIn();
    return {first, config_.blocks, blockIn() * blockOut()};
}

void BlockDiagonalOperator::forward(kernels::ConstView x, const RowLayout&, kernels::View y,
                                    const kernels::Epilogue& epilogue, OperatorContextPtr*) {
    kernels::Backend& backend = device_.backend();
    backend.batchedGemm({}, columnBlocks(x, config_.blocks), weightBlocks(),
                        columnBlocks(y, config_.blocks));
    applyIfAny(backend, y, epilogue);
}

void BlockDiagonalOperator::backward(kernels::ConstView x, const RowLayout&, kernels::ConstView g,
                                     kernels::View gx, kernels::Accumulate accumulate,
                                     OperatorContext*) {
    kernels::Backend& backend = device_.backend();
    backend.batchedGemm({.a = Transpose::Yes, .beta = 1.0}, columnBlocks(x, config_.blocks),
                        columnBlocks(g, config_.blocks), blocksOf(weight_->grad));
    if (gx.given())
        backend.batchedGemm({.b = Transpose::Yes, .beta = betaFor(accumulate)},
                            columnBlocks(g, config_.blocks), weightBlocks(),
                            columnBlocks(gx, config_.blocks));
}

Tensor BlockDiagonalOperator::materialize(std::string&) const {
    const std::vector<double> weights = weight_->value.toDoubles();
    std::vector<double> dense(static_cast<std::size_t>(in() * out()), 0.0);
    std::size_t next = 0;
    for (std::int64_t b = 0; b < config_.blocks; ++b)
        for (std::int64_t i = 0; i < blockIn(); ++i)
            for (std::int64_t j = 0; j < blockOut(); ++j)
                dense[static_cast<std::size_t>((b * blockIn() + i) * out() + b * blockOut() + j)] =
                    weights[next++];
    return Tensor::fromHost(device_, {in(), out()}, device_.parameterType(),
                            std::span<const double>(dense));
}

} // namespace inlay::engine

#include "engine/operators/block_pair/block_pair.h"

#include <algorithm>
#include <string>

#include "engine/operators/separate_epilogue.h"

namespace inlay::engine {
namespace {

std::string text(std::int64_t value) {
    return std::to_string(value);
}

BlockPairSizes monarchSizes(const MonarchConfig& config, std::int64_t in, std::int64_t out) {
    const std::int64_t blocks = config.blocks;
    const std::int64_t narrow = std::min(in, out) / blocks;
    return {blocks, in / blocks, narrow, blocks, narrow, out / blocks};
}

BlockPairSizes bttSizes(const BttConfig& config, std::int64_t in, std::int64_t out) {
    const std::int64_t inBlocks = evenFactor(in);
    const std::int64_t outBlocks = evenFactor(out);
    return {inBlocks,  in / inBlocks,          outBlocks * config.rank,
            outBlocks, inBlocks * config.rank, out / outBlocks};
}

void addCalls(PlanBuilder& builder, const BlockPairSizes& sizes) {
    const std::int64_t n = builder.plan().rows.rows();
    const std::int64_t inner = sizes.inner();
    const double moved = 2.0 * static_cast<double>(n) * static_cast<double>(inner);
    builder.plan().parameters = sizes.firstCount() + sizes.secondCount();
    if (inner < std::min(builder.plan().in, builder.plan().out))
        builder.plan().rankCap = inner;

    builder.columnProduct(Pass::Forward, sizes.inBlocks, n, sizes.fanOut, sizes.blockIn);
    builder.call(Pass::Forward, "gatherColumns", n, inner, 0.0, moved);
    builder.columnProduct(Pass::Forward, sizes.outBlocks, n, sizes.blockOut, sizes.fanIn);
    addEpilogueCall(builder);
    builder.columnProduct(Pass::WeightGradient, sizes.outBlocks, sizes.fanIn, sizes.blockOut, n,
                          Result::Added);
    builder.columnProduct(Pass::Backward, sizes.outBlocks, n, sizes.fanIn, sizes.blockOut);
    builder.call(Pass::Backward, "gatherColumns", n, inner, 0.0, moved);
    builder.columnProduct(Pass::WeightGradient, sizes.inBlocks, sizes.blockIn, sizes.fanOut, n,
                          Result::Added);
    builder.columnProduct(Pass::InputGradient, sizes.inBlocks, n, sizes.blockIn, sizes.fanOut);
}

void noteSize(OperatorPlan& plan) {
    if (plan.parameters >= plan.in * plan.out)
        plan.note += " At this size a full matrix is not larger.";
}

} // namespace

std::int64_t evenFactor(std::int64_t width) {
    std::int64_t factor = 1;
    for (std::int64_t i = 2; i * i <= width; ++i)
        if (width % i == 0)
            factor = i;
    return factor;
}

BlockPair blockPairOf(const MonarchConfig& config, std::int64_t in, std::int64_t out) {
    BlockPair pair{monarchSizes(config, in, out), {}};
    const BlockPairSizes& s = pair.sizes;
    for (std::int64_t block = 0; block < s.outBlocks; ++block)
        for (std::int64_t i = 0; i < s.fanIn; ++i)
            pair.source.push_back(static_cast<std::int32_t>(i * s.outBlocks + block));
    return pair;
}

BlockPair blockPairOf(const BttConfig& config, std::int64_t in, std::int64_t out) {
    BlockPair pair{bttSizes(config, in, out), {}};
    const BlockPairSizes& s = pair.sizes;
    for (std::int64_t to = 0; to < s.outBlocks; ++to)
        for (std::int64_t from = 0; from < s.inBlocks; ++from)
            for (std::int64_t a = 0; a < config.rank; ++a)
                pair.source.push_back(
                    static_cast<std::int32_t>(from * s.fanOut + to * config.rank + a));
    return pair;
}

OperatorPlan planMonarch(const MonarchConfig& config, std::int64_t in, std::int64_t out,
                         const RowLayout& rows) {
    PlanBuilder builder(in, out, rows);
    if (config.blocks < 1 || in % config.blocks != 0 || out % config.blocks != 0) {
        builder.issue("blocks", "blocks = " + text(config.blocks) +
                                    " must divide both widths of the layer, " + text(in) +
                                    " inputs and " + text(out) + " outputs");
        return builder.finish();
    }
    addCalls(builder, monarchSizes(config, in, out));
    builder.plan().note = "Two block-diagonal matrices of " + text(config.blocks) +
                          " blocks with a permutation between them.";
    noteSize(builder.plan());
    return builder.finish();
}

OperatorPlan planBtt(const BttConfig& config, std::int64_t in, std::int64_t out,
                     const RowLayout& rows) {
    PlanBuilder builder(in, out, rows);
    const BlockPairSizes one = bttSizes({.rank = 1}, in, out);
    const std::int64_t largest = std::min(one.blockIn, one.blockOut);
    if (config.rank < 1 || config.rank > largest) {
        builder.issue("rank", "rank = " + text(config.rank) + " does not fit the " +
                                  text(one.blockIn) + " x " + text(one.blockOut) +
                                  " blocks of a layer of " + text(in) + " inputs and " + text(out) +
                                  " outputs; allowed: 1 to " + text(largest));
        return builder.finish();
    }
    addCalls(builder, bttSizes(config, in, out));
    builder.plan().note = "Each of the " + text(one.inBlocks) + " x " + text(one.outBlocks) +
                          " blocks of " + text(one.blockIn) + " x " + text(one.blockOut) +
                          " has rank " + text(config.rank) + ".";
    noteSize(builder.plan());
    return builder.finish();
}

} // namespace inlay::engine

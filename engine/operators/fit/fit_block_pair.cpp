// Monarch and BTT: the sub-block between block k of the inputs and block l of the outputs is the
// product of the inner numbers that both have, so that a truncated SVD of each is the best fit for
// white inputs; the weighted fit goes on from there.
#include <cmath>

#include "engine/operators/block_pair/block_pair.h"
#include "engine/operators/fit/factor_chain.h"
#include "engine/operators/fit/fit_families.h"
#include "engine/operators/fit/index.h"
#include "engine/operators/fit/leading_pairs.h"

namespace inlay::engine {
namespace {

struct Cores {
    std::vector<double> first;  // inBlocks x blockIn x fanOut
    std::vector<double> second; // outBlocks x fanIn x blockOut
};

/// Inner numbers (in B's order) that lead from input block k to output block l.
std::vector<std::int64_t> sharedInner(const BlockPair& pair, std::int64_t k, std::int64_t l) {
    const BlockPairSizes& s = pair.sizes;
    std::vector<std::int64_t> shared;
    for (std::int64_t c = l * s.fanIn; c < (l + 1) * s.fanIn; ++c)
        if (pair.source[index(c)] / s.fanOut == k)
            shared.push_back(c);
    return shared;
}

HostMatrix subBlock(const BlockPairSizes& s, const HostMatrix& weight, std::int64_t k,
                    std::int64_t l) {
    HostMatrix block{s.blockIn, s.blockOut, {}};
    for (std::int64_t i = 0; i < s.blockIn; ++i) {
        const auto first =
            weight.values.begin() + (k * s.blockIn + i) * weight.cols + l * s.blockOut;
        block.values.insert(block.values.end(), first, first + s.blockOut);
    }
    return block;
}

void decompose(const BlockPair& pair, const HostMatrix& weight, std::int64_t k, std::int64_t l,
               Cores& cores) {
    const BlockPairSizes& s = pair.sizes;
    const std::vector<std::int64_t> shared = sharedInner(pair, k, l);
    const SingularPairs svd =
        leadingPairs(subBlock(s, weight, k, l), static_cast<std::int64_t>(shared.size()));
    for (std::size_t n = 0; n < shared.size(); ++n) {
        const std::int64_t c = shared[n];
        const std::int64_t column = pair.source[index(c)] % s.fanOut;
        const auto i = static_cast<std::int64_t>(n);
        const bool within = n < svd.values.size();
        const double size = within ? std::sqrt(svd.values[n]) : 0.0;
        // Beyond the block's rank the first core keeps its start: two zeros would never move.
        for (std::int64_t r = 0; r < s.blockIn && size > 0.0; ++r)
            cores.first[index((k * s.blockIn + r) * s.fanOut + column)] =
                size * svd.left.values[index(i * s.blockIn + r)];
        for (std::int64_t r = 0; r < s.blockOut; ++r)
            cores.second[index(c * s.blockOut + r)] =
                within ? size * svd.right.values[index(i * s.blockOut + r)] : 0.0;
    }
}

/// y = B^T P A^T x with the numbers of the cores in their own order.
std::vector<ChainFactor> chainOf(const BlockPair& pair, const Cores& cores) {
    const BlockPairSizes& s = pair.sizes;
    ChainFactor first{s.inner(), s.inBlocks * s.blockIn, {}, {}, {}, false};
    for (std::int64_t k = 0; k < s.inBlocks; ++k)
        for (std::int64_t i = 0; i < s.blockIn; ++i)
            for (std::int64_t q = 0; q < s.fanOut; ++q)
                first.add(k * s.fanOut + q, k * s.blockIn + i,
                          cores.first[index((k * s.blockIn + i) * s.fanOut + q)]);
    ChainFactor permutation{s.inner(), s.inner(), {}, {}, {}, true};
    for (std::int64_t c = 0; c < s.inner(); ++c)
        permutation.add(c, pair.source[index(c)], 1.0);
    ChainFactor second{s.outBlocks * s.blockOut, s.inner(), {}, {}, {}, false};
    for (std::int64_t c = 0; c < s.inner(); ++c)
        for (std::int64_t j = 0; j < s.blockOut; ++j)
            second.add(c / s.fanIn * s.blockOut + j, c, cores.second[index(c * s.blockOut + j)]);
    return {std::move(first), std::move(permutation), std::move(second)};
}

void fitPair(const FitTask& task, const BlockPair& pair) {
    Parameter& first = fitParameter(task.op, "weight_in");
    Parameter& second = fitParameter(task.op, "weight_out");
    Cores cores{first.value.toDoubles(), second.value.toDoubles()};
    for (std::int64_t k = 0; k < pair.sizes.inBlocks; ++k)
        for (std::int64_t l = 0; l < pair.sizes.outBlocks; ++l)
            decompose(pair, task.weight, k, l, cores);

    HostMatrix target{task.weight.cols, task.weight.rows, {}};
    target.values.resize(task.weight.values.size());
    for (std::int64_t i = 0; i < task.weight.rows; ++i)
        for (std::int64_t j = 0; j < task.weight.cols; ++j)
            target.values[index(j * task.weight.rows + i)] =
                task.weight.values[index(i * task.weight.cols + j)];
    std::vector<ChainFactor> chain = chainOf(pair, cores);
    fitChain(chain, target, task.sigma, task.options.sweeps);
    setParameter(first, chain[0].values);
    setParameter(second, chain[2].values);
}

} // namespace

void fitMonarch(const FitTask& task, const MonarchConfig& config) {
    fitPair(task, blockPairOf(config, task.op.in(), task.op.out()));
}

void fitBtt(const FitTask& task, const BttConfig& config) {
    fitPair(task, blockPairOf(config, task.op.in(), task.op.out()));
}

} // namespace inlay::engine

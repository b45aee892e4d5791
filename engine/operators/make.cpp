#include "engine/operators/make.h"

#include <cassert>

#include "engine/operators/block_diagonal/block_diagonal_operator.h"
#include "engine/operators/block_pair/block_pair_operator.h"
#include "engine/operators/butterfly/butterfly_gadget.h"
#include "engine/operators/butterfly/butterfly_plan.h"
#include "engine/operators/butterfly/square_butterfly.h"
#include "engine/operators/dense/dense_operator.h"
#include "engine/operators/low_rank/low_rank_operator.h"
#include "engine/operators/stl/stl_operator.h"
#include "engine/operators/two_four/two_four_operator.h"
#include "engine/operators/two_four/two_four_plan.h"

namespace inlay::engine {
namespace {

// One overload of each a family: a new family is a compile error here until it has them.
struct Family {
    const char* operator()(const DenseConfig&) const { return "dense"; }
    const char* operator()(const LowRankConfig&) const { return "low_rank"; }
    const char* operator()(const BlockDiagonalConfig&) const { return "block_diagonal"; }
    const char* operator()(const StlConfig&) const { return "stl"; }
    const char* operator()(const ButterflyConfig&) const { return "butterfly"; }
    const char* operator()(const TwoFourConfig&) const { return "two_four"; }
    const char* operator()(const MonarchConfig&) const { return "monarch"; }
    const char* operator()(const BttConfig&) const { return "btt"; }
};

struct Plan {
    std::int64_t in;
    std::int64_t out;
    const RowLayout& rows;

    OperatorPlan operator()(const DenseConfig& config) const {
        return planDense(config, in, out, rows);
    }
    OperatorPlan operator()(const LowRankConfig& config) const {
        return planLowRank(config, in, out, rows);
    }
    OperatorPlan operator()(const BlockDiagonalConfig& config) const {
        return planBlockDiagonal(config, in, out, rows);
    }
    OperatorPlan operator()(const StlConfig& config) const {
        return planStl(config, in, out, rows);
    }
    OperatorPlan operator()(const ButterflyConfig& config) const {
        return planButterfly(config, in, out, rows);
    }
    OperatorPlan operator()(const TwoFourConfig& config) const {
        return planTwoFour(config, in, out, rows);
    }
    OperatorPlan operator()(const MonarchConfig& config) const {
        return planMonarch(config, in, out, rows);
    }
    OperatorPlan operator()(const BttConfig& config) const {
        return planBtt(config, in, out, rows);
    }
};

struct Make {
    const OperatorBuild& build;

    std::unique_ptr<LinearOperator> operator()(const DenseConfig& config) const {
        return std::make_unique<DenseOperator>(config, build);
    }
    std::unique_ptr<LinearOperator> operator()(const LowRankConfig& config) const {
        return std::make_unique<LowRankOperator>(config, build);
    }
    std::unique_ptr<LinearOperator> operator()(const BlockDiagonalConfig& config) const {
        return std::make_unique<BlockDiagonalOperator>(config, build);
    }
    std::unique_ptr<LinearOperator> operator()(const StlConfig& config) const {
        return std::make_unique<StlOperator>(config, build);
    }
    std::unique_ptr<LinearOperator> operator()(const ButterflyConfig& config) const {
        if (config.form == ButterflyForm::Gadget)
            return std::make_unique<ButterflyGadget>(config, build);
        return std::make_unique<SquareButterfly>(config, build);
    }
    std::unique_ptr<LinearOperator> operator()(const TwoFourConfig& config) const {
        return std::make_unique<TwoFourOperator>(config, build);
    }
    std::unique_ptr<LinearOperator> operator()(const MonarchConfig& config) const {
        return std::make_unique<BlockPairOperator>(config, build);
    }
    std::unique_ptr<LinearOperator> operator()(const BttConfig& config) const {
        return std::make_unique<BlockPairOperator>(config, build);
    }
};

} // namespace

const char* familyOf(const OperatorConfig& config) {
    return std::visit(Family{}, config);
}

OperatorPlan planOperator(const OperatorConfig& config, std::int64_t in, std::int64_t out,
                          const RowLayout& rows) {
    return std::visit(Plan{in, out, rows}, config);
}

std::unique_ptr<LinearOperator> makeOperator(const OperatorConfig& config,
                                             const OperatorBuild& build) {
    assert(build.device && build.stream && build.in > 0 && build.out > 0);
    return std::visit(Make{build}, config);
}

} // namespace inlay::engine

#include "engine/operators/low_rank/low_rank_operator.h"

#include <algorithm>
#include <cassert>

#include "engine/operators/plan_builder.h"
#include "engine/operators/start_values.h"
#include "kernels/backend.h"

namespace inlay::engine {
namespace {

struct Context : OperatorContext {
    Tensor inner; // rows x rank: X A
};

} // namespace

using kernels::Transpose;

OperatorPlan planLowRank(const LowRankConfig& config, std::int64_t in, std::int64_t out,
                         const RowLayout& rows) {
    PlanBuilder builder(in, out, rows);
    const std::int64_t largest = std::min(in, out);
    const std::int64_t rank = config.rank;
    if (rank < 1 || rank > largest)
        builder.issue("rank", "rank = " + std::to_string(rank) + " does not fit a layer of " +
                                  std::to_string(in) + " inputs and " + std::to_string(out) +
                                  " outputs; allowed: 1 to " + std::to_string(largest));
    const std::int64_t n = rows.rows();
    builder.plan().parameters = rank * (in + out);
    builder.gemm(Pass::Forward, n, rank, in);
    builder.gemm(Pass::Forward, n, out, rank);
    builder.gemm(Pass::WeightGradient, rank, out, n, Result::Added);
    builder.gemm(Pass::Backward, n, rank, out);
    builder.gemm(Pass::WeightGradient, in, rank, n, Result::Added);
    builder.gemm(Pass::InputGradient, n, in, rank);
    builder.plan().rankCap = rank < largest ? rank : 0;
    builder.plan().note = "The map has rank " + std::to_string(rank) + " at most, of " +
                          std::to_string(largest) + " possible.";
    if (rank * (in + out) >= in * out)
        builder.plan().note += " At this rank a full matrix is not larger.";
    return builder.finish();
}

LowRankOperator::LowRankOperator(const LowRankConfig& config, const OperatorBuild& build)
    : LinearOperator(build.in, build.out)
    , config_(config)
    , device_(*build.device)
    , first_(makeParameter(
          device_, build.name + "/weight_in", {build.in, config.rank},
          uniformStart(build.in * config.rank, build.in, build.stream->split("weight_in"))))
    , second_(makeParameter(
          device_, build.name + "/weight_out", {config.rank, build.out},
          uniformStart(config.rank * build.out, config.rank, build.stream->split("weight_out"))))
    , parameters_{first_, second_} {}

OperatorPlan LowRankOperator::plan(const RowLayout& rows) const {
    return planLowRank(config_, in(), out(), rows);
}

void LowRankOperator::forward(kernels::ConstView x, const RowLayout&, kernels::View y,
                              const kernels::Epilogue& epilogue, OperatorContextPtr* saved) {
    kernels::Backend& backend = device_.backend();
    Tensor inner(device_, {x.rows, config_.rank}, device_.computeType());
    backend.gemm({}, x, computeView(*first_), inner.view(), {});
    backend.gemm({}, inner.view(), computeView(*second_), y, epilogue);
    if (saved) {
        auto context = std::make_unique<Context>();
        context->inner = std::move(inner);
        *saved = std::move(context);
    }
}

void LowRankOperator::backward(kernels::ConstView x, const RowLayout&, kernels::ConstView g,
                               kernels::View gx, kernels::Accumulate accumulate,
                               OperatorContext* saved) {
    assert(saved);
    const auto& context = static_cast<const Context&>(*saved);
    kernels::Backend& backend = device_.backend();
    backend.gemm({.a = Transpose::Yes, .beta = 1.0}, context.inner.view(), g, second_->grad.view(),
                 {});
    Tensor inner(device_, {x.rows, config_.rank}, device_.computeType());
    backend.gemm({.b = Transpose::Yes}, g, computeView(*second_), inner.view(), {});
    backend.gemm({.a = Transpose::Yes, .beta = 1.0}, x, inner.view(), first_->grad.view(), {});
    if (gx.given())
        backend.gemm({.b = Transpose::Yes, .beta = betaFor(accumulate)}, inner.view(),
                     computeView(*first_), gx, {});
}

Tensor LowRankOperator::materialize(std::string&) const {
    Tensor product(device_, {in(), out()}, device_.parameterType());
    device_.backend().gemm({}, first_->value.view(), second_->value.view(), product.view(), {});
    return product;
}

} // namespace inlay::engine

#include "engine/operators/dense/dense_operator.h"

#include "engine/operators/plan_builder.h"
#include "engine/operators/start_values.h"
#include "kernels/backend.h"

namespace inlay::engine {

using kernels::Transpose;

OperatorPlan planDense(const DenseConfig&, std::int64_t in, std::int64_t out,
                       const RowLayout& rows) {
    PlanBuilder builder(in, out, rows);
    builder.plan().parameters = in * out;
    builder.gemm(Pass::Forward, rows.rows(), out, in);
    builder.gemm(Pass::WeightGradient, in, out, rows.rows(), Result::Added);
    builder.gemm(Pass::InputGradient, rows.rows(), in, out);
    builder.plan().exactness = Exactness::Exact;
    builder.plan().note = "A full matrix.";
    return builder.finish();
}

DenseOperator::DenseOperator(const DenseConfig& config, const OperatorBuild& build)
    : LinearOperator(build.in, build.out)
    , config_(config)
    , device_(*build.device)
    , weight_(makeParameter(
          device_, build.name + "/weight", {build.in, build.out},
          uniformStart(build.in * build.out, build.in, build.stream->split("weight"))))
    , parameters_{weight_} {}

OperatorPlan DenseOperator::plan(const RowLayout& rows) const {
    return planDense(config_, in(), out(), rows);
}

void DenseOperator::forward(kernels::ConstView x, const RowLayout&, kernels::View y,
                            const kernels::Epilogue& epilogue, OperatorContextPtr*) {
    device_.backend().gemm({}, x, computeView(*weight_), y, epilogue);
}

void DenseOperator::backward(kernels::ConstView x, const RowLayout&, kernels::ConstView g,
                             kernels::View gx, kernels::Accumulate accumulate, OperatorContext*) {
    kernels::Backend& backend = device_.backend();
    backend.gemm({.a = Transpose::Yes, .beta = 1.0}, x, g, weight_->grad.view(), {});
    if (gx.given())
        backend.gemm({.b = Transpose::Yes, .beta = betaFor(accumulate)}, g, computeView(*weight_),
                     gx, {});
}

Tensor DenseOperator::materialize(std::string&) const {
    return weight_->value.clone();
}

} // namespace inlay::engine

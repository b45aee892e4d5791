#include "engine/operators/two_four/two_four_operator.h"

#include <utility>

#include "engine/operators/plan_builder.h"
#include "engine/operators/start_values.h"
#include "engine/operators/two_four/two_four_plan.h"
#include "kernels/backend.h"

namespace inlay::engine {
namespace {

// U(-1/sqrt(in), 1/sqrt(in)) for the real weights, zeros for the padding.
std::vector<double> paddedStart(const OperatorPlan& sizes, const RandomStream& stream) {
    const std::vector<double> dense =
        uniformStart(sizes.in * sizes.out, sizes.in, stream.split("weight"));
    std::vector<double> padded(static_cast<std::size_t>(sizes.paddedIn * sizes.paddedOut), 0.0);
    for (std::int64_t i = 0; i < sizes.in; ++i)
        for (std::int64_t j = 0; j < sizes.out; ++j)
            padded[static_cast<std::size_t>(i * sizes.paddedOut + j)] =
                dense[static_cast<std::size_t>(i * sizes.out + j)];
    return padded;
}

} // namespace

using kernels::Transpose;

TwoFourOperator::TwoFourOperator(const TwoFourConfig& config, const OperatorBuild& build)
    : LinearOperator(build.in, build.out)
    , name_(build.name)
    , config_(config)
    , device_(*build.device) {
    const OperatorPlan sizes = planTwoFour(config, in(), out(), {});
    const Shape shape{sizes.paddedIn, sizes.paddedOut};
    weight_ = makeParameter(device_, name_ + "/weight", shape, paddedStart(sizes, *build.stream));
    parameters_ = {weight_};
    mask_ = Tensor(device_, shape, DType::U8);
    masked_ = Tensor(device_, shape, device_.computeType());
    flips_ = Tensor::zeros(device_, {1, 1}, DType::I32);
    makeMask(mask_);
    if (follows())
        nextMask_ = mask_.clone();
    else
        device_.backend().applyMask(weight_->value.view(), mask_.view(), weight_->value.view());
    if (twoFourCompresses(in())) {
        values_ = Tensor(device_, {out(), in() / 2}, device_.computeType());
        meta_ = Tensor(device_, {out(), in() / 4}, DType::U8);
    }
    derive();
}

TwoFourOperator::~TwoFourOperator() = default;

OperatorPlan TwoFourOperator::plan(const RowLayout& rows) const {
    return planTwoFour(config_, in(), out(), rows);
}

void TwoFourOperator::makeMask(Tensor& mask) const {
    if (config_.transposable)
        device_.backend().twoFourTransposableMask(weight_->value.view(), mask.view());
    else
        device_.backend().twoFourMask(weight_->value.view(), mask.view());
}

void TwoFourOperator::refresh(Flips flips) const {
    if (maskedVersion_ == weight_->version)
        return;
    if (follows()) {
        makeMask(nextMask_);
        if (flips == Flips::Count)
            device_.backend().countDifferent(mask_.view(), nextMask_.view(), flips_.view());
        std::swap(mask_, nextMask_);
    }
    derive();
}

void TwoFourOperator::derive() const {
    kernels::Backend& backend = device_.backend();
    backend.applyMask(computeView(*weight_), mask_.view(), masked_.view());
    kernels::ConstView kept = std::as_const(masked_).view();
    kept.cols = out();
    if (prepared_)
        backend.refreshTwoFour(kept, *prepared_);
    else if (!values_.empty())
        backend.twoFourCompress(kept, values_.view(), meta_.view());
    if (preparedBack_)
        backend.refreshTwoFour(kept, *preparedBack_);
    maskedVersion_ = weight_->version;
}

kernels::ConstView TwoFourOperator::masked() const {
    // Restored weights come with the count of their last step.
    refresh(Flips::Keep);
    kernels::ConstView view = std::as_const(masked_).view();
    view.rows = in();
    view.cols = out();
    return view;
}

kernels::View TwoFourOperator::unpaddedGradient() const {
    kernels::View view = weight_->grad.view();
    view.rows = in();
    view.cols = out();
    return view;
}

void TwoFourOperator::forward(kernels::ConstView x, const RowLayout&, kernels::View y,
                              const kernels::Epilogue& epilogue, OperatorContextPtr*) {
    const kernels::ConstView weights = masked();
    prepare(x.rows);
    if (values_.empty())
        device_.backend().gemm({}, x, weights, y, epilogue);
    else if (prepared_)
        device_.backend().twoFourMultiplyPrepared(x, *prepared_, y, epilogue);
    else
        device_.backend().twoFourMultiply(x, std::as_const(values_).view(),
                                          std::as_const(meta_).view(), y, epilogue);
}

void TwoFourOperator::backward(kernels::ConstView x, const RowLayout&, kernels::ConstView g,
                               kernels::View gx, kernels::Accumulate accumulate, OperatorContext*) {
    kernels::Backend& backend = device_.backend();
    const kernels::ConstView weights = masked();
    backend.gemm({.a = Transpose::Yes, .beta = 1.0}, x, g, unpaddedGradient(), {});
    if (!follows())
        backend.applyMask(weight_->grad.view(), mask_.view(), weight_->grad.view());
    if (!gx.given())
        return;
    if (preparedBack_ && accumulate == kernels::Accumulate::No)
        backend.twoFourMultiplyPrepared(g, *preparedBack_, gx, {});
    else
        backend.gemm({.b = Transpose::Yes, .beta = betaFor(accumulate)}, g, weights, gx, {});
}

void TwoFourOperator::prepare(std::int64_t rows) {
    if (asked_ || values_.empty() || rows == 0)
        return;
    asked_ = true;
    const kernels::ConstView weights = masked();
    prepared_ = device_.backend().prepareTwoFour(weights, Transpose::No, rows);
    if (config_.transposable && out() % 4 == 0)
        preparedBack_ = device_.backend().prepareTwoFour(weights, Transpose::Yes, rows);
}

std::string TwoFourOperator::route() const {
    return prepared_ ? prepared_->route() : std::string();
}

std::vector<StateTensor> TwoFourOperator::state() {
    std::vector<StateTensor> state = {{name_ + "/mask", &mask_}};
    if (follows())
        state.push_back({name_ + "/mask_flips", &flips_});
    return state;
}

Tensor TwoFourOperator::materialize(std::string&) const {
    Tensor dense(device_, {in(), out()}, device_.computeType());
    device_.backend().convert(masked(), dense.view());
    return dense;
}

std::vector<std::string> TwoFourOperator::diagnosticNames() const {
    if (follows())
        return {"mask_flip_fraction"};
    return {};
}

std::vector<Diagnostic> TwoFourOperator::diagnostics() {
    if (!follows())
        return {};
    return {{"mask_flip_fraction",
             static_cast<double>(flips_.toIntegers().front()) / static_cast<double>(in() * out())}};
}

void TwoFourOperator::gradientsReady(const StepInfo&) {
    if (config_.training == TwoFourTraining::SrSte && config_.lambdaOn == TwoFourLambdaOn::Gradient)
        device_.backend().twoFourDecay(weight_->value.view(), mask_.view(), config_.lambda,
                                       weight_->grad.view());
}

void TwoFourOperator::parametersChanged(const StepInfo&, MomentScaler&) {
    if (config_.training == TwoFourTraining::SrSte &&
        config_.lambdaOn == TwoFourLambdaOn::Decoupled) {
        // W -= lambda (1 - M) W with the mask of this step's forward pass, not times the rate.
        device_.backend().twoFourDecay(weight_->value.view(), mask_.view(), -config_.lambda,
                                       weight_->value.view());
        ++weight_->version;
    }
    refresh(Flips::Count);
}

} // namespace inlay::engine

#include "engine/optimizers/optimizer.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "kernels/backend.h"

namespace inlay::engine {

namespace {

std::vector<ParameterPtr> trainable(std::vector<ParameterPtr> parameters) {
    std::erase_if(parameters, [](const ParameterPtr& parameter) { return !parameter->trainable; });
    return parameters;
}

std::vector<kernels::ConstView> gradientViews(const std::vector<ParameterPtr>& parameters) {
    std::vector<kernels::ConstView> views;
    views.reserve(parameters.size());
    for (const auto& parameter : parameters)
        views.push_back(std::as_const(parameter->grad).view());
    return views;
}

Tensor scalar(const Device& device, double value) {
    return Tensor::fromHost(device, Shape{1, 1}, device.parameterType(),
                            std::span<const double>(&value, 1));
}

} // namespace

Optimizer::Optimizer(OptimizerConfig config, std::vector<ParameterPtr> parameters,
                     const Device& device)
    : config_(config)
    , parameters_(trainable(std::move(parameters)))
    , device_(device)
    , learningRate_(scalar(device, 0.0))
    , step_(scalar(device, 1.0))
    , gradientScale_(scalar(device, 1.0))
    , squares_(Tensor::zeros(device, Shape{1, static_cast<std::int64_t>(parameters_.size())},
                             device.parameterType())) {
    const auto* sgd = std::get_if<SgdConfig>(&config_);
    for (const auto& parameter : parameters_) {
        const Tensor& value = parameter->value;
        Moments moments;
        if (sgd == nullptr || sgd->momentum != 0.0)
            moments.first = Tensor::zeros(device, value.shape(), value.dtype());
        if (sgd == nullptr)
            moments.second = Tensor::zeros(device, value.shape(), value.dtype());
        moments_.push_back(std::move(moments));
    }
}

Optimizer::~Optimizer() = default;

void Optimizer::zeroGradients() {
    for (const auto& parameter : parameters_)
        parameter->grad.zero();
}

double Optimizer::clip() const {
    return std::visit([](const auto& config) { return config.clip; }, config_);
}

void Optimizer::step(std::int64_t step, double learningRate) {
    setStep(step, learningRate);
    apply();
}

void Optimizer::setStep(std::int64_t step, double learningRate) {
    kernels::Backend& backend = device_.backend();
    backend.fill(learningRate_.view(), learningRate);
    backend.fill(step_.view(), static_cast<double>(step + 1));
}

void Optimizer::noteChanged() {
    for (const auto& parameter : parameters_)
        ++parameter->version;
}

void Optimizer::apply() {
    kernels::Backend& backend = device_.backend();
    if (clip() > 0.0) {
        backend.sumSquaresOf(gradientViews(parameters_), squares_.view());
        backend.clipFactor(squares_.view(), clip(), gradientScale_.view());
    }
    std::vector<kernels::OptimizerSlot> slots;
    slots.reserve(parameters_.size());
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        Parameter& parameter = *parameters_[i];
        kernels::OptimizerSlot slot;
        slot.weight = parameter.value.view().data;
        slot.gradient = parameter.grad.view().data;
        slot.first = moments_[i].first.empty() ? nullptr : moments_[i].first.view().data;
        slot.second = moments_[i].second.empty() ? nullptr : moments_[i].second.view().data;
        if (!parameter.decayMask.empty())
            slot.decayMask = parameter.decayMask.view().as<std::uint8_t>();
        slot.count = parameter.value.count();
        slot.decay = parameter.decay;
        slot.learningRate = parameter.learningRate;
        slot.dtype = parameter.value.dtype();
        slots.push_back(slot);
    }
    noteChanged();
    const kernels::StepScalars scalars{std::as_const(learningRate_).view(),
                                       std::as_const(step_).view(),
                                       std::as_const(gradientScale_).view()};
    if (const auto* sgd = std::get_if<SgdConfig>(&config_)) {
        backend.sgdStep({sgd->momentum, sgd->nesterov, sgd->weightDecay}, scalars, slots);
    } else {
        const auto& adamw = std::get<AdamWConfig>(config_);
        kernels::AdamW spec;
        spec.beta1 = adamw.beta1;
        spec.beta2 = adamw.beta2;
        spec.weightDecay = adamw.weightDecay;
        backend.adamwStep(spec, scalars, slots);
    }
}

std::vector<double> Optimizer::gradientSquares() const {
    device_.backend().sumSquaresOf(gradientViews(parameters_), squares_.view());
    return squares_.toDoubles();
}

std::vector<double> Optimizer::gradientNorms() const {
    std::vector<double> norms = gradientSquares();
    for (double& norm : norms)
        norm = std::sqrt(norm);
    return norms;
}

double Optimizer::gradientNorm() const {
    double total = 0.0;
    for (const double square : gradientSquares())
        total += square;
    return std::sqrt(total);
}

std::vector<StateTensor> Optimizer::state() {
    std::vector<StateTensor> tensors;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        const std::string prefix = "optimizer/" + parameters_[i]->name;
        if (!moments_[i].first.empty())
            tensors.push_back({prefix + "/first", &moments_[i].first});
        if (!moments_[i].second.empty())
            tensors.push_back({prefix + "/second", &moments_[i].second});
    }
    return tensors;
}

void Optimizer::scaleRow(const Parameter& parameter, std::int64_t row, double factor) {
    const auto found =
        std::find_if(parameters_.begin(), parameters_.end(),
                     [&](const ParameterPtr& own) { return own.get() == &parameter; });
    if (found == parameters_.end())
        return; // a frozen parameter has no moments
    Moments& moments = moments_[static_cast<std::size_t>(found - parameters_.begin())];
    const auto scale = [&](Tensor& tensor, double by) {
        if (tensor.empty())
            return;
        kernels::View view = tensor.view();
        assert(row >= 0 && row < view.rows);
        view.data = static_cast<std::byte*>(view.data) +
                    static_cast<std::size_t>(row * view.stride) * kernels::sizeOf(view.dtype);
        view.rows = 1;
        device_.backend().axpby(by, view, 0.0, view);
    };
    scale(moments.first, factor);
    scale(moments.second, factor * factor);
}

} // namespace inlay::engine

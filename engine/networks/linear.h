#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/networks/module.h"

namespace inlay::kernels {
enum class Activation : std::uint8_t;
}

namespace inlay::engine {

/// y = activation(x W + b), where W is an operator of any family. The bias starts at zero and is
/// named `<name>/bias`.
class Linear final : public Module {
public:
    Linear(std::string name, std::unique_ptr<LinearOperator> op, kernels::Activation activation,
           const Device& device);

    const std::string& name() const { return name_; }
    LinearOperator& op() { return *op_; }
    kernels::Activation activation() const { return activation_; }
    std::int64_t in() const { return op_->in(); }
    std::int64_t out() const { return op_->out(); }

    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void collectParameters(std::vector<ParameterPtr>& into) const override;
    void collectOperators(std::vector<NamedOperator>& into) override;

    /// The map on memory that the caller owns, for modules that lay out their buffers themselves.
    /// `pre` keeps the value before the activation, `residual` is added after it; either may be
    /// empty.
    void apply(kernels::ConstView x, const RowLayout& rows, kernels::View y, kernels::View pre,
               kernels::ConstView residual, OperatorContextPtr* saved);
    /// `g` is the gradient before the activation: the caller has undone it. The input's gradient
    /// overwrites `gx` or is added to it; `gx` is empty when it is not wanted.
    void applyBackward(kernels::ConstView x, const RowLayout& rows, kernels::ConstView g,
                       kernels::View gx, kernels::Accumulate accumulate, OperatorContext* saved);

private:
    std::string name_;
    std::unique_ptr<LinearOperator> op_;
    kernels::Activation activation_;
    Device device_;
    ParameterPtr bias_;
};

} // namespace inlay::engine

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/networks/conv_stack.h"
#include "engine/networks/module.h"

namespace inlay::engine {

/// y = activation(maxPool(im2col(x) W + b)), W an operator of any family; the pooling may be none.
/// Rows are pixels, grouped by image. A dense W runs in one op a few images at a time; other
/// families get the columns of the whole batch as rows, grouped by image. The bias starts at zero
/// and is named `<name>/bias`.
class Convolution final : public Module {
public:
    Convolution(const ConvStage& stage, std::unique_ptr<LinearOperator> op, const Device& device);
    ~Convolution() override;

    RowLayout outputLayout(const RowLayout& rows) const override;
    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void collectParameters(std::vector<ParameterPtr>& into) const override;
    void collectOperators(std::vector<NamedOperator>& into) override;

private:
    struct Context;

    kernels::Convolution spec(std::int64_t batch) const;
    bool isDense() const;
    void structuredForward(const Tensor& x, const kernels::Convolution& spec, Tensor& y,
                           Context* context);
    Tensor structuredBackward(const Tensor& x, const kernels::Convolution& spec, Tensor g,
                              Context& context, NeedInputGradient need);

    std::string name_;
    kernels::Windows windows_;
    kernels::Windows pool_;
    kernels::Activation activation_;
    std::unique_ptr<LinearOperator> op_;
    Device device_;
    ParameterPtr bias_;
};

} // namespace inlay::engine

#pragma once

#include <string>
#include <vector>

#include "engine/networks/module.h"
#include "kernels/op_types.h"

namespace inlay::engine {

/// Batch normalization by column (Ioffe and Szegedy 2015), then an activation. Training uses the
/// batch's statistics and moves the running ones by 0.1; inference uses the running ones.
/// Parameters `<name>/weight` (ones) and `<name>/bias` (zeros), state `<name>/running` (mean,
/// variance).
class BatchNorm final : public Module {
public:
    BatchNorm(const std::string& name, std::int64_t width, kernels::Activation activation,
              const Device& device);

    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void collectParameters(std::vector<ParameterPtr>& into) const override;
    void collectState(std::vector<StateTensor>& into) override;

private:
    std::string name_;
    Device device_;
    kernels::Activation activation_;
    ParameterPtr gamma_;
    ParameterPtr beta_;
    Tensor running_;
};

} // namespace inlay::engine

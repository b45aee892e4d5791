#pragma once

#include <memory>
#include <vector>

#include "engine/networks/linear.h"
#include "engine/networks/network.h"

namespace inlay::engine {

/// Fully connected classifier. The last layer is the head; the others carry the activation.
class Mlp final : public Network {
public:
    Mlp(std::vector<std::unique_ptr<Linear>> layers, const Device& device);

    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void collectParameters(std::vector<ParameterPtr>& into) const override;
    void collectOperators(std::vector<NamedOperator>& into) override;

private:
    Device device_;
    std::vector<std::unique_ptr<Linear>> layers_;
};

} // namespace inlay::engine

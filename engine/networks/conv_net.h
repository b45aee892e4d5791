#pragma once

#include <memory>
#include <vector>

#include "engine/networks/network.h"

namespace inlay::engine {

/// Modules one after the other on maps. Rows of the input are pixels, grouped by image.
class ConvNet final : public Network {
public:
    explicit ConvNet(std::vector<std::unique_ptr<Module>> modules);

    RowLayout outputLayout(const RowLayout& rows) const override;
    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void setStep(std::int64_t step) override;
    void collectParameters(std::vector<ParameterPtr>& into) const override;
    void collectOperators(std::vector<NamedOperator>& into) override;
    void collectState(std::vector<StateTensor>& into) override;

private:
    std::vector<std::unique_ptr<Module>> modules_;
};

} // namespace inlay::engine

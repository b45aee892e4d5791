#pragma once

#include <vector>

#include "engine/networks/module.h"

namespace inlay::engine {

/// One row for each group: the mean of the group's rows.
class MeanPooling final : public Module {
public:
    explicit MeanPooling(const Device& device)
        : device_(device) {}

    RowLayout outputLayout(const RowLayout& rows) const override;
    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void collectParameters(std::vector<ParameterPtr>&) const override {}

private:
    Device device_;
};

} // namespace inlay::engine

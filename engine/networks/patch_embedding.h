#pragma once

#include <memory>
#include <vector>

#include "engine/networks/linear.h"
#include "engine/networks/module.h"

namespace inlay::engine {

/// Tokens from patches: y = x W + b + p, where p has one learned row for each position in a group.
/// The positions are named `<layer>/positions` and start as normals of deviation 0.02.
class PatchEmbedding final : public Module {
public:
    PatchEmbedding(std::unique_ptr<Linear> linear, std::int64_t positions, const Device& device,
                   const RandomStream& stream);

    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void collectParameters(std::vector<ParameterPtr>& into) const override;
    void collectOperators(std::vector<NamedOperator>& into) override;

private:
    Device device_;
    std::unique_ptr<Linear> linear_;
    ParameterPtr positions_;
};

} // namespace inlay::engine

#pragma once

#include <string>
#include <vector>

#include "engine/networks/module.h"

namespace inlay::kernels {
enum class Accumulate : std::uint8_t;
}

namespace inlay::engine {

/// y = (x - mean) / sqrt(variance + 1e-5) * gamma + beta by row; parameters `<name>/weight` (ones
/// at the start) and `<name>/bias` (zeros).
class LayerNorm final : public Module {
public:
    LayerNorm(const std::string& name, std::int64_t width, const Device& device);

    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void collectParameters(std::vector<ParameterPtr>& into) const override;

    /// The map on memory that the caller owns; `stats` is rows x 2.
    void apply(kernels::ConstView x, kernels::View y, kernels::View stats);
    /// Overwrites `gx` or adds to it: a residual branch adds to the gradient of its skip path.
    void applyBackward(kernels::ConstView x, kernels::ConstView stats, kernels::ConstView g,
                       kernels::View gx, kernels::Accumulate accumulate);

private:
    Device device_;
    ParameterPtr gamma_;
    ParameterPtr beta_;
};

} // namespace inlay::engine

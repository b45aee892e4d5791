#pragma once

// What two_four_routes.cpp and two_four_trials.cpp share: the weight they prepare and the route of
// its products.

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include "kernels/cuda/device_block.h"
#include "kernels/cuda/two_four_routes.h"

namespace inlay::kernels::cuda {

/// Kernels for bf16 products of a size worth a trial.
enum class TwoFourKernel : std::uint8_t { Tiled, Mma, TwoWarpgroups, ThreeWarpgroups };

/// Enqueues y = x W by one of them. `meta` is read by the first kind only, `weights.meta` by the
/// others.
void multiplyBy(TwoFourKernel kernel, Queue& queue, ConstView x, const SparseOperand& weights,
                ConstView meta, View y, const Epilogue& epilogue);

/// What a trial found for one shape.
struct TwoFourRoutes::Route {
    TwoFourKernel own = TwoFourKernel::Tiled;
    double ownSeconds = INFINITY;
    /// The library's product, when it is faster than ours by itself.
    std::unique_ptr<SparseProduct> product;
    double librarySeconds = INFINITY;
    /// The dense product of the masked weight is faster than all of them by itself.
    bool dense = false;
    double denseSeconds = INFINITY;
    /// Of an epilogue as a pass of its own, which the library's product and a dense one need.
    double epilogueSeconds = 0.0;
    std::string reason;
};

class TwoFourRoutes::Prepared final : public PreparedWeight {
public:
    Prepared(Queue& queue, ConstView w, Transpose side, std::int64_t expectedRows)
        : transpose(side)
        , rows(expectedRows)
        , m(side == Transpose::Yes ? w.rows : w.cols)
        , k(side == Transpose::Yes ? w.cols : w.rows)
        , valueStride_(roundedUp(k / 2, 8))
        , valueMemory_(queue, m * valueStride_ * static_cast<std::int64_t>(sizeOf(w.dtype)))
        , metaMemory_(queue, m * metaStride())
        , values{valueMemory_.data(), m, k / 2, valueStride_, w.dtype}
        , meta{metaMemory_.data(), m, k / 4, metaStride(), DType::U8} {}

    std::string route() const override {
        return chosen != nullptr ? chosen->reason
                                 : "own kernel without sparse tensor instructions: " +
                                       std::string(values.dtype == DType::F32
                                                       ? "they take no f32"
                                                       : "the product is too small for them");
    }

    /// Device metadata and the library's form, where the route reads them.
    SparseOperand operand() const {
        return {values, static_cast<const std::uint32_t*>(words->data())};
    }

    Transpose transpose;
    std::int64_t rows; // of x, as expected
    std::int64_t m;
    std::int64_t k;

private:
    std::int64_t metaStride() const { return roundedUp(k / 4, 4); }

    std::int64_t valueStride_;
    DeviceBlock valueMemory_;
    DeviceBlock metaMemory_;

public:
    View values;
    View meta;
    std::unique_ptr<DeviceBlock> words;
    std::unique_ptr<DeviceBlock> compressed;
    /// The masked weight W^T (m x k), where the route multiplies it densely.
    std::unique_ptr<DeviceBlock> expanded;
    View expandedView() const { return {expanded->data(), m, k, k, DType::BF16}; }
    std::shared_ptr<const Route> chosen;
};

} // namespace inlay::kernels::cuda

#pragma once

// The kernels of y (n x m) = x (n x k) W, W in a 2:4 form, each followed by the epilogue. Which of
// them a product takes is decided in two_four_multiply.cpp and two_four_routes.cpp.

#include <cstdint>

#include "kernels/cuda/two_four_forms.h"
#include "kernels/op_types.h"

namespace inlay::kernels::cuda {

/// Any shape and strides, f32 and bf16, from the plain form; x is read by the stored positions.
void multiplyTiled(Queue& queue, ConstView x, ConstView values, ConstView meta, View y,
                   const Epilogue& epilogue);

/// Multiplications of the dense product up to which multiplyTiled, one launch, is over before a
/// better kernel has its operands ready.
inline constexpr std::int64_t kSmallProduct = std::int64_t{1} << 22;

/// The same for up to kFewRows rows of x, where reading the weights is all that takes time.
inline constexpr std::int64_t kFewRows = 8;
void multiplyFewRows(Queue& queue, ConstView x, ConstView values, ConstView meta, View y,
                     const Epilogue& epilogue);

/// bf16 by mma.sp (compute capability 8.0 on). Rows of x start at multiples of 16 bytes.
void multiplyMma(Queue& queue, ConstView x, const SparseOperand& weights, View y,
                 const Epilogue& epilogue);

/// bf16 by the sparse warpgroup instruction of compute capability 9.0, with two or three
/// warpgroups of 64 outputs to a tile. Operands as for multiplyMma.
enum class Warpgroups : std::uint8_t { Two, Three };
bool canMultiplyWarpgroups(const Queue& queue);
void multiplyWarpgroups(Queue& queue, Warpgroups count, ConstView x, const SparseOperand& weights,
                        View y, const Epilogue& epilogue);

} // namespace inlay::kernels::cuda

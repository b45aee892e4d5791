#pragma once

#include "kernels/cpu/kernel_table.h"
#include "kernels/op_types.h"

namespace inlay::kernels::cpu {

inline Act actOf(Activation activation) {
    switch (activation) {
    case Activation::None:
        return Act::None;
    case Activation::Relu:
        return Act::Relu;
    case Activation::Gelu:
        return Act::Gelu;
    case Activation::Silu:
        return Act::Silu;
    case Activation::LeakyRelu:
        return Act::LeakyRelu;
    }
    return Act::None;
}

inline RowEpilogue rowEpilogue(const Epilogue& epilogue) {
    RowEpilogue rows;
    rows.bias = epilogue.bias.as<float>();
    rows.pre = epilogue.pre.as<float>();
    rows.preStride = epilogue.pre.stride;
    rows.act = actOf(epilogue.activation);
    rows.residual = epilogue.residual.as<float>();
    rows.residualStride = epilogue.residual.stride;
    return rows;
}

/// The same epilogue for the part of the result that begins at (row, col).
inline RowEpilogue fromRow(RowEpilogue epilogue, std::int64_t row, std::int64_t col = 0) {
    if (epilogue.bias != nullptr)
        epilogue.bias += col;
    if (epilogue.pre != nullptr)
        epilogue.pre += row * epilogue.preStride + col;
    if (epilogue.residual != nullptr)
        epilogue.residual += row * epilogue.residualStride + col;
    return epilogue;
}

} // namespace inlay::kernels::cpu

#pragma once

#include <cassert>

#include "engine/tensor/tensor.h"
#include "kernels/views.h"

namespace inlay::engine {

/// Memory for `rank` planes of rows x cols, with a gap between them where their distance would be a
/// multiple of 4096 bytes: the same element of all planes, which decoding reads together, would
/// fall on the same cache sets.
inline Tensor makePlanes(const Device& device, std::int64_t rank, std::int64_t rows,
                         std::int64_t cols) {
    constexpr std::int64_t kGap = 48;
    const std::int64_t size = rows * cols;
    return Tensor(device, {rank, size + (size % 1024 == 0 ? kGap : 0)}, device.computeType());
}

/// Planes of makePlanes as ops take them.
inline kernels::BatchView planesOf(Tensor& tensor, std::int64_t rows, std::int64_t cols) {
    assert(tensor.shape().dimensions() == 2 && tensor.cols() >= rows * cols);
    kernels::View first = tensor.view();
    first.rows = rows;
    first.cols = first.stride = cols;
    return {first, tensor.rows(), tensor.cols()};
}

/// A tensor of rank x rows x cols as ops take its planes.
inline kernels::BatchView planesOf(Tensor& tensor) {
    const Shape& shape = tensor.shape();
    assert(shape.dimensions() == 3);
    kernels::View first = tensor.view();
    first.rows = shape[1];
    return {first, shape[0], shape[1] * shape[2]};
}

} // namespace inlay::engine

#pragma once

#include <cassert>

#include "engine/tensor/tensor.h"
#include "kernels/views.h"

namespace inlay::engine {

/// A tensor of rank x rows x cols as ops take its planes.
inline kernels::BatchView planesOf(Tensor& tensor) {
    const Shape& shape = tensor.shape();
    assert(shape.dimensions() == 3);
    kernels::View first = tensor.view();
    first.rows = shape[1];
    return {first, shape[0], shape[1] * shape[2]};
}

} // namespace inlay::engine

#pragma once

#include <cstdint>

#include "kernels/views.h"

namespace inlay::kernels {

/// Element `index` of a host buffer of `dtype` as double; integers too.
double loadElement(const void* data, DType dtype, std::int64_t index);
/// Rounds to the dtype: f32 and bf16 to nearest even; integers must be exact.
void storeElement(void* data, DType dtype, std::int64_t index, double value);

} // namespace inlay::kernels

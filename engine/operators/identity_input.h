#pragma once

#include <cstdint>

#include "engine/tensor/tensor.h"

namespace inlay::engine {

/// Ones on the diagonal of a rows x cols matrix: as input it makes a linear map show its matrix.
Tensor identityInput(const Device& device, std::int64_t rows, std::int64_t cols);

} // namespace inlay::engine

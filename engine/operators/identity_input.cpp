#include "engine/operators/identity_input.h"

#include <algorithm>
#include <span>
#include <vector>

namespace inlay::engine {

Tensor identityInput(const Device& device, std::int64_t rows, std::int64_t cols) {
    std::vector<double> values(static_cast<std::size_t>(rows * cols), 0.0);
    for (std::int64_t i = 0; i < std::min(rows, cols); ++i)
        values[static_cast<std::size_t>(i * cols + i)] = 1.0;
    return Tensor::fromHost(device, {rows, cols}, device.computeType(),
                            std::span<const double>(values));
}

} // namespace inlay::engine

#include "engine/experiments/metric_learning/frame_data.h"

#include <bit>
#include <cmath>

namespace inlay::engine::metric_learning {

std::uint16_t toHalf(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
    const std::uint32_t size = bits & 0x7FFFFFFFu;
    if (size > 0x7F800000u)
        return static_cast<std::uint16_t>(sign | 0x7E00u); // NaN
    if (size >= 0x477FF000u)
        return static_cast<std::uint16_t>(sign | 0x7C00u);
    if (size < 0x38800000u) { // subnormal: units of 2^-24
        const float scaled = std::bit_cast<float>(size) * 16777216.0f;
        return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(std::lrint(scaled)));
    }
    const std::uint32_t rounded = size + 0xFFFu + ((size >> 13) & 1u);
    return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000u) >> 13));
}

} // namespace inlay::engine::metric_learning

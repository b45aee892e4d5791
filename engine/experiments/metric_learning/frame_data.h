#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace inlay::engine::metric_learning {

/// IEEE half precision, rounded to nearest even; beyond its range infinity.
std::uint16_t toHalf(float value);

/// Appends the bytes of a number.
template <typename T>
void append(std::vector<std::byte>& bytes, T value) {
    std::byte raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    bytes.insert(bytes.end(), raw, raw + sizeof(T));
}

} // namespace inlay::engine::metric_learning

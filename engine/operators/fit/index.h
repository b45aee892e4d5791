#pragma once

#include <cstddef>
#include <cstdint>

namespace inlay::engine {

/// A place in a container, for loops that count with signed numbers.
constexpr std::size_t index(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

} // namespace inlay::engine

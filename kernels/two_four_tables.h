#pragma once

// The masks of 2:4 sparsity, in the one order that decides ties on every backend
// (systems/stl-and-24.md 2.2, 2.3).

#include <array>
#include <cstdint>

namespace inlay::kernels {

/// Kept positions of a group of four, first < second, in lexicographic order.
struct KeptPair {
    std::uint8_t first;
    std::uint8_t second;
};
inline constexpr std::array<KeptPair, 6> kKeptPairs{
    {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}};

/// The metadata nibble of a pair: first | second << 2.
constexpr std::uint8_t nibbleOf(KeptPair pair) {
    return static_cast<std::uint8_t>(pair.first | (pair.second << 2));
}

/// The 4 x 4 masks with two ones in each row and column; bit 4 * row + column. Ordered by the
/// pairs of the rows, top row first.
constexpr std::array<std::uint16_t, 90> makeTransposableMasks() {
    std::array<std::uint16_t, 90> masks{};
    std::size_t count = 0;
    for (int code = 0; code < 6 * 6 * 6 * 6; ++code) {
        const int digits[4] = {code / 216, code / 36 % 6, code / 6 % 6, code % 6};
        int columns[4] = {0, 0, 0, 0};
        unsigned mask = 0;
        for (unsigned row = 0; row < 4; ++row) {
            const KeptPair pair = kKeptPairs[static_cast<std::size_t>(digits[row])];
            ++columns[pair.first];
            ++columns[pair.second];
            mask |= (1u << pair.first | 1u << pair.second) << (4 * row);
        }
        if (columns[0] == 2 && columns[1] == 2 && columns[2] == 2 && columns[3] == 2)
            masks[count++] = static_cast<std::uint16_t>(mask);
    }
    return masks;
}
inline constexpr std::array<std::uint16_t, 90> kTransposableMasks = makeTransposableMasks();

} // namespace inlay::kernels

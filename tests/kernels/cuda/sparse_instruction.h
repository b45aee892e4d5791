#pragma once

// The sparse tensor instruction m16n8k32 for 16-bit types on the host, from the tables of the PTX
// ISA, and what it multiplies: shared memory, ldmatrix, a pruned matrix with its metadata.

#include <QtTest>

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/bf16.h"
#include "kernels/cuda/two_four_layout.h"
#include "kernels/two_four_tables.h"
#include "tests/kernels/host_tensor.h"

namespace inlay::kernels::cuda {

/// A pruned m x k matrix with small whole numbers, which bf16 and every order of sums hold exactly,
/// in its plain and in its device form.
struct Pruned {
    std::int64_t m;
    std::int64_t k;
    HostTensor dense;
    HostTensor values;
    std::vector<std::uint8_t> nibbles;
    std::vector<std::uint32_t> words;

    Pruned(std::int64_t rows, std::int64_t depth)
        : m(rows)
        , k(depth)
        , dense(rows, depth)
        , values(rows, depth / 2)
        , nibbles(static_cast<std::size_t>(rows * depth / 4))
        , words(static_cast<std::size_t>(metaExtent(rows, depth).words()), kMetaPadding) {
        for (std::int64_t i = 0; i < m; ++i)
            for (std::int64_t g = 0; g < k / 4; ++g) {
                const auto choice = static_cast<std::size_t>((7 * i + 5 * g + i * g) % 6);
                const KeptPair pair = kKeptPairs[choice];
                values(i, 2 * g) = static_cast<double>((i + 3 * g) % 7 - 3);
                values(i, 2 * g + 1) = static_cast<double>((2 * i + g) % 5 - 2);
                dense(i, 4 * g + pair.first) = values(i, 2 * g);
                dense(i, 4 * g + pair.second) = values(i, 2 * g + 1);
                nibbles[static_cast<std::size_t>(i * k / 4 + g)] = nibbleOf(pair);
            }
        packWords();
    }

    /// As packMeta in two_four_forms.cu, word by word.
    void packWords() {
        const MetaExtent extent = metaExtent(m, k);
        for (std::int64_t step = 0; step < extent.steps; ++step)
            for (std::int64_t word = 0; word < extent.rows; ++word) {
                const int lane = static_cast<int>(word % 32);
                const std::int64_t row = word / 32 * 32 + metaRow(lane);
                const std::int64_t byte = 8 * step + 4 * metaColumn(lane);
                words[static_cast<std::size_t>(step * extent.rows + word)] =
                    packNibbles(fourBytes(row, byte)) | packNibbles(fourBytes(row + 8, byte)) << 16;
            }
    }
    std::uint32_t fourBytes(std::int64_t row, std::int64_t byte) const {
        std::uint32_t bytes = 0x04040404u;
        for (std::int64_t b = 0; b < 4; ++b)
            if (row < m && byte + b < k / 4)
                bytes = (bytes & ~(0xFFu << (8 * b))) |
                        static_cast<std::uint32_t>(
                            nibbles[static_cast<std::size_t>(row * k / 4 + byte + b)])
                            << (8 * b);
        return bytes;
    }
};

using Registers = std::array<std::array<std::uint32_t, 4>, 32>;

/// Shared memory of one stage.
struct Stage {
    std::vector<std::uint8_t> bytes;

    explicit Stage(std::size_t size)
        : bytes(size) {}
    void put(std::uint32_t offset, double value) {
        const std::uint16_t bits = toBf16(static_cast<float>(value));
        std::memcpy(&bytes[offset], &bits, sizeof bits);
    }
    double get(std::uint32_t offset) const {
        std::uint16_t bits;
        std::memcpy(&bits, &bytes[offset], sizeof bits);
        return static_cast<double>(fromBf16(bits));
    }
    /// ldmatrix.x4: lane l gets elements 2 (l % 4) and the next of row l / 4 of each matrix, whose
    /// rows lie where eight lanes point.
    Registers loadMatrices(const std::array<std::uint32_t, 32>& pointers) const {
        Registers registers;
        for (std::size_t lane = 0; lane < 32; ++lane)
            for (std::size_t i = 0; i < 4; ++i)
                std::memcpy(&registers[lane][i], &bytes[pointers[8 * i + lane / 4] + lane % 4 * 4],
                            4);
        return registers;
    }
};

inline double half(std::uint32_t word, int which) {
    return static_cast<double>(fromBf16(static_cast<std::uint16_t>(word >> (16 * which))));
}

/// mma.sp m16n8k32 for 16-bit types, from the PTX ISA's tables: D += A B, D 16 x 8. The words of
/// lanes 4 g + 2 selector + t are the metadata of rows g (low half) and g + 8 of elements 16 t … .
inline void multiplySparse(HostTensor& d, std::int64_t top, std::int64_t left, const Registers& a,
                           const Registers& b, const std::array<std::uint32_t, 32>& meta,
                           int selector) {
    double stored[16][16] = {};
    double expanded[16][32] = {};
    double right[32][8] = {};
    for (int lane = 0; lane < 32; ++lane)
        for (int i = 0; i < 8; ++i) {
            const int g = lane / 4;
            const int t = lane % 4;
            const auto reg = static_cast<std::size_t>(i / 2);
            const auto at = static_cast<std::size_t>(lane);
            // a0 a1 a4 a5: row g; the two stored of elements 4 t … 4 t + 3, a4 … of those 16
            // further.
            stored[g + (i / 2 % 2) * 8][2 * t + i % 2 + 8 * (i / 4)] = half(a[at][reg], i % 2);
            right[2 * t + i % 2 + 8 * (i / 2)][g] = half(b[at][reg], i % 2);
        }
    for (int row = 0; row < 16; ++row)
        for (int chunk = 0; chunk < 8; ++chunk) {
            const auto lane = static_cast<std::size_t>(row % 8 * 4 + 2 * selector + chunk / 4);
            const std::uint32_t nibble = meta[lane] >> (16 * (row / 8) + 4 * (chunk % 4)) & 0xFu;
            QVERIFY((nibble & 3u) < nibble >> 2); // ordered
            expanded[row][4 * chunk + static_cast<int>(nibble & 3u)] = stored[row][2 * chunk];
            expanded[row][4 * chunk + static_cast<int>(nibble >> 2)] = stored[row][2 * chunk + 1];
        }
    for (int row = 0; row < 16; ++row)
        for (int col = 0; col < 8; ++col)
            for (int e = 0; e < 32; ++e)
                d(top + row, left + col) += expanded[row][e] * right[e][col];
}

} // namespace inlay::kernels::cuda

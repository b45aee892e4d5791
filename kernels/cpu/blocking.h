#pragma once

// How products are cut: for the caches along the inner index, for the threads along the rows. By
// shape alone.

#include <algorithm>
#include <cstdint>

#include "kernels/cpu/kernel_table.h"

namespace inlay::kernels::cpu {

/// Inner length of one pass: the panel of B stays in the first two levels of cache.
inline constexpr std::int64_t kInner = 384;
/// Multiply-adds of a chunk, about 10 microseconds of one core: the threads of a product of 0.2 ms
/// must not wait for each other for long.
inline constexpr std::int64_t kChunkWork = std::int64_t{1} << 19;

inline std::int64_t ceilDivide(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

inline std::int64_t roundUp(std::int64_t value, std::int64_t step) {
    return ceilDivide(value, step) * step;
}

/// The inner index in equal passes of at most `most`.
struct Passes {
    std::int64_t k;
    std::int64_t count;
    std::int64_t length;
    explicit Passes(std::int64_t inner, std::int64_t most = kInner)
        : k(inner)
        , count(std::max<std::int64_t>(1, ceilDivide(inner, most)))
        , length(ceilDivide(inner, count)) {}
    std::int64_t begin(std::int64_t pass) const { return pass * length; }
    std::int64_t size(std::int64_t pass) const { return std::min(length, k - pass * length); }
};

/// Chunks of a batch of `count` products like `one`, which has at least one row. Of many products
/// each is one chunk: a chunk packs its B, or has it come from afar.
struct BatchChunks {
    std::int64_t rows;  // of a chunk
    std::int64_t each;  // chunks of one product
    std::int64_t grain; // chunks that a thread takes at once

    BatchChunks(const Product& one, std::int64_t count, std::int64_t stripRows) {
        constexpr std::int64_t kMany = 8;
        constexpr std::int64_t kLeastRows = 64;
        const std::int64_t work = std::max<std::int64_t>(1, one.n * one.k);
        rows = count >= kMany ? one.m
                              : std::max(roundUp(kChunkWork / 2 / work, stripRows), kLeastRows);
        each = ceilDivide(one.m, rows);
        grain = std::max<std::int64_t>(1, kChunkWork / 4 / (work * std::min(rows, one.m)));
    }
};

} // namespace inlay::kernels::cpu

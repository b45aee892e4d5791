#pragma once

// Butterfly networks with features as lanes: rows stay as they lie, nothing is transposed, and a
// single row is as fast as one of many. A pass takes several stages while a few vectors of a row
// stay in registers:
// - the low pass takes adjacent vectors, so that the stages below the width are exchanges within a
//   vector, y = own x + other (x of the partner);
// - a high pass takes vectors 2^s apart, of stages s, s + 1, ...
// A unit is what a pass keeps in registers; its packed weights lie in the order of use and serve
// all rows of a chunk while they are in the first level of cache.
// Stage s joins i (bit s clear) and j = i + 2^s: y_i = a x_i + b x_j, y_j = c x_i + d x_j.

#include <limits>

#include "kernels/cpu/levels/product.h"

namespace inlay::kernels {
namespace {

using cpu::ButterflyRows;

constexpr int kLogWidth = kWidth == 16 ? 4 : kWidth == 8 ? 3 : 2;
/// Vectors that a pass keeps in registers, as a power of two. Fewer of two rows at a time, which
/// would share the weights, were slower: there are more passes then.
constexpr int kLogKept = kWidth == 16 ? 4 : 3;
/// And where that saves a pass: the registers are then too few, but what spills stays near. On one
/// AVX2 core 64 rows of 1024 took 54 us in passes of 7 + 3 stages and 60 of 6 + 2 + 2, beside the
/// same dense product 7 % less at 2048 (7 + 4, 6 + 3 + 2); with AVX-512 rows of 512 took 14 us in
/// one pass of 9 and 15 in two. Where as many passes remain, as at 4096, more vectors were slower.
constexpr int kLogMost = kLogKept + 1;

/// Units of a high pass that lie in one line of cache are taken together, or its other parts would
/// be read again later.
constexpr int kUnitsOfLine = 16 / kWidth;
/// Whether rows lie apart, in scratch, between passes. Rows of 2^s features one behind the other
/// fall into the same few sets of the first level of cache, and their loads wait for stores to
/// other rows whose addresses end alike: on one AVX2 core 64 rows of 1024 took 68 us so and 47 us
/// apart, of 4096 274 and 235 us. With AVX-512 (whole lines, half as many stores) they are as fast,
/// 4096 faster.
constexpr bool kRowsApart = kWidth < 16;
/// Floats between rows in scratch beyond their features: more than a unit of 256 bytes, an odd
/// number of lines.
constexpr std::int64_t kRowGap = 80;

/// Stages [first, first + count).
struct ButterflyPass {
    std::int64_t first = 0;
    int count = 0;
    bool low = false;
    int inVector = 0;         // stages of a low pass that exchange lanes
    std::int64_t weights = 0; // offset of the packed weights
};

struct ButterflyPasses {
    ButterflyPass pass[24];
    int count = 0;
};

/// The passes in the order of application.
inline ButterflyPasses passesOf(std::int64_t stages, std::int64_t n, bool rising) {
    ButterflyPasses passes;
    constexpr std::int64_t mostLow = kLogWidth + kLogMost;
    const std::int64_t count =
        1 + (stages > mostLow ? (stages - mostLow + kLogMost - 1) / kLogMost : 0);
    constexpr std::int64_t usualLow = kLogWidth + kLogKept;
    const std::int64_t low = usualLow + (stages > usualLow + kLogKept * (count - 1) ? 1 : 0);
    ButterflyPass first;
    first.low = true;
    first.count = static_cast<int>(stages < low ? stages : low);
    first.inVector = first.count < kLogWidth ? first.count : kLogWidth;
    passes.pass[passes.count++] = first;
    // What is left, divided evenly.
    for (std::int64_t done = first.count; done < stages;) {
        const std::int64_t left = count - passes.count;
        ButterflyPass high;
        high.first = done;
        high.count = static_cast<int>((stages - done + left - 1) / left);
        passes.pass[passes.count++] = high;
        done += high.count;
    }
    if (!rising)
        for (int i = 0, j = passes.count - 1; i < j; ++i, --j) {
            const ButterflyPass kept = passes.pass[i];
            passes.pass[i] = passes.pass[j];
            passes.pass[j] = kept;
        }
    // Two floats for each feature and stage; narrow networks are padded to a vector.
    const std::int64_t features = n < kWidth ? kWidth : n;
    std::int64_t offset = 0;
    for (int i = 0; i < passes.count; ++i) {
        passes.pass[i].weights = offset;
        offset += 2 * features * passes.pass[i].count;
    }
    return passes;
}

std::int64_t butterflyPacked(std::int64_t n, std::int64_t stages) {
    return 2 * (n < kWidth ? kWidth : n) * stages;
}

inline std::int64_t pairOf(std::int64_t i, std::int64_t stage) {
    return (i >> (stage + 1) << stage) | (i & ((std::int64_t{1} << stage) - 1));
}

/// The weights of kWidth adjacent pairs as four vectors a, b, c, d.
inline void packPairs(const float* pairs, bool transposed, float* to) {
    float block[4 * kWidth];
    transpose(pairs, 4, block, kWidth, kWidth, 4);
    for (int k = 0; k < 4; ++k) {
        const int from = transposed && (k == 1 || k == 2) ? 3 - k : k;
        store(to + k * kWidth, load(block + from * kWidth));
    }
}

/// Own and other weights of the lanes of one vector whose pairs begin at `pairs`; `features` of
/// them exist.
inline void packExchange(const float* pairs, int stage, bool transposed, std::int64_t features,
                         float* to) {
    IVec own{};
    IVec other{};
    const int h = 1 << stage;
    for (int lane = 0; lane < kWidth; ++lane) {
        const int pair = static_cast<int>(pairOf(lane & ~h, stage));
        const bool second = (lane & h) != 0;
        // Of (a, b, c, d): own is a or d, other b or c.
        own[lane] = 4 * pair + (second ? 3 : 0);
        other[lane] = 4 * pair + (second != transposed ? 2 : 1);
    }
    if (features < kWidth) {
        for (int lane = 0; lane < kWidth; ++lane) {
            to[lane] = lane < features ? pairs[own[lane]] : 0.0f;
            to[kWidth + lane] = lane < features ? pairs[other[lane]] : 0.0f;
        }
        return;
    }
    const Vec low = load(pairs);
    const Vec high = load(pairs + kWidth);
    store(to, chosen(low, high, own));
    store(to + kWidth, chosen(low, high, other));
}

/// Packs the weights of one unit of a pass; `base` is its first feature. In the order of use:
/// stage after stage, vector after vector.
inline float* packUnit(const ButterflyRows& op, const ButterflyPass& pass, std::int64_t base,
                       float* to) {
    const int vectors = 1 << (pass.low ? pass.count - pass.inVector : pass.count);
    const std::int64_t step = pass.low ? kWidth : std::int64_t{1} << pass.first;
    for (int k = 0; k < pass.count; ++k) {
        const std::int64_t stage = pass.first + (op.rising ? k : pass.count - 1 - k);
        const float* weights = op.weights + stage * (op.n / 2) * 4;
        if (pass.low && stage < pass.inVector) {
            for (int v = 0; v < vectors; ++v, to += 2 * kWidth)
                packExchange(weights + pairOf(base + v * kWidth, stage) * 4,
                             static_cast<int>(stage), op.transposed, op.n - base - v * kWidth, to);
            continue;
        }
        const int bit = 1 << (pass.low ? stage - pass.inVector : stage - pass.first);
        for (int v = 0; v < vectors; ++v)
            if ((v & bit) == 0) {
                packPairs(weights + pairOf(base + v * step, stage) * 4, op.transposed, to);
                to += 4 * kWidth;
            }
    }
    return to;
}

/// Calls unit(first feature) for the units of a pass, or for every `units`-th of those side by side
/// in a high one, in the order of the packed weights.
template <int units = 1, typename Unit>
inline void overUnits(const ButterflyRows& op, const ButterflyPass& pass, Unit&& unit) {
    if (pass.low) {
        for (std::int64_t base = 0; base < op.n; base += std::int64_t{1} << pass.count)
            unit(base);
        return;
    }
    const std::int64_t step = std::int64_t{1} << pass.first;
    for (std::int64_t base = 0; base < op.n; base += step << pass.count)
        for (std::int64_t i = 0; i < step; i += units * kWidth)
            unit(base + i);
}

int butterflyPasses(const ButterflyRows& op) {
    return passesOf(op.stages, op.n, op.rising).count;
}

void packButterfly(const ButterflyRows& op, int index, float* packed) {
    const ButterflyPass pass = passesOf(op.stages, op.n, op.rising).pass[index];
    float* to = packed + pass.weights;
    overUnits(op, pass, [&](std::int64_t base) { to = packUnit(op, pass, base, to); });
}

template <int distance, int vectors>
inline void exchange(Vec (&x)[vectors], const float*& w) {
#pragma GCC unroll 32
    for (int v = 0; v < vectors; ++v, w += 2 * kWidth)
        x[v] = fma(load(w), x[v], load(w + kWidth) * swapped<distance>(x[v]));
}

template <int bit, int vectors>
inline void joinAll(Vec (&x)[vectors], const float*& w) {
#pragma GCC unroll 32
    for (int v = 0; v < vectors; ++v) {
        if ((v & bit) != 0)
            continue;
        const Vec first = x[v];
        const Vec second = x[v + bit];
        x[v] = fma(load(w), first, load(w + kWidth) * second);
        x[v + bit] = fma(load(w + 2 * kWidth), first, load(w + 3 * kWidth) * second);
        w += 4 * kWidth;
    }
}

template <bool rising, int vectors>
inline void joinStages(Vec (&x)[vectors], const float*& w) {
    if constexpr (rising) {
        if constexpr (vectors > 1)
            joinAll<1>(x, w);
        if constexpr (vectors > 2)
            joinAll<2>(x, w);
        if constexpr (vectors > 4)
            joinAll<4>(x, w);
        if constexpr (vectors > 8)
            joinAll<8>(x, w);
        if constexpr (vectors > 16)
            joinAll<16>(x, w);
    } else {
        if constexpr (vectors > 16)
            joinAll<16>(x, w);
        if constexpr (vectors > 8)
            joinAll<8>(x, w);
        if constexpr (vectors > 4)
            joinAll<4>(x, w);
        if constexpr (vectors > 2)
            joinAll<2>(x, w);
        if constexpr (vectors > 1)
            joinAll<1>(x, w);
    }
}

/// The exchanges of a low pass: all of a vector, or the first of a network narrower than one.
template <bool rising, int vectors>
inline void exchangeStages(Vec (&x)[vectors], int stages, const float*& w) {
    const auto at = [&]<int stage>() {
        if constexpr (stage < kLogWidth)
            if (stage < stages)
                exchange<1 << stage>(x, w);
    };
    if constexpr (rising) {
        at.template operator()<0>();
        at.template operator()<1>();
        at.template operator()<2>();
        at.template operator()<3>();
    } else {
        at.template operator()<3>();
        at.template operator()<2>();
        at.template operator()<1>();
        at.template operator()<0>();
    }
}

/// Rows that come next, brought into the second level of cache while a pass is at work: the units
/// of wide networks lie too far apart for the processor to see a stream in them. After a dense
/// product of 4096 had filled the caches 64 rows took 345 us without and 300 us so on one AVX2
/// core; narrower networks and AVX-512 were not faster.
constexpr std::int64_t kFetchFrom = kRowsApart ? 2048 : std::numeric_limits<std::int64_t>::max();

struct Fetch {
    const float* at;
    std::int64_t stride = 0;
    std::int64_t rows = 0;
};

/// Units of a pass side by side for `rows` rows; vector v of a row lies v * step floats on.
template <int vectors, int units, bool rising, bool low>
void unitRows(const float* weights, int exchanges, std::int64_t step, const float* x,
              std::int64_t xStride, float* y, std::int64_t yStride, std::int64_t rows,
              Fetch fetch) {
    for (std::int64_t r = 0; r < rows; ++r, x += xStride, y += yStride) {
        const float* w = weights;
        if (r < fetch.rows) {
            // One address of each line.
            constexpr int stride = low ? kUnitsOfLine : 1;
#pragma GCC unroll 32
            for (int v = 0; v < vectors; v += stride)
                __builtin_prefetch(fetch.at + r * fetch.stride + v * step, 0, 2);
        }
        for (int u = 0; u < units; ++u) {
            Vec kept[vectors];
#pragma GCC unroll 32
            for (int v = 0; v < vectors; ++v)
                kept[v] = load(x + u * kWidth + v * step);
            if constexpr (low && rising)
                exchangeStages<rising>(kept, exchanges, w);
            joinStages<rising>(kept, w);
            if constexpr (low && !rising)
                exchangeStages<rising>(kept, exchanges, w);
#pragma GCC unroll 32
            for (int v = 0; v < vectors; ++v)
                store(y + u * kWidth + v * step, kept[v]);
        }
    }
}

/// A network narrower than a vector.
template <bool rising>
void narrowRows(const float* weights, int exchanges, int features, const float* x,
                std::int64_t xStride, float* y, std::int64_t yStride, std::int64_t rows) {
    const Part part{features};
    for (std::int64_t r = 0; r < rows; ++r, x += xStride, y += yStride) {
        Vec kept[1] = {load(x, part)};
        const float* w = weights;
        exchangeStages<rising>(kept, exchanges, w);
        store(y, kept[0], part);
    }
}

template <bool rising, bool low>
inline void passRows(const ButterflyRows& op, const ButterflyPass& pass, const float* x,
                     std::int64_t xStride, float* y, std::int64_t yStride, std::int64_t rows,
                     Fetch fetch) {
    constexpr int units = low ? 1 : kUnitsOfLine;
    const int logVectors = low ? pass.count - pass.inVector : pass.count;
    const std::int64_t step = low ? kWidth : std::int64_t{1} << pass.first;
    const std::int64_t unitWeights = (2 * std::int64_t{pass.count} * kWidth * units) << logVectors;
    const float* packed = op.packed + pass.weights;
    overUnits<units>(op, pass, [&](std::int64_t base) {
        const auto run = [&]<int vectors>() {
            unitRows<vectors, units, rising, low>(packed, pass.inVector, step, x + base, xStride,
                                                  y + base, yStride, rows,
                                                  {fetch.at + base, fetch.stride, fetch.rows});
        };
        switch (logVectors) {
        case 0:
            run.template operator()<1>();
            break;
        case 1:
            run.template operator()<2>();
            break;
        case 2:
            run.template operator()<4>();
            break;
        case 3:
            run.template operator()<8>();
            break;
        case 4:
            run.template operator()<16>();
            break;
        default:
            if constexpr (kLogMost > 4)
                run.template operator()<32>();
        }
        packed += unitWeights;
    });
}

template <bool rising>
void butterflyChunk(const ButterflyRows& op, const ButterflyPasses& passes, std::int64_t begin,
                    std::int64_t rows, float* scratch) {
    const float* x = op.x + begin * op.xStride;
    std::int64_t xStride = op.xStride;
    float* y = op.y + begin * op.yStride;
    if (op.n < kWidth)
        return narrowRows<rising>(op.packed, static_cast<int>(op.stages), static_cast<int>(op.n), x,
                                  xStride, y, op.yStride, rows);
    for (int p = 0; p < passes.count; ++p) {
        const ButterflyPass& pass = passes.pass[p];
        const bool apart = kRowsApart && p + 1 < passes.count;
        float* to = apart ? scratch : y;
        const std::int64_t toStride = apart ? op.n + kRowGap : op.yStride;
        Fetch fetch{y};
        const std::int64_t rest = op.rows - begin - rows;
        if (p == 0 && op.n >= kFetchFrom)
            fetch = {y, op.yStride, rows};
        else if (p == 1 && op.n >= kFetchFrom && rest > 0)
            fetch = {op.x + (begin + rows) * op.xStride, op.xStride, rest < rows ? rest : rows};
        if (pass.low)
            passRows<rising, true>(op, pass, x, xStride, to, toStride, rows, fetch);
        else
            passRows<rising, false>(op, pass, x, xStride, to, toStride, rows, fetch);
        x = to;
        xStride = toStride;
    }
}

/// Rows that take all passes together: what a pass leaves stays in the second level of cache.
inline std::int64_t chunkOfRows(std::int64_t n) {
    const std::int64_t least = kRowsApart ? 8 : 16;
    const std::int64_t rows = least * 4096 / n;
    return rows < least ? least : rows > 64 ? 64 : rows;
}

std::int64_t butterflyScratch(std::int64_t n) {
    return kRowsApart ? chunkOfRows(n) * (n + kRowGap) : 0;
}

void butterfly(const ButterflyRows& op, std::int64_t begin, std::int64_t end, float* scratch) {
    const ButterflyPasses passes = passesOf(op.stages, op.n, op.rising);
    const std::int64_t chunk = chunkOfRows(op.n);
    for (; begin < end; begin += chunk) {
        const std::int64_t rows = end - begin < chunk ? end - begin : chunk;
        if (op.rising)
            butterflyChunk<true>(op, passes, begin, rows, scratch);
        else
            butterflyChunk<false>(op, passes, begin, rows, scratch);
    }
}

} // namespace
} // namespace inlay::kernels

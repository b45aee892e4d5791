#pragma once

// Nearest centers: a register tile of points against vectors of centers, so that the matrix of
// distances is never written.

#include "kernels/cpu/levels/elementwise.h"

namespace inlay::kernels {
namespace {

using cpu::CoverOp;
using cpu::NearestOp;

constexpr int kNearestRows = kWidth == 16 ? 8 : 4; // points of a register tile
constexpr int kNearestVecs = 3;                    // vectors of centers of a register tile
constexpr int kNearestBlock = 32;                  // points whose running best stays in L1
constexpr float kFar = 3.0e38f;                    // half norm of a padding center

inline Vec laneNumbers() {
    Vec v{};
    for (int i = 0; i < kWidth; ++i)
        v[i] = static_cast<float>(i);
    return v;
}

inline float lowestOf(Vec v) {
#if INLAY_SIMD_WIDTH == 16
    return -reduceMax(reinterpret_cast<__m512>(-v));
#elif INLAY_SIMD_WIDTH == 8
    return -reduceMax(reinterpret_cast<__m256>(-v));
#else
    return -reduceMax(reinterpret_cast<__m128>(-v));
#endif
}

inline float sumOf(Vec v) {
#if INLAY_SIMD_WIDTH == 16
    return reduceAdd(reinterpret_cast<__m512>(v));
#elif INLAY_SIMD_WIDTH == 8
    return reduceAdd(reinterpret_cast<__m256>(v));
#else
    return reduceAdd(reinterpret_cast<__m128>(v));
#endif
}

inline float squaredDistanceOf(const float* a, const float* b, std::int64_t n) {
    Vec sums{};
    std::int64_t j = 0;
    for (; j + kWidth <= n; j += kWidth) {
        const Vec d = load(a + j) - load(b + j);
        sums = fma(d, d, sums);
    }
#if INLAY_SIMD_WIDTH == 16
    if (j < n) {
        const Part rest{static_cast<int>(n - j)};
        const Vec d = load(a + j, rest) - load(b + j, rest);
        sums = fma(d, d, sums);
    }
    return sumOf(sums);
#else
    float total = sumOf(sums);
    for (; j < n; ++j)
        total += (a[j] - b[j]) * (a[j] - b[j]);
    return total;
#endif
}

inline float squaredNormOf(const float* a, std::int64_t n) {
    Vec sums{};
    std::int64_t j = 0;
    for (; j + kWidth <= n; j += kWidth)
        sums = fma(load(a + j), load(a + j), sums);
#if INLAY_SIMD_WIDTH == 16
    if (j < n) {
        const Vec rest = load(a + j, Part{static_cast<int>(n - j)});
        sums = fma(rest, rest, sums);
    }
    return sumOf(sums);
#else
    float total = sumOf(sums);
    for (; j < n; ++j)
        total += a[j] * a[j];
    return total;
#endif
}

/// Running best of one point in each lane: value, index (as float, exact below 2^24), runner-up.
struct RunningBest {
    Vec value[kNearestBlock];
    Vec second[kNearestBlock];
    Vec index[kNearestBlock];
};

template <int Vecs>
inline void nearestTile(const NearestOp& op, const float* const* x, std::int64_t vec,
                        RunningBest& best, int at) {
    Vec sums[kNearestRows][Vecs];
    const float* tile = op.packed + vec * op.dims * kWidth;
    const std::int64_t apart = op.dims * kWidth;
    for (int v = 0; v < Vecs; ++v) {
        const Vec half = load(op.halfNorms + (vec + v) * kWidth);
        for (int i = 0; i < kNearestRows; ++i)
            sums[i][v] = half;
    }
    for (std::int64_t p = 0; p < op.dims; ++p) {
        Vec c[Vecs];
        for (int v = 0; v < Vecs; ++v)
            c[v] = load(tile + v * apart + p * kWidth);
        for (int i = 0; i < kNearestRows; ++i) {
            const Vec xi = broadcast(x[i][p]);
            for (int v = 0; v < Vecs; ++v)
                sums[i][v] = fma(xi, c[v], sums[i][v]);
        }
    }
    const Vec lanes = laneNumbers();
    for (int v = 0; v < Vecs; ++v) {
        const Vec index = lanes + broadcast(static_cast<float>((vec + v) * kWidth));
        for (int i = 0; i < kNearestRows; ++i) {
            const Vec value = sums[i][v];
            Vec& first = best.value[at + i];
            Vec& second = best.second[at + i];
            Vec& where = best.index[at + i];
            const Vec larger = value > first ? value : first;
            second = larger < second ? larger : second;
            where = value < first ? index : where;
            first = value < first ? value : first;
        }
    }
}

/// Compares directly whatever lies within `limit`.
inline void nearestExactly(const NearestOp& op, const float* x, float limit, std::int32_t& index,
                           float& squared, float& second) {
    squared = kFar;
    second = kFar;
    index = 0;
    const std::int64_t vecs = (op.count + kWidth - 1) / kWidth;
    for (std::int64_t vec = 0; vec < vecs; ++vec) {
        const float* tile = op.packed + vec * op.dims * kWidth;
        Vec sums = load(op.halfNorms + vec * kWidth);
        for (std::int64_t p = 0; p < op.dims; ++p)
            sums = fma(broadcast(x[p]), load(tile + p * kWidth), sums);
        if (!(lowestOf(sums) <= limit))
            continue;
        for (int lane = 0; lane < kWidth; ++lane) {
            const std::int64_t center = vec * kWidth + lane;
            if (!(sums[lane] <= limit) || center >= op.count)
                continue;
            const float d = squaredDistanceOf(x, op.rows + center * op.dims, op.dims);
            if (d < squared) {
                second = squared;
                squared = d;
                index = static_cast<std::int32_t>(center);
            } else if (d < second) {
                second = d;
            }
        }
    }
}

/// The same where no lane holds two values within `limit`: then the lanes' best are all candidates.
inline void nearestOfLanes(const NearestOp& op, const float* x, Vec values, Vec indices,
                           float limit, std::int32_t& index, float& squared, float& second) {
    squared = kFar;
    second = kFar;
    index = 0;
    for (int lane = 0; lane < kWidth; ++lane) {
        if (!(values[lane] <= limit))
            continue;
        const auto center = static_cast<std::int32_t>(indices[lane]);
        const float d = squaredDistanceOf(x, op.rows + center * op.dims, op.dims);
        if (d < squared || (d == squared && center < index)) {
            second = squared;
            squared = d;
            index = center;
        } else if (d < second) {
            second = d;
        }
    }
}

inline void finishNearest(const NearestOp& op, const float* x, const RunningBest& best, int at,
                          std::int64_t row) {
    constexpr float kUnit = 5.9604645e-8f; // 2^-24
    const Vec value = best.value[at];
    const float lowest = lowestOf(value);
    const Vec candidates = value == broadcast(lowest) ? best.index[at] : broadcast(kFar);
    const float where = lowestOf(candidates);
    const Vec others = best.index[at] == broadcast(where) ? best.second[at] : value;
    const float runnerUp = lowestOf(others);
    // Standard bound of an inner product of dims terms, for both values compared.
    const float norm2 = squaredNormOf(x, op.dims);
    const float norm = __builtin_sqrtf(norm2);
    const float unit = static_cast<float>(op.dims + 2) * kUnit;
    const float tolerance =
        2.0f * unit * (norm * op.largestNorm + 0.5f * op.largestNorm * op.largestNorm);
    std::int32_t index = static_cast<std::int32_t>(where);
    float squared = 0;
    float second = 0;
    if (op.count > 1 && !(runnerUp - lowest > tolerance)) {
        const float limit = lowest + 2.0f * tolerance;
        if (lowestOf(best.second[at]) > limit)
            nearestOfLanes(op, x, value, best.index[at], limit, index, squared, second);
        else
            nearestExactly(op, x, limit, index, squared, second);
        second = second * (1.0f - 4.0f * unit);
    } else {
        squared = squaredDistanceOf(x, op.rows + index * op.dims, op.dims);
        second = norm2 * (1.0f - 2.0f * unit) + 2.0f * (runnerUp - tolerance);
        second = second > 0 ? second : 0;
    }
    op.index[row] = index;
    op.squared[row] = squared;
    if (op.secondSquared)
        op.secondSquared[row] = op.count > 1 ? second : __builtin_inff();
}

void nearestRows(const NearestOp& op, std::int64_t begin, std::int64_t end) {
    const std::int64_t vecs = (op.count + kWidth - 1) / kWidth;
    RunningBest best;
    for (std::int64_t row = begin; row < end; row += kNearestBlock) {
        const int n = static_cast<int>(end - row < kNearestBlock ? end - row : kNearestBlock);
        for (int i = 0; i < kNearestBlock; ++i) {
            best.value[i] = broadcast(kFar);
            best.second[i] = broadcast(kFar);
            best.index[i] = Vec{};
        }
        for (std::int64_t vec = 0; vec < vecs; vec += kNearestVecs) {
            for (int at = 0; at < n; at += kNearestRows) {
                const float* x[kNearestRows];
                for (int i = 0; i < kNearestRows; ++i)
                    x[i] = op.x + (row + (at + i < n ? at + i : n - 1)) * op.dims;
                if (vec + 3 <= vecs)
                    nearestTile<3>(op, x, vec, best, at);
                else if (vec + 2 == vecs)
                    nearestTile<2>(op, x, vec, best, at);
                else
                    nearestTile<1>(op, x, vec, best, at);
            }
        }
        for (int i = 0; i < n; ++i)
            finishNearest(op, op.x + (row + i) * op.dims, best, i, row + i);
    }
}

/// Four rows at once, so that their sums overlap; each as squaredDistanceOf() has it, bit for bit.
inline void squaredDistances4(const float* const* a, const float* b, std::int64_t n, float* out) {
    Vec sums[4] = {};
    std::int64_t j = 0;
    for (; j + kWidth <= n; j += kWidth) {
        const Vec center = load(b + j);
        for (int i = 0; i < 4; ++i) {
            const Vec d = load(a[i] + j) - center;
            sums[i] = fma(d, d, sums[i]);
        }
    }
#if INLAY_SIMD_WIDTH == 16
    if (j < n) {
        const Part rest{static_cast<int>(n - j)};
        const Vec center = load(b + j, rest);
        for (int i = 0; i < 4; ++i) {
            const Vec d = load(a[i] + j, rest) - center;
            sums[i] = fma(d, d, sums[i]);
        }
    }
    for (int i = 0; i < 4; ++i)
        out[i] = sumOf(sums[i]);
#else
    for (int i = 0; i < 4; ++i) {
        out[i] = sumOf(sums[i]);
        for (std::int64_t p = j; p < n; ++p)
            out[i] += (a[i][p] - b[p]) * (a[i][p] - b[p]);
    }
#endif
}

/// Rows whose old centers are looked at before the first of them is read.
constexpr std::int64_t kCoverChunk = 256;
/// Rows read ahead: what is open lies scattered, which no hardware prefetcher follows.
constexpr int kCoverAhead = 12;
/// Bytes of a row that are asked for ahead; the rest follows by itself.
constexpr std::int64_t kCoverBytes = 512;

std::int64_t coverRowsOf(const CoverOp& op) {
    std::int64_t changed = 0;
    std::int32_t open[kCoverChunk];
    const std::int64_t rowBytes = op.dims * std::int64_t{sizeof(float)};
    const std::int64_t bytes = rowBytes < kCoverBytes ? rowBytes : kCoverBytes;
    for (std::int64_t first = 0; first < op.rowCount; first += kCoverChunk) {
        const std::int64_t left = op.rowCount - first;
        const auto chunk = static_cast<std::int32_t>(left < kCoverChunk ? left : kCoverChunk);
        float* const squared = op.squared + first;
        std::int32_t* const label = op.label + first;
        const float* const x = op.x + first * op.dims;
        int count = 0;
        for (std::int32_t i = 0; i < chunk; ++i) {
            // Without a branch: whether a row is open is as good as random.
            open[count] = i;
            count += op.skip == nullptr || !(squared[i] <= op.skip[label[i]]) ? 1 : 0;
        }
        const auto prefetch = [&](int at) {
            const auto* const row = reinterpret_cast<const char*>(x + open[at] * op.dims);
            for (std::int64_t line = 0; line < bytes; line += 64)
                __builtin_prefetch(row + line);
        };
        for (int at = 0; at < count && at < kCoverAhead; ++at)
            prefetch(at);
        const auto compare = [&](int at, float d) {
            const std::int32_t i = open[at];
            if (!(d < squared[i]))
                return;
            squared[i] = d;
            label[i] = op.newLabel;
            ++changed;
        };
        int at = 0;
        for (; at + 4 <= count; at += 4) {
            const float* rows[4];
            float d[4];
            for (int one = 0; one < 4; ++one) {
                if (at + kCoverAhead + one < count)
                    prefetch(at + kCoverAhead + one);
                rows[one] = x + open[at + one] * op.dims;
            }
            squaredDistances4(rows, op.center, op.dims, d);
            for (int one = 0; one < 4; ++one)
                compare(at + one, d[one]);
        }
        for (; at < count; ++at)
            compare(at, squaredDistanceOf(x + open[at] * op.dims, op.center, op.dims));
    }
    return changed;
}

void accumulateRowsOf(const float* x, std::int64_t rows, std::int64_t dims,
                      const std::int32_t* label, const double* weight, double* sums,
                      double* counts) {
    for (std::int64_t i = 0; i < rows; ++i) {
        const float* row = x + i * dims;
        double* sum = sums + label[i] * dims;
        if (weight) {
            const double w = weight[i];
            for (std::int64_t j = 0; j < dims; ++j)
                sum[j] += w * static_cast<double>(row[j]);
            counts[label[i]] += w;
        } else {
            for (std::int64_t j = 0; j < dims; ++j)
                sum[j] += static_cast<double>(row[j]);
            counts[label[i]] += 1.0;
        }
    }
}

} // namespace
} // namespace inlay::kernels

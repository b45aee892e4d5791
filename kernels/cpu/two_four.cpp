// 2:4 sparsity, systems/stl-and-24.md 2.1 to 2.3. A group is four consecutive rows of a column.

#include <array>
#include <cmath>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"
#include "kernels/two_four_tables.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

/// The pair that compression stores of a group: the two largest, ties to the lowest index; with
/// fewer than two nonzeros the filling rule of 2.3.
KeptPair storedPair(const float (&w)[4]) {
    int nonzeros = 0;
    int last = 0;
    int kept[4];
    int count = 0;
    for (int i = 0; i < 4; ++i) {
        if (w[i] != 0.0f) {
            ++nonzeros;
            last = i;
        }
        int better = 0;
        for (int j = 0; j < 4; ++j) {
            const float other = std::abs(w[j]);
            const float own = std::abs(w[i]);
            better += other > own || (other == own && j < i) ? 1 : 0;
        }
        if (better < 2)
            kept[count++] = i;
    }
    if (nonzeros >= 2)
        return {static_cast<std::uint8_t>(kept[0]), static_cast<std::uint8_t>(kept[1])};
    if (nonzeros == 1 && last == 0)
        return {0, 2};
    if (nonzeros == 1 && last == 1)
        return {1, 2};
    return {2, 3};
}

/// The best of kTransposableMasks for the squares of a block, in row-major order.
std::uint16_t bestMask(const std::array<double, 16>& squares) {
    std::uint16_t best = kTransposableMasks[0];
    double most = -1.0;
    for (const std::uint16_t candidate : kTransposableMasks) {
        double kept = 0.0;
        for (unsigned bits = candidate; bits != 0; bits &= bits - 1)
            kept += squares[static_cast<std::size_t>(__builtin_ctz(bits))];
        if (kept > most) {
            most = kept;
            best = candidate;
        }
    }
    return best;
}

} // namespace

void CpuBackend::twoFourMask(ConstView w, View mask) {
    assert(w.rows % 4 == 0 && sameShape(w, mask) && mask.dtype == DType::U8 && isF32({w}));
    if (w.size() == 0)
        return;
    parallelFor(w.rows / 4, rowGrain(4 * w.cols), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t group = begin; group < end; ++group)
            kernels_.twoFourMask(rowOf(w, 4 * group), w.stride,
                                 mask.as<std::uint8_t>() + 4 * group * mask.stride, mask.stride,
                                 w.cols);
    });
}

void CpuBackend::twoFourTransposableMask(ConstView w, View mask) {
    assert(w.rows % 4 == 0 && w.cols % 4 == 0 && sameShape(w, mask) && mask.dtype == DType::U8);
    assert(isF32({w}));
    if (w.size() == 0)
        return;
    parallelFor(w.rows / 4, rowGrain(w.cols * 64), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t top = 4 * begin; top < 4 * end; top += 4)
            for (std::int64_t left = 0; left < w.cols; left += 4) {
                std::array<double, 16> squares;
                for (std::int64_t i = 0; i < 16; ++i) {
                    const auto value = static_cast<double>(rowOf(w, top + i / 4)[left + i % 4]);
                    squares[static_cast<std::size_t>(i)] = value * value;
                }
                const std::uint16_t best = bestMask(squares);
                for (std::int64_t i = 0; i < 16; ++i)
                    mask.as<std::uint8_t>()[(top + i / 4) * mask.stride + left + i % 4] =
                        (best >> i) & 1;
            }
    });
}

void CpuBackend::applyMask(ConstView x, ConstView mask, View y) {
    assert(sameShape(x, mask) && sameShape(x, y) && mask.dtype == DType::U8 && isF32({x, y}));
    overSpans({x, mask, y}, [&](std::int64_t i, std::int64_t j, std::int64_t n) {
        const float* from = rowOf(x, i) + j;
        const std::uint8_t* kept = mask.as<std::uint8_t>() + i * mask.stride + j;
        float* to = rowOf(y, i) + j;
        for (std::int64_t e = 0; e < n; ++e)
            to[e] = kept[e] != 0 ? from[e] : 0.0f;
    });
}

void CpuBackend::twoFourDecay(ConstView w, ConstView mask, double lambda, View g) {
    assert(sameShape(w, mask) && sameShape(w, g) && mask.dtype == DType::U8 && isF32({w, g}));
    const auto factor = static_cast<float>(lambda);
    overSpans({w, mask, g}, [&](std::int64_t i, std::int64_t j, std::int64_t n) {
        const float* from = rowOf(w, i) + j;
        const std::uint8_t* kept = mask.as<std::uint8_t>() + i * mask.stride + j;
        float* to = rowOf(g, i) + j;
        for (std::int64_t e = 0; e < n; ++e)
            to[e] += kept[e] != 0 ? 0.0f : factor * from[e];
    });
}

void CpuBackend::twoFourCompress(ConstView w, View values, View meta) {
    assert(w.rows % 4 == 0 && meta.dtype == DType::U8 && isF32({w, values}));
    assert(values.rows == w.cols && values.cols == w.rows / 2);
    assert(meta.rows == w.cols && meta.cols == w.rows / 4);
    if (w.size() == 0)
        return;
    parallelFor(w.cols, rowGrain(w.rows * 4), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t group = 0; group < w.rows / 4; ++group)
            for (std::int64_t col = begin; col < end; ++col) {
                float entries[4];
                for (std::int64_t i = 0; i < 4; ++i)
                    entries[i] = rowOf(w, 4 * group + i)[col];
                const KeptPair pair = storedPair(entries);
                meta.as<std::uint8_t>()[col * meta.stride + group] = nibbleOf(pair);
                rowOf(values, col)[2 * group] = entries[pair.first];
                rowOf(values, col)[2 * group + 1] = entries[pair.second];
            }
    });
}

void CpuBackend::twoFourMultiply(ConstView x, ConstView values, ConstView meta, View y,
                                 const Epilogue& epilogue) {
    assert(values.cols * 2 == x.cols && meta.cols * 4 == x.cols && meta.dtype == DType::U8);
    assert(values.rows == y.cols && meta.rows == y.cols && x.rows == y.rows);
    assert(isF32({x, values, y, epilogue.bias, epilogue.pre, epilogue.residual}));
    if (y.size() == 0)
        return;
    const RowEpilogue rows = rowEpilogue(epilogue);
    constexpr std::int64_t panelRows = 64;
    parallelFor(y.rows, panelRows, [&](std::int64_t begin, std::int64_t end) {
        ScratchScope scratch;
        kernels_.twoFourMultiply(rowOf(x, begin), x.stride, end - begin, x.cols, y.cols,
                                 values.as<float>(), values.stride, meta.as<std::uint8_t>(),
                                 meta.stride, rowOf(y, begin), y.stride,
                                 scratch.floats(kernels_.twoFourScratch(x.cols)));
        if (rows.any())
            kernels_.epilogue(fromRow(rows, begin), rowOf(y, begin), y.stride, end - begin, y.cols);
    });
}

} // namespace inlay::kernels

// 2:4 sparsity, systems/stl-and-24.md 2.1 to 2.3. A group is four consecutive rows of a column.

#include <cmath>

#include "kernels/reference/epilogue.h"
#include "kernels/reference/reference_backend.h"
#include "kernels/two_four_tables.h"

namespace inlay::kernels {
namespace {

using namespace reference;

/// How many entries of the group are preferred to entry `i`: larger, or equal and earlier.
int betterThan(const Array& w, std::int64_t group, std::int64_t col, std::int64_t i) {
    int better = 0;
    const double own = std::abs(w(4 * group + i, col));
    for (std::int64_t j = 0; j < 4; ++j) {
        const double other = std::abs(w(4 * group + j, col));
        if (other > own || (other == own && j < i))
            ++better;
    }
    return better;
}

/// The pair that compression stores: the two largest, and for fewer than two nonzeros the filling
/// rule of 2.3.
KeptPair storedPair(const Array& w, std::int64_t group, std::int64_t col) {
    std::vector<std::uint8_t> nonzero;
    std::vector<std::uint8_t> largest;
    for (std::uint8_t i = 0; i < 4; ++i) {
        if (w(4 * group + i, col) != 0.0)
            nonzero.push_back(i);
        if (betterThan(w, group, col, i) < 2)
            largest.push_back(i);
    }
    if (nonzero.size() >= 2)
        return {largest[0], largest[1]};
    if (nonzero.size() == 1 && nonzero[0] == 0)
        return {0, 2};
    if (nonzero.size() == 1 && nonzero[0] == 1)
        return {1, 2};
    return {2, 3};
}

} // namespace

void ReferenceBackend::twoFourMask(ConstView w, View mask) {
    assert(w.rows % 4 == 0 && sameShape(w, mask) && mask.dtype == DType::U8);
    const Array weights = read(w);
    Array result(w.rows, w.cols);
    for (std::int64_t i = 0; i < w.rows; ++i)
        for (std::int64_t j = 0; j < w.cols; ++j)
            result(i, j) = betterThan(weights, i / 4, j, i % 4) < 2 ? 1.0 : 0.0;
    write(result, mask);
}

void ReferenceBackend::twoFourTransposableMask(ConstView w, View mask) {
    assert(w.rows % 4 == 0 && w.cols % 4 == 0 && sameShape(w, mask) && mask.dtype == DType::U8);
    const Array weights = read(w);
    Array result(w.rows, w.cols);
    const auto bit = [](std::uint16_t bits, std::int64_t i, std::int64_t j) {
        return (bits >> (4 * i + j)) & 1;
    };
    for (std::int64_t top = 0; top < w.rows; top += 4)
        for (std::int64_t left = 0; left < w.cols; left += 4) {
            std::uint16_t best = kTransposableMasks[0];
            double most = -1.0;
            for (const std::uint16_t candidate : kTransposableMasks) {
                double kept = 0.0;
                for (std::int64_t i = 0; i < 4; ++i)
                    for (std::int64_t j = 0; j < 4; ++j)
                        if (bit(candidate, i, j))
                            kept += weights(top + i, left + j) * weights(top + i, left + j);
                if (kept > most) {
                    most = kept;
                    best = candidate;
                }
            }
            for (std::int64_t i = 0; i < 4; ++i)
                for (std::int64_t j = 0; j < 4; ++j)
                    result(top + i, left + j) = bit(best, i, j);
        }
    write(result, mask);
}

void ReferenceBackend::applyMask(ConstView x, ConstView mask, View y) {
    assert(sameShape(x, mask) && sameShape(x, y));
    Array result = read(x);
    const Array kept = read(mask);
    for (std::size_t i = 0; i < result.values.size(); ++i)
        if (kept.values[i] == 0.0)
            result.values[i] = 0.0;
    write(result, y);
}

void ReferenceBackend::twoFourDecay(ConstView w, ConstView mask, double lambda, View g) {
    assert(sameShape(w, mask) && sameShape(w, g));
    const Array weights = read(w);
    const Array kept = read(mask);
    Array result(w.rows, w.cols);
    for (std::size_t i = 0; i < result.values.size(); ++i)
        result.values[i] = lambda * (1.0 - kept.values[i]) * weights.values[i];
    write(result, g, Accumulate::Yes);
}

void ReferenceBackend::twoFourCompress(ConstView w, View values, View meta) {
    assert(w.rows % 4 == 0 && meta.dtype == DType::U8);
    assert(values.rows == w.cols && values.cols == w.rows / 2);
    assert(meta.rows == w.cols && meta.cols == w.rows / 4);
    const Array weights = read(w);
    Array kept(values.rows, values.cols);
    Array nibbles(meta.rows, meta.cols);
    for (std::int64_t col = 0; col < w.cols; ++col)
        for (std::int64_t group = 0; group < w.rows / 4; ++group) {
            const KeptPair pair = storedPair(weights, group, col);
            nibbles(col, group) = nibbleOf(pair);
            kept(col, 2 * group) = weights(4 * group + pair.first, col);
            kept(col, 2 * group + 1) = weights(4 * group + pair.second, col);
        }
    write(kept, values);
    write(nibbles, meta);
}

void ReferenceBackend::twoFourMultiply(ConstView x, ConstView values, ConstView meta, View y,
                                       const Epilogue& epilogue) {
    assert(values.cols * 2 == x.cols && meta.cols * 4 == x.cols);
    assert(values.rows == y.cols && meta.rows == y.cols && x.rows == y.rows);
    const Array input = read(x);
    const Array kept = read(values);
    const Array nibbles = read(meta);
    Array result(y.rows, y.cols);
    for (std::int64_t row = 0; row < y.rows; ++row)
        for (std::int64_t col = 0; col < y.cols; ++col)
            for (std::int64_t group = 0; group < meta.cols; ++group) {
                const auto nibble = static_cast<int>(nibbles(col, group));
                result(row, col) +=
                    kept(col, 2 * group) * input(row, 4 * group + (nibble & 3)) +
                    kept(col, 2 * group + 1) * input(row, 4 * group + (nibble >> 2));
            }
    applyTo(result, epilogue);
    write(result, y);
}

} // namespace inlay::kernels

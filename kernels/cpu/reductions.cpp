// Sums are taken over chunks that depend on the shape alone and added in the order of the chunks.

#include <cmath>
#include <limits>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

/// Chunks of a reduction are few, so that adding them costs nothing.
constexpr std::int64_t kMostChunks = 64;

/// Reduces all elements of x: part(pointer, n) for stretches, join(total, value) in order.
template <typename Part, typename Join>
double reduced(ConstView x, Part&& part, Join&& join) {
    if (x.size() == 0)
        return 0.0;
    const bool flat = x.contiguous();
    const std::int64_t count = flat ? x.size() : x.rows;
    const std::int64_t least = flat ? kSpanGrain : rowGrain(x.cols);
    const std::int64_t grain = std::max(least, (count + kMostChunks - 1) / kMostChunks);
    double totals[kMostChunks] = {};
    parallelFor(count, grain, [&](std::int64_t begin, std::int64_t end) {
        double total = 0.0;
        if (flat)
            total = part(x.as<float>() + begin, end - begin);
        else
            for (std::int64_t i = begin; i < end; ++i)
                total = join(total, part(rowOf(x, i), x.cols));
        totals[begin / grain] = total;
    });
    double result = 0.0;
    for (std::int64_t chunk = 0; chunk * grain < count; ++chunk)
        result = join(result, totals[chunk]);
    return result;
}

double plus(double a, double b) {
    return a + b;
}

double largerOrNan(double a, double b) {
    return std::isnan(a) || a > b ? a : b;
}

void writeScalar(View out, double value, Accumulate accumulate) {
    assert(out.size() == 1 && out.dtype == DType::F32);
    float& target = *out.as<float>();
    target = static_cast<float>(accumulate == Accumulate::Yes ? static_cast<double>(target) + value
                                                              : value);
}

} // namespace

void CpuBackend::sumRows(ConstView x, View out, Accumulate accumulate) {
    assert(out.rows == 1 && out.cols == x.cols);
    sumPeriodic(x, out, accumulate);
}

void CpuBackend::sum(ConstView x, View out, Accumulate accumulate) {
    assert(isF32({x}));
    writeScalar(out, reduced(x, kernels_.sum, plus), accumulate);
}

void CpuBackend::sumSquares(ConstView x, View out, Accumulate accumulate) {
    assert(isF32({x}));
    writeScalar(out, reduced(x, kernels_.sumSquares, plus), accumulate);
}

void CpuBackend::maxAbs(ConstView x, View out) {
    assert(isF32({x}));
    const auto largest = [this](const float* p, std::int64_t n) {
        return static_cast<double>(kernels_.maxAbs(p, n));
    };
    writeScalar(out, reduced(x, largest, largerOrNan), Accumulate::No);
}

void CpuBackend::sumSquaresOf(std::span<const ConstView> tensors, View out) {
    assert(out.rows == 1 && out.cols == static_cast<std::int64_t>(tensors.size()));
    assert(out.dtype == DType::F32);
    const auto squares = [&](std::size_t i) {
        assert(isF32({tensors[i]}));
        const ConstView& x = tensors[i];
        out.as<float>()[i] = static_cast<float>(reduced(x, kernels_.sumSquares, plus));
    };
    // Large tensors one after the other on all threads, then the small ones side by side.
    constexpr std::int64_t large = 8 * kSpanGrain;
    for (std::size_t i = 0; i < tensors.size(); ++i)
        if (tensors[i].size() >= large)
            squares(i);
    parallelFor(out.cols, 4, [&](std::int64_t begin, std::int64_t end) {
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
            if (tensors[i].size() < large)
                squares(i);
    });
}

void CpuBackend::clipFactor(ConstView squares, double maxNorm, View out) {
    assert(isF32({squares}));
    const double total = reduced(squares, kernels_.sum, plus);
    const double factor = std::isfinite(total) ? std::min(1.0, maxNorm / std::sqrt(total))
                                               : std::numeric_limits<double>::quiet_NaN();
    writeScalar(out, factor, Accumulate::No);
}

void CpuBackend::countDifferent(ConstView a, ConstView b, View out) {
    assert(sameShape(a, b) && a.dtype == DType::U8 && b.dtype == DType::U8);
    assert(out.dtype == DType::I32 && out.size() == 1);
    std::int32_t count = 0;
    for (std::int64_t i = 0; i < a.rows; ++i) {
        const std::uint8_t* left = a.as<std::uint8_t>() + i * a.stride;
        const std::uint8_t* right = b.as<std::uint8_t>() + i * b.stride;
        for (std::int64_t j = 0; j < a.cols; ++j)
            count += left[j] != right[j] ? 1 : 0;
    }
    *out.as<std::int32_t>() = count;
}

void CpuBackend::groupMean(ConstView x, RowGroups rows, View y) {
    assert(x.rows == rows.rows() && y.rows == rows.groups && x.cols == y.cols && isF32({x, y}));
    if (y.size() == 0)
        return;
    const float factor =
        rows.rowsPerGroup > 0 ? 1.0f / static_cast<float>(rows.rowsPerGroup) : 0.0f;
    const std::int64_t grain = rowGrain(x.cols * std::max<std::int64_t>(1, rows.rowsPerGroup));
    parallelFor(rows.groups, grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t group = begin; group < end; ++group) {
            float* to = rowOf(y, group);
            std::fill_n(to, y.cols, 0.0f);
            for (std::int64_t i = 0; i < rows.rowsPerGroup; ++i)
                kernels_.add(to, rowOf(x, group * rows.rowsPerGroup + i), to, y.cols);
            kernels_.axpby(factor, to, 0.0f, to, y.cols);
        }
    });
}

void CpuBackend::groupMeanBackward(ConstView g, RowGroups rows, View gx) {
    assert(gx.rows == rows.rows() && g.rows == rows.groups && g.cols == gx.cols && isF32({g, gx}));
    if (gx.size() == 0)
        return;
    const float factor = 1.0f / static_cast<float>(rows.rowsPerGroup);
    parallelFor(gx.rows, rowGrain(gx.cols), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            kernels_.axpby(factor, rowOf(g, i / rows.rowsPerGroup), 0.0f, rowOf(gx, i), gx.cols);
    });
}

void CpuBackend::addPeriodic(ConstView x, ConstView p, View y) {
    assert(sameShape(x, y) && x.cols == p.cols && (p.rows > 0 || x.rows == 0));
    assert(isF32({x, p, y}));
    if (x.size() == 0)
        return;
    parallelFor(x.rows, rowGrain(x.cols), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            kernels_.add(rowOf(x, i), rowOf(p, i % p.rows), rowOf(y, i), x.cols);
    });
}

void CpuBackend::sumPeriodic(ConstView g, View gp, Accumulate accumulate) {
    assert(g.cols == gp.cols && (gp.rows > 0 || g.rows == 0) && isF32({g, gp}));
    if (gp.size() == 0)
        return;
    ScratchScope scratch;
    const std::int64_t periods = g.rows == 0 ? 0 : (g.rows + gp.rows - 1) / gp.rows;
    const std::int64_t grain =
        std::max<std::int64_t>({1, kSpanGrain / gp.size(), (periods + 15) / 16});
    const std::int64_t chunks = std::max<std::int64_t>(1, (periods + grain - 1) / grain);
    float* sums = scratch.floats(chunks * gp.size());
    std::fill_n(sums, chunks * gp.size(), 0.0f);
    parallelFor(periods, grain, [&](std::int64_t begin, std::int64_t end) {
        float* own = sums + begin / grain * gp.size();
        for (std::int64_t i = 0; i < gp.rows; ++i) {
            const std::int64_t first = begin * gp.rows + i;
            const std::int64_t last = std::min(end * gp.rows, g.rows);
            if (first < last)
                kernels_.addRows(rowOf(g, first), g.stride * gp.rows,
                                 (last - first + gp.rows - 1) / gp.rows, own + i * gp.cols,
                                 gp.cols);
        }
    });
    for (std::int64_t chunk = 1; chunk < chunks; ++chunk)
        kernels_.add(sums, sums + chunk * gp.size(), sums, gp.size());
    const float keep = accumulate == Accumulate::Yes ? 1.0f : 0.0f;
    for (std::int64_t i = 0; i < gp.rows; ++i)
        kernels_.axpby(1.0f, sums + i * gp.cols, keep, rowOf(gp, i), gp.cols);
}

} // namespace inlay::kernels

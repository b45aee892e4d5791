#include "kernels/nearest.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/levels.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

// Padding centers are farther than any point of the domain (|x| <= 1e18 is checked by readers).
constexpr float kPaddingHalfNorm = 3.0e38f;
constexpr std::int64_t kRowsAtOnce = 256;

const KernelTable& kernels() {
    static const KernelTable& table = kernelsFor(bestLevel());
    return table;
}

std::int64_t vectorsOf(std::int64_t count, std::int64_t width) {
    return (count + width - 1) / width;
}

/// Fills `packed` (vectors x dims x width) and `halfNorms` (vectors x width); returns the largest
/// norm of a center.
float packCenters(const float* centers, std::int64_t count, std::int64_t dims, std::int64_t width,
                  float* packed, float* halfNorms) {
    const std::int64_t vecs = vectorsOf(count, width);
    std::fill_n(packed, vecs * width * dims, 0.0f);
    std::fill_n(halfNorms, vecs * width, kPaddingHalfNorm);
    double largest = 0;
    for (std::int64_t c = 0; c < count; ++c) {
        double norm2 = 0;
        for (std::int64_t p = 0; p < dims; ++p) {
            const float value = centers[c * dims + p];
            norm2 += static_cast<double>(value) * static_cast<double>(value);
            packed[((c / width) * dims + p) * width + c % width] = -value;
        }
        halfNorms[c] = static_cast<float>(norm2 / 2);
        largest = std::max(largest, norm2);
    }
    return static_cast<float>(std::sqrt(largest));
}

/// The rows of a view one behind the other, copied to scratch where they are not.
const float* contiguousRows(ConstView x, std::int64_t begin, std::int64_t end,
                            ScratchScope& scratch) {
    const float* first = x.as<float>() + begin * x.stride;
    if (x.stride == x.cols || end - begin <= 1)
        return first;
    float* copy = scratch.floats((end - begin) * x.cols);
    for (std::int64_t i = begin; i < end; ++i)
        std::copy_n(x.as<float>() + i * x.stride, x.cols, copy + (i - begin) * x.cols);
    return copy;
}

} // namespace

CenterPack::CenterPack(const float* centers, std::int64_t count, std::int64_t dims)
    : count_(count)
    , dims_(dims)
    , rows_(centers, centers + count * dims) {
    assert(count >= 1 && count <= (std::int64_t{1} << 24) && dims >= 1);
    const std::int64_t width = kernels().width;
    const std::int64_t lanes = vectorsOf(count, width) * width;
    packed_.resize(static_cast<std::size_t>(lanes * dims));
    halfNorms_.resize(static_cast<std::size_t>(lanes));
    largestNorm_ = packCenters(centers, count, dims, width, packed_.data(), halfNorms_.data());
}

void nearestCenters(const CenterPack& centers, const float* x, std::int64_t rows,
                    std::int32_t* index, float* squared, float* secondSquared) {
    NearestOp op;
    op.x = x;
    op.dims = centers.dims_;
    op.count = centers.count_;
    op.rows = centers.rows_.data();
    op.packed = centers.packed_.data();
    op.halfNorms = centers.halfNorms_.data();
    op.largestNorm = centers.largestNorm_;
    op.index = index;
    op.squared = squared;
    op.secondSquared = secondSquared;
    kernels().nearest(op, 0, rows);
}

void CpuBackend::nearestRows(ConstView x, ConstView centers, View index, View squared) {
    assert(isF32({x, centers, squared}) && index.dtype == DType::I32);
    assert(x.cols == centers.cols && x.cols >= 1 && centers.rows >= 1);
    assert(index.rows == x.rows && squared.rows == x.rows && index.cols == 1 && squared.cols == 1);
    if (x.rows == 0)
        return;
    const std::int64_t lanes = vectorsOf(centers.rows, kernels_.width) * kernels_.width;
    ScratchScope shared;
    NearestOp op;
    op.dims = x.cols;
    op.count = centers.rows;
    op.rows = contiguousRows(centers, 0, centers.rows, shared);
    float* packed = shared.floats(lanes * x.cols);
    float* halfNorms = shared.floats(lanes);
    op.largestNorm = packCenters(op.rows, op.count, op.dims, kernels_.width, packed, halfNorms);
    op.packed = packed;
    op.halfNorms = halfNorms;
    parallelFor(x.rows, kRowsAtOnce, [&](std::int64_t begin, std::int64_t end) {
        ScratchScope scratch;
        std::int32_t nearest[kRowsAtOnce];
        float distance[kRowsAtOnce];
        NearestOp own = op;
        own.x = contiguousRows(x, begin, end, scratch);
        own.index = nearest;
        own.squared = distance;
        kernels_.nearest(own, 0, end - begin);
        for (std::int64_t i = begin; i < end; ++i) {
            index.as<std::int32_t>()[i * index.stride] = nearest[i - begin];
            squared.as<float>()[i * squared.stride] = distance[i - begin];
        }
    });
}

float squaredDistance(const float* a, const float* b, std::int64_t dims) {
    return kernels().squaredDistance(a, b, dims);
}

std::int64_t coverRows(const float* x, std::int64_t rows, std::int64_t dims, const float* center,
                       std::int32_t newLabel, const float* skip, float* squared,
                       std::int32_t* label) {
    return kernels().cover({x, rows, dims, center, newLabel, skip, squared, label});
}

void accumulateRows(const float* x, std::int64_t rows, std::int64_t dims, const std::int32_t* label,
                    const double* weight, double* sums, double* counts) {
    kernels().accumulate(x, rows, dims, label, weight, sums, counts);
}

} // namespace inlay::kernels

#include "kernels/nearest.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "kernels/cpu/levels.h"

namespace inlay::kernels {
namespace {

// Padding centers are farther than any point of the domain (|x| <= 1e18 is checked by readers).
constexpr float kPaddingHalfNorm = 3.0e38f;

const cpu::KernelTable& kernels() {
    static const cpu::KernelTable& table = cpu::kernelsFor(bestLevel());
    return table;
}

} // namespace

CenterPack::CenterPack(const float* centers, std::int64_t count, std::int64_t dims)
    : count_(count)
    , dims_(dims)
    , rows_(centers, centers + count * dims) {
    assert(count >= 1 && count <= (std::int64_t{1} << 24) && dims >= 1);
    const std::int64_t width = kernels().width;
    const std::int64_t vecs = (count + width - 1) / width;
    packed_.assign(static_cast<std::size_t>(vecs * width * dims), 0.0f);
    halfNorms_.assign(static_cast<std::size_t>(vecs * width), kPaddingHalfNorm);
    double largest = 0;
    for (std::int64_t c = 0; c < count; ++c) {
        double norm2 = 0;
        for (std::int64_t p = 0; p < dims; ++p) {
            const float value = centers[c * dims + p];
            norm2 += static_cast<double>(value) * static_cast<double>(value);
            packed_[static_cast<std::size_t>(((c / width) * dims + p) * width + c % width)] =
                -value;
        }
        halfNorms_[static_cast<std::size_t>(c)] = static_cast<float>(norm2 / 2);
        largest = std::max(largest, norm2);
    }
    largestNorm_ = static_cast<float>(std::sqrt(largest));
}

void nearestCenters(const CenterPack& centers, const float* x, std::int64_t rows,
                    std::int32_t* index, float* squared, float* secondSquared) {
    cpu::NearestOp op;
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

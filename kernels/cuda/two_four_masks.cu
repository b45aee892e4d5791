// Masks of 2:4 sparsity (systems/stl-and-24.md 2.1, 2.2) and what applies them. All are bound by
// memory: 16-byte accesses where the rows allow it.

#include <algorithm>
#include <utility>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/packs.cuh"
#include "kernels/cuda/two_four_groups.cuh"
#include "kernels/two_four_tables.h"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kMaskThreads = 256;

/// Blocks for `items` threads of work, which kernels walk in strides of the grid.
unsigned blocksFor(std::int64_t items) {
    return static_cast<unsigned>(
        std::min<std::int64_t>((items + kMaskThreads - 1) / kMaskThreads, 1 << 20));
}

/// Whether packs of `count` bytes fit every row of a mask.
bool startsMask(ConstView mask, std::int64_t count) {
    return reinterpret_cast<std::uintptr_t>(mask.data) % static_cast<std::uintptr_t>(count) == 0 &&
           (mask.rows <= 1 || mask.stride % count == 0);
}

[[maybe_unused]] bool sameShape(ConstView a, ConstView b) {
    return a.rows == b.rows && a.cols == b.cols;
}

/// kCount mask bytes at once when `packed`; `count` of them exist.
template <int kCount>
__device__ __forceinline__ void storeBytes(std::uint8_t* to, int count, bool packed,
                                           const unsigned (&bytes)[kCount]) {
    if (packed && count >= kCount) {
#pragma unroll
        for (int i = 0; i < kCount; i += 4)
            reinterpret_cast<unsigned*>(to)[i / 4] =
                bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24;
        return;
    }
#pragma unroll
    for (int i = 0; i < kCount; ++i)
        if (i < count)
            to[i] = static_cast<std::uint8_t>(bytes[i]);
}

template <int kCount>
__device__ __forceinline__ void loadBytes(const std::uint8_t* from, int count, bool packed,
                                          unsigned (&bytes)[kCount]) {
    if (packed && count >= kCount) {
#pragma unroll
        for (int i = 0; i < kCount; i += 4) {
            const unsigned word = reinterpret_cast<const unsigned*>(from)[i / 4];
            bytes[i] = word & 0xFFu;
            bytes[i + 1] = word >> 8 & 0xFFu;
            bytes[i + 2] = word >> 16 & 0xFFu;
            bytes[i + 3] = word >> 24;
        }
        return;
    }
#pragma unroll
    for (int i = 0; i < kCount; ++i)
        bytes[i] = i < count ? from[i] : 0u;
}

/// One thread, one group of four rows and a pack of columns.
template <typename T>
__global__ void __launch_bounds__(kMaskThreads)
    maskKernel(Matrix<const T> w, Matrix<std::uint8_t> mask, bool packedW, bool packedMask) {
    constexpr int count = kPack<T>;
    const std::int64_t packs = (w.cols + count - 1) / count;
    const std::int64_t items = w.rows / 4 * packs;
    for (std::int64_t i = blockIdx.x * std::int64_t{kMaskThreads} + threadIdx.x; i < items;
         i += std::int64_t{kMaskThreads} * gridDim.x) {
        const auto [group, pack] = placeOf(i, packs);
        const std::int64_t col = pack * count;
        const int present = static_cast<int>(w.cols - col < count ? w.cols - col : count);
        float values[4][count];
#pragma unroll
        for (int r = 0; r < 4; ++r)
            loadSome(&w(4 * group + r, col), present, packedW, values[r]);
        unsigned kept[count];
#pragma unroll
        for (int c = 0; c < count; ++c) {
            const float column[4] = {values[0][c], values[1][c], values[2][c], values[3][c]};
            kept[c] = largestTwo(column);
        }
#pragma unroll
        for (int r = 0; r < 4; ++r) {
            unsigned bytes[count];
#pragma unroll
            for (int c = 0; c < count; ++c)
                bytes[c] = kept[c] >> r & 1u;
            storeBytes(&mask(4 * group + r, col), present, packedMask, bytes);
        }
    }
}

/// Takes the candidate if it keeps more. The squares of f32 numbers are exact in double, so only
/// the order of the sums matters: row-major, as the reference takes them. The compiler shares the
/// sums of candidates that begin alike.
template <std::size_t kIndex>
__device__ __forceinline__ void consider(const double (&squares)[16], double& most,
                                         unsigned& best) {
    constexpr unsigned candidate = kTransposableMasks[kIndex];
    double kept = 0.0;
#pragma unroll
    for (int bit = 0; bit < 16; ++bit)
        if (candidate >> bit & 1u)
            kept += squares[bit];
    if (kept > most) {
        most = kept;
        best = candidate;
    }
}

template <std::size_t... kIndices>
__device__ __forceinline__ unsigned bestMask(const double (&squares)[16],
                                             std::index_sequence<kIndices...>) {
    double most = -1.0;
    unsigned best = kTransposableMasks[0];
    (consider<kIndices>(squares, most, best), ...);
    return best;
}

/// One thread, one block of 4 x 4.
template <typename T>
__global__ void __launch_bounds__(kMaskThreads)
    transposableMaskKernel(Matrix<const T> w, Matrix<std::uint8_t> mask, bool packedW,
                           bool packedMask) {
    const std::int64_t across = w.cols / 4;
    const std::int64_t items = w.rows / 4 * across;
    for (std::int64_t i = blockIdx.x * std::int64_t{kMaskThreads} + threadIdx.x; i < items;
         i += std::int64_t{kMaskThreads} * gridDim.x) {
        const auto [top, left] = placeOf(i, across);
        double squares[16];
#pragma unroll
        for (int r = 0; r < 4; ++r) {
            float row[4];
            loadSome(&w(4 * top + r, 4 * left), 4, packedW, row);
#pragma unroll
            for (int c = 0; c < 4; ++c)
                squares[4 * r + c] = static_cast<double>(row[c]) * static_cast<double>(row[c]);
        }
        const unsigned best =
            bestMask(squares, std::make_index_sequence<kTransposableMasks.size()>{});
#pragma unroll
        for (int r = 0; r < 4; ++r) {
            unsigned bytes[4];
#pragma unroll
            for (int c = 0; c < 4; ++c)
                bytes[c] = best >> (4 * r + c) & 1u;
            storeBytes(&mask(4 * top + r, 4 * left), 4, packedMask, bytes);
        }
    }
}

enum class MaskUse : std::uint8_t { Apply, Decay };

/// Apply: y = mask ? x : 0. Decay: y += factor x where the mask is 0. y may be x.
template <typename T>
__global__ void __launch_bounds__(kMaskThreads)
    maskedKernel(MaskUse use, Matrix<const T> x, Matrix<const std::uint8_t> mask, float factor,
                 Matrix<T> y, bool packed, bool packedMask) {
    constexpr int count = kPack<T>;
    const std::int64_t packs = (x.cols + count - 1) / count;
    const std::int64_t items = x.rows * packs;
    for (std::int64_t i = blockIdx.x * std::int64_t{kMaskThreads} + threadIdx.x; i < items;
         i += std::int64_t{kMaskThreads} * gridDim.x) {
        const auto [row, pack] = placeOf(i, packs);
        const std::int64_t col = pack * count;
        const int present = static_cast<int>(x.cols - col < count ? x.cols - col : count);
        float values[count];
        unsigned kept[count];
        loadSome(&x(row, col), present, packed, values);
        loadBytes(&mask(row, col), present, packedMask, kept);
        if (use == MaskUse::Apply) {
#pragma unroll
            for (int c = 0; c < count; ++c)
                values[c] = kept[c] != 0 ? values[c] : 0.0f;
        } else {
            float old[count];
            loadSome(&y(row, col), present, packed, old);
#pragma unroll
            for (int c = 0; c < count; ++c)
                values[c] = kept[c] != 0 ? old[c] : old[c] + factor * values[c];
        }
        storeSome(&y(row, col), present, packed, values);
    }
}

void useMask(Queue& queue, MaskUse use, ConstView x, ConstView mask, float factor, View y) {
    assert(sameShape(x, mask) && sameShape(x, y) && mask.dtype == DType::U8 && x.dtype == y.dtype);
    if (x.size() == 0)
        return;
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        const std::int64_t items = x.rows * ((x.cols + kPack<T> - 1) / kPack<T>);
        maskedKernel<T><<<blocksFor(items), kMaskThreads, 0, queue.stream()>>>(
            use, matrixOf<T>(x), matrixOf<std::uint8_t>(mask), factor, matrixOf<T>(y),
            startsPacked(x) && startsPacked(y), startsMask(mask, kPack<T>));
        INLAY_CUDA_LAUNCHED("maskedKernel");
    });
}

} // namespace

void CudaBackend::twoFourMask(ConstView w, View mask) {
    assert(w.rows % 4 == 0 && sameShape(w, mask) && mask.dtype == DType::U8);
    if (w.size() == 0)
        return;
    withFloating(w.dtype, [&](auto zero) {
        using T = decltype(zero);
        const std::int64_t items = w.rows / 4 * ((w.cols + kPack<T> - 1) / kPack<T>);
        maskKernel<T><<<blocksFor(items), kMaskThreads, 0, queue_->stream()>>>(
            matrixOf<T>(w), matrixOf<std::uint8_t>(mask), startsPacked(w),
            startsMask(mask, kPack<T>));
        INLAY_CUDA_LAUNCHED("maskKernel");
    });
}

void CudaBackend::twoFourTransposableMask(ConstView w, View mask) {
    assert(w.rows % 4 == 0 && w.cols % 4 == 0 && sameShape(w, mask) && mask.dtype == DType::U8);
    if (w.size() == 0)
        return;
    withFloating(w.dtype, [&](auto zero) {
        using T = decltype(zero);
        transposableMaskKernel<T><<<blocksFor(w.size() / 16), kMaskThreads, 0, queue_->stream()>>>(
            matrixOf<T>(w), matrixOf<std::uint8_t>(mask), startsPacked(w), startsMask(mask, 4));
        INLAY_CUDA_LAUNCHED("transposableMaskKernel");
    });
}

void CudaBackend::applyMask(ConstView x, ConstView mask, View y) {
    useMask(*queue_, MaskUse::Apply, x, mask, 0.0f, y);
}

void CudaBackend::twoFourDecay(ConstView w, ConstView mask, double lambda, View g) {
    useMask(*queue_, MaskUse::Decay, w, mask, static_cast<float>(lambda), g);
}

} // namespace inlay::kernels

#pragma once

// Launches bodies that work on a few adjacent elements at a time: with 16-byte accesses where the
// operands allow it, element by element otherwise.

#include <cassert>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/element_map.h"
#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/queue.h"

namespace inlay::kernels::cuda {

/// N adjacent elements, read and written as one access.
template <typename T, int N>
struct Pack {
    static constexpr int kBytes = N * static_cast<int>(sizeof(T));
    static_assert(kBytes <= 16 && (kBytes & (kBytes - 1)) == 0);
    using Raw = std::conditional_t<
        kBytes == 16, uint4,
        std::conditional_t<
            kBytes == 8, uint2,
            std::conditional_t<kBytes == 4, std::uint32_t,
                               std::conditional_t<kBytes == 2, std::uint16_t, std::uint8_t>>>>;

    T value[N];
};

template <int N, typename T>
__device__ __forceinline__ Pack<std::remove_const_t<T>, N> readPack(const T* address) {
    using Packed = Pack<std::remove_const_t<T>, N>;
    const auto raw = *reinterpret_cast<const typename Packed::Raw*>(address);
    Packed pack;
    memcpy(&pack, &raw, sizeof raw);
    return pack;
}

template <int N, typename T>
__device__ __forceinline__ void writePack(T* address, const Pack<T, N>& pack) {
    typename Pack<T, N>::Raw raw;
    memcpy(&raw, &pack, sizeof raw);
    *reinterpret_cast<typename Pack<T, N>::Raw*>(address) = raw;
}

/// Whether every unit of `count` elements of the view lies on a multiple of its size.
inline bool packable(ConstView view, int count) {
    const std::size_t bytes = sizeOf(view.dtype) * static_cast<std::size_t>(count);
    return reinterpret_cast<std::uintptr_t>(view.data) % bytes == 0 &&
           (view.rows <= 1 || view.stride % count == 0);
}

/// Body: template <int N> __device__ void operator()(row, col) for N = kUnit and N = 1.
template <int kUnit, typename Body>
__global__ void __launch_bounds__(ElementMap::kThreads) elementKernel(ElementMap map, Body body) {
    auto [row, col] = map.at(blockIdx.x, threadIdx.x);
    if (row >= map.rows)
        return;
    if (col + kUnit <= map.cols) {
        body.template operator()<kUnit>(row, col);
        return;
    }
#pragma unroll 1
    for (; col < map.cols; ++col)
        body.template operator()<1>(row, col);
}

/// Runs `body` over a rows x cols matrix; kUnit elements at a time only when `wide`.
template <int kUnit, typename Body>
void forElements(Queue& queue, std::int64_t rows, std::int64_t cols, bool wide, Body body) {
    if (rows == 0 || cols == 0)
        return;
    const ElementMap map = elementMap(rows, cols, wide ? kUnit : 1);
    assert(map.tiles() < (std::int64_t{1} << 31));
    const auto blocks = static_cast<unsigned>(map.tiles());
    if (wide)
        elementKernel<kUnit><<<blocks, ElementMap::kThreads, 0, queue.stream()>>>(map, body);
    else
        elementKernel<1><<<blocks, ElementMap::kThreads, 0, queue.stream()>>>(map, body);
    INLAY_CUDA_LAUNCHED("an elementwise kernel");
}

/// The same for operands of one shape, as one long row when none of them has gaps.
template <int kUnit, typename Body>
void forEqualElements(Queue& queue, std::int64_t rows, std::int64_t cols,
                      std::initializer_list<ConstView> operands, Body body) {
    bool wide = true;
    bool flat = true;
    for (const ConstView& view : operands) {
        wide = wide && packable(view, kUnit);
        flat = flat && view.contiguous();
    }
    // Without gaps only the addresses must be aligned.
    if (flat) {
        wide = true;
        for (ConstView view : operands) {
            view.rows = 1;
            wide = wide && packable(view, kUnit);
        }
        cols *= rows;
        rows = rows > 0 ? 1 : 0;
    }
    forElements<kUnit>(queue, rows, cols, wide, body);
}

} // namespace inlay::kernels::cuda

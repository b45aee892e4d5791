#pragma once

// What the launches of attention's kernels share.

#include <atomic>
#include <cassert>
#include <cmath>
#include <initializer_list>
#include <string>
#include <type_traits>

#include "kernels/cuda/attention_tiles.cuh"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/queue.h"
#include "kernels/error.h"

namespace inlay::kernels::cuda::attention {

inline void checkShapes([[maybe_unused]] const Attention& spec, [[maybe_unused]] ConstView q,
                        [[maybe_unused]] ConstView k, [[maybe_unused]] ConstView v) {
    assert(spec.kvHeads > 0 && spec.heads % spec.kvHeads == 0);
    assert(q.rows == spec.batch * spec.tokens && q.cols == spec.heads * spec.headDim);
    assert(k.rows == q.rows && k.cols == spec.kvHeads * spec.headDim);
    assert(v.rows == k.rows && v.cols == k.cols);
}

/// Whether the rows of every head start at a multiple of 16 bytes and are whole 16 bytes long.
inline bool alignedHeads(const Attention& spec, std::initializer_list<ConstView> views) {
    for (const ConstView& view : views)
        if (!startsPacked(view) ||
            static_cast<std::size_t>(spec.headDim) * sizeOf(view.dtype) % 16 != 0)
            return false;
    return true;
}

inline Shape shapeOf(const Attention& spec, bool aligned) {
    Shape shape;
    shape.tokens = static_cast<int>(spec.tokens);
    shape.heads = static_cast<int>(spec.heads);
    shape.kvHeads = static_cast<int>(spec.kvHeads);
    shape.group = static_cast<int>(spec.heads / spec.kvHeads);
    shape.headDim = static_cast<int>(spec.headDim);
    shape.causal = spec.causal;
    shape.aligned = aligned;
    shape.scale = static_cast<float>(spec.scale);
    shape.factor = static_cast<float>(spec.scale * 1.4426950408889634);
    return shape;
}

template <typename T, typename V>
Rows<T> rowsOf(const V& view) {
    return {view.template as<std::remove_const_t<T>>(), view.stride};
}

/// Calls body(std::integral_constant<int, D>) with the columns that kernels are made for.
template <typename Body>
void withHeadSize(std::int64_t headDim, Body body) {
    if (headDim <= 32)
        body(std::integral_constant<int, 32>{});
    else if (headDim <= 64)
        body(std::integral_constant<int, 64>{});
    else if (headDim <= 128)
        body(std::integral_constant<int, 128>{});
    else
        throw Error("cuda attention takes heads of up to 128 columns, not of " +
                    std::to_string(headDim) + ".");
}

/// Raises a kernel's limit of shared memory, once a device.
template <auto kKernel>
void allowShared(const Queue& queue, std::size_t bytes) {
    constexpr std::size_t kAlwaysAllowed = 48 * 1024;
    if (bytes <= kAlwaysAllowed)
        return;
    static std::atomic<std::uint64_t> raised{0};
    const std::uint64_t device = std::uint64_t{1} << (queue.index() % 64);
    if ((raised.load() & device) != 0)
        return;
    INLAY_CUDA(cudaFuncSetAttribute(kKernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(queue.properties().sharedMemPerBlockOptin)));
    raised.fetch_or(device);
}

} // namespace inlay::kernels::cuda::attention

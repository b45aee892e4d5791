#pragma once

// Butterfly networks of bf16 activations on tensor cores, see butterfly_blocks.h.

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/butterfly_blocks.h"
#include "kernels/cuda/queue.h"
#include "kernels/op_types.h"
#include "kernels/views.h"

namespace inlay::kernels::cuda {

/// log2 of what no number of a pass outgrows, and of the largest row sum of its scaled blocks.
inline constexpr int kBlockBound = 15;

/// What is prepared for one pass: the growth of its windows, the norms that it was found from, and
/// the blocks.
struct ButterflyBlockMemory {
    static constexpr int kMergeThreads = 256;
    static constexpr std::int64_t kGrowthBytes = 256;
    std::int64_t columns; // of all blocks
    std::int64_t kept;    // elements of a block

    ButterflyBlockMemory(const Butterfly& spec, const ButterflyPass& pass)
        : columns(butterflyBlockWindows(pass).count * spec.n)
        , kept(butterflyBlockWindows(pass).kept()) {}
    std::int64_t blocksAt() const {
        constexpr std::int64_t kAlignment = 256;
        const std::int64_t norms = columns / kMergeThreads * std::int64_t{sizeof(float)};
        return kGrowthBytes + (norms + kAlignment - 1) / kAlignment * kAlignment;
    }
    std::int64_t bytes() const { return blocksAt() + columns / kBlockSize * kept * 2; }
};

/// Bytes that mergeButterfly fills.
std::size_t butterflyBlockBytes(const Butterfly& spec);

/// Multiplies the weights (f32, at a multiple of 16 bytes) of each block and rounds to f16, scaled.
/// `memory`: at a multiple of 256 bytes. Two launches a pass.
void mergeButterfly(Queue& queue, const Butterfly& spec, const float* weights, void* memory);

/// Whether butterflyProduct takes these operands: bf16, rows at multiples of 16 bytes, at least as
/// many as a product has; and the device's blocks have the shared memory for a batch.
bool butterflyProductTakes(const Queue& queue, const Butterfly& spec, ConstView x, ConstView y);

/// y = B x for each row; y may be x. `prepared`: what mergeButterfly filled. What lies between two
/// passes lies in y. One launch a pass.
void butterflyProduct(Queue& queue, const Butterfly& spec, ConstView x, const void* prepared,
                      View y);

} // namespace inlay::kernels::cuda

#pragma once

#include <cstdint>

#include "kernels/cuda/attention_gradients.cuh"
#include "kernels/cuda/queue.h"
#include "kernels/op_types.h"

namespace inlay::kernels::cuda::attention {

template <typename T>
struct BackwardOperands {
    Shape shape;
    Rows<const T> q, k, v, out, g;
    Rows<T> dq, dk, dv;
    const float* logSumExp;
    std::int64_t logSumExpStride;
    /// One a query of each sequence and head.
    QueryNumbers* numbers;
    int blocksPerHead;
    int tile; // rows in shared memory
};

/// Sequences up to this length are computed whole by one block.
inline constexpr std::int64_t kShortTokens = 64;

/// One launch for everything; of.numbers is not used.
template <typename T>
void attentionBackwardShort(Queue& queue, const Attention& spec, BackwardOperands<T> of);

extern template void attentionBackwardShort<float>(Queue&, const Attention&,
                                                   BackwardOperands<float>);
extern template void attentionBackwardShort<bf16>(Queue&, const Attention&, BackwardOperands<bf16>);

} // namespace inlay::kernels::cuda::attention

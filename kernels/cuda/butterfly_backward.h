#pragma once

// The gradients of one pass of a butterfly network.

#include "kernels/cuda/butterfly_plan.h"
#include "kernels/cuda/queue.h"
#include "kernels/op_types.h"
#include "kernels/views.h"

namespace inlay::kernels::cuda {

/// Blocks along the rows, each with sums of its own. `rows`: in one call of butterflyPassBackward.
std::int64_t butterflyRowBlocks(std::int64_t n, std::int64_t rows);

/// gx = gradient of the pass's input for its output's gradient g and its input x (gx may be empty,
/// g or x), and for each row block the gradients of the pass's weights in its row of `partial`
/// (rowBlocks x spec.weights(), f32), added to what is there if `add`. One launch.
void butterflyPassBackward(Queue& queue, const Butterfly& spec, const ButterflyPass& pass,
                           ConstView x, const float* weights, ConstView g, View gx, float* partial,
                           std::int64_t rowBlocks, bool add);

} // namespace inlay::kernels::cuda

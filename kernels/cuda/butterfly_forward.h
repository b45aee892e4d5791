#pragma once

// One pass of a butterfly network over its activations.

#include "kernels/cuda/butterfly_plan.h"
#include "kernels/cuda/queue.h"
#include "kernels/op_types.h"
#include "kernels/views.h"

namespace inlay::kernels::cuda {

/// Applies one pass to the rows of x (rows x n, f32 or bf16); y may be x. `weights`: f32, at a
/// multiple of 16 bytes. One launch.
void butterflyPass(Queue& queue, const Butterfly& spec, const ButterflyPass& pass, ConstView x,
                   const float* weights, View y);

} // namespace inlay::kernels::cuda

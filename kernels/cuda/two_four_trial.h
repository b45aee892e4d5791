#pragma once

// Trials of one product on the device: operands to try it on, time, and agreement of two results.
// All of it waits for the device.

#include <cstdint>
#include <functional>

#include "kernels/views.h"

namespace inlay::kernels::cuda {

class Queue;

/// Fills a tight bf16 matrix with numbers in [-1, 1) that look random: zeros would run faster than
/// what a network holds.
void fillTrial(Queue& queue, View matrix);

/// Sum of (a - b)^2 over sum of b^2 for two tight bf16 matrices; 0 where both are zero, NaN where
/// either is not finite.
double trialError(Queue& queue, ConstView a, ConstView b);

/// Seconds of the work that `enqueue` puts on the queue: the median of several runs of a few
/// milliseconds, after a first one that is not counted.
double trialSeconds(Queue& queue, const std::function<void()>& enqueue);

} // namespace inlay::kernels::cuda

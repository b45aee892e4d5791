#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace inlay::engine {

/// All that an iterative layout needs to go on from the beginning of an iteration to the same bits,
/// beside its input and options. `numbers` means something to the method alone.
struct LayoutState {
    std::int64_t iteration = 0;
    double cost = 0; // the last known one; NaN = none
    std::vector<float> numbers;
};

/// Told at the beginning of each iteration, and once more when the layout is cancelled within one
/// that has moved nothing yet. `state` copies; call it only where the state is to be kept.
using LayoutKeeper =
    std::function<void(std::int64_t iteration, const std::function<LayoutState()>& state)>;

} // namespace inlay::engine

#pragma once

#include <algorithm>
#include <vector>

#include "engine/networks/module.h"

namespace inlay::engine {

/// Whether training steps of a network with these layers may be recorded and repeated, see
/// LinearOperator::stepsAlike().
inline bool stepsAlike(const std::vector<NamedOperator>& layers) {
    return std::all_of(layers.begin(), layers.end(),
                       [](const NamedOperator& layer) { return layer.op->stepsAlike(); });
}

} // namespace inlay::engine

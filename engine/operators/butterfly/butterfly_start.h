#pragma once

#include <vector>

#include "engine/base/random.h"
#include "engine/operators/operator_config.h"
#include "kernels/op_types.h"

namespace inlay::engine {

/// Start weights of one network (systems/butterfly.md 2.3), in the layout of kernels::Butterfly.
/// `scale` multiplies the whole map and is spread evenly over the stages.
std::vector<double> butterflyStart(const kernels::Butterfly& network, ButterflyStart start,
                                   double scale, RandomStream stream);

} // namespace inlay::engine

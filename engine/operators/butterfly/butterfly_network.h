#pragma once

#include <string>
#include <vector>

#include "engine/operators/linear_operator.h"
#include "kernels/op_types.h"

namespace inlay::engine {

/// Weights of one network as a parameter: no decay, and weights that matter to nothing never move.
ParameterPtr makeButterflyParameter(const Device& device, std::string name,
                                    const kernels::Butterfly& network,
                                    const std::vector<double>& values,
                                    const std::vector<std::uint8_t>& live);

/// The columns of x followed by zero columns, `width` in all.
Tensor paddedColumns(const Device& device, kernels::ConstView x, std::int64_t width);

/// y = B x with scratch from the device.
void applyButterfly(const Device& device, const kernels::Butterfly& network, kernels::ConstView x,
                    const Parameter& weights, kernels::View y);

/// Adds to the weights' gradient; the first columns of the input's gradient overwrite gx or are
/// added to it, gx may be empty.
void applyButterflyBackward(const Device& device, const kernels::Butterfly& network,
                            kernels::ConstView x, Parameter& weights, kernels::ConstView g,
                            kernels::View gx, kernels::Accumulate accumulate);

} // namespace inlay::engine

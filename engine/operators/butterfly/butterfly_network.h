#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/operators/linear_operator.h"
#include "kernels/op_types.h"
#include "kernels/prepared.h"

namespace inlay::engine {

/// Weights of one network as a parameter: no decay, and weights that matter to nothing never move.
ParameterPtr makeButterflyParameter(const Device& device, std::string name,
                                    const kernels::Butterfly& network,
                                    const std::vector<double>& values,
                                    const std::vector<std::uint8_t>& live);

/// The columns of x followed by zero columns, `width` in all.
Tensor paddedColumns(const Device& device, kernels::ConstView x, std::int64_t width);

/// What the device makes of a network's weights, made again when they have moved.
struct PreparedButterfly {
    std::unique_ptr<kernels::PreparedWeight> form; // null: the weights are read as they lie
    std::uint64_t version = 0;
    bool asked = false;
};

/// y = B x with scratch from the device.
void applyButterfly(const Device& device, const kernels::Butterfly& network, kernels::ConstView x,
                    const Parameter& weights, PreparedButterfly& prepared, kernels::View y);

/// Adds to the weights' gradient; the first columns of the input's gradient overwrite gx or are
/// added to it, gx may be empty.
void applyButterflyBackward(const Device& device, const kernels::Butterfly& network,
                            kernels::ConstView x, Parameter& weights, kernels::ConstView g,
                            kernels::View gx, kernels::Accumulate accumulate);

} // namespace inlay::engine

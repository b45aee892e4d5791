#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/operators/linear_operator.h"

namespace inlay::engine {

/// `count` draws of U(-1/sqrt(fanIn), 1/sqrt(fanIn)), the start of a linear layer in PyTorch; its
/// variance is 1 / (3 fanIn).
std::vector<double> uniformStart(std::int64_t count, std::int64_t fanIn, RandomStream stream);

/// `count` normal draws of the given deviation.
std::vector<double> normalStart(std::int64_t count, double deviation, RandomStream stream);

/// A parameter called `name` in the device's parameter type with a zero gradient.
ParameterPtr makeParameter(const Device& device, std::string name, Shape shape,
                           std::span<const double> values);

} // namespace inlay::engine

#pragma once

#include <string>

#include "engine/tensor/parameter.h"

namespace inlay::engine {

/// A parameter that weight decay leaves alone (biases, norms, positions), with all elements at
/// `value` and a zero gradient.
ParameterPtr undecayedParameter(const Device& device, std::string name, Shape shape, double value);

} // namespace inlay::engine

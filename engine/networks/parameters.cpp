#include "engine/networks/parameters.h"

#include <utility>

#include "kernels/backend.h"

namespace inlay::engine {

ParameterPtr undecayedParameter(const Device& device, std::string name, Shape shape, double value) {
    auto parameter = std::make_shared<Parameter>();
    parameter->name = std::move(name);
    parameter->value = Tensor(device, shape, device.parameterType());
    device.backend().fill(parameter->value.view(), value);
    parameter->grad = Tensor::zeros(device, std::move(shape), device.parameterType());
    parameter->decay = 0.0;
    return parameter;
}

} // namespace inlay::engine

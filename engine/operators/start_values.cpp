#include "engine/operators/start_values.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace inlay::engine {

std::vector<double> uniformStart(std::int64_t count, std::int64_t fanIn, RandomStream stream) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, fanIn)));
    std::vector<double> values(static_cast<std::size_t>(count));
    for (double& value : values)
        value = stream.uniform(-bound, bound);
    return values;
}

std::vector<double> normalStart(std::int64_t count, double deviation, RandomStream stream) {
    std::vector<double> values(static_cast<std::size_t>(count));
    for (double& value : values)
        value = deviation * stream.normal();
    return values;
}

ParameterPtr makeParameter(const Device& device, std::string name, Shape shape,
                           std::span<const double> values) {
    auto parameter = std::make_shared<Parameter>();
    parameter->name = std::move(name);
    parameter->value = Tensor::fromHost(device, shape, device.parameterType(), values);
    parameter->grad = Tensor::zeros(device, std::move(shape), device.parameterType());
    return parameter;
}

} // namespace inlay::engine

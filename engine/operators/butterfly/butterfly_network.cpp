#include "engine/operators/butterfly/butterfly_network.h"

#include <algorithm>
#include <span>
#include <utility>

#include "engine/operators/start_values.h"
#include "kernels/backend.h"

namespace inlay::engine {

ParameterPtr makeButterflyParameter(const Device& device, std::string name,
                                    const kernels::Butterfly& network,
                                    const std::vector<double>& values,
                                    const std::vector<std::uint8_t>& live) {
    const Shape shape{network.stages(), network.n / 2, 4};
    ParameterPtr parameter = makeParameter(device, std::move(name), shape, values);
    parameter->decay = 0.0;
    if (std::find(live.begin(), live.end(), std::uint8_t{0}) != live.end())
        parameter->decayMask = Tensor::fromHost(device, shape, std::span<const std::uint8_t>(live));
    return parameter;
}

Tensor paddedColumns(const Device& device, kernels::ConstView x, std::int64_t width) {
    Tensor padded(device, {x.rows, width}, device.computeType());
    kernels::Backend& backend = device.backend();
    backend.fill(kernels::columns(padded.view(), x.cols, width - x.cols), 0.0);
    backend.convert(x, kernels::columns(padded.view(), 0, x.cols));
    return padded;
}

void applyButterfly(const Device& device, const kernels::Butterfly& network, kernels::ConstView x,
                    const Parameter& weights, PreparedButterfly& prepared, kernels::View y) {
    kernels::Backend& backend = device.backend();
    const kernels::ConstView values = weights.value.viewAs(1, network.weights());
    if (!prepared.asked)
        prepared.form = backend.prepareButterfly(network, values);
    else if (prepared.form && prepared.version != weights.version)
        backend.refreshButterfly(values, *prepared.form);
    prepared.asked = true;
    prepared.version = weights.version;
    if (prepared.form) {
        backend.butterflyPrepared(x, *prepared.form, y);
        return;
    }
    const std::size_t bytes = backend.butterflyScratch(network, x.rows, x.dtype);
    backend.butterfly(network, x, values, y, device.scratch(bytes));
}

void applyButterflyBackward(const Device& device, const kernels::Butterfly& network,
                            kernels::ConstView x, Parameter& weights, kernels::ConstView g,
                            kernels::View gx, kernels::Accumulate accumulate) {
    kernels::Backend& backend = device.backend();
    const bool direct =
        !gx.given() || (gx.cols == network.n && accumulate == kernels::Accumulate::No);
    Tensor whole;
    if (!direct)
        whole = Tensor(device, {x.rows, network.n}, x.dtype);
    const std::size_t bytes = backend.butterflyBackwardScratch(network, x.rows, x.dtype);
    backend.butterflyBackward(network, x, std::as_const(weights.value).viewAs(1, network.weights()),
                              g, direct ? gx : whole.view(),
                              weights.grad.viewAs(1, network.weights()), device.scratch(bytes));
    if (direct)
        return;
    const kernels::ConstView wanted = kernels::columns(std::as_const(whole).view(), 0, gx.cols);
    if (accumulate == kernels::Accumulate::Yes)
        backend.axpby(1.0, wanted, 1.0, gx);
    else
        backend.convert(wanted, gx);
}

} // namespace inlay::engine

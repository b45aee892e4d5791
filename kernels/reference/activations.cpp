// relu(x) = max(x, 0), slope 0 at 0. gelu(x) = x Phi(x), Phi(x) = (1 + erf(x / sqrt 2)) / 2,
// slope Phi(x) + x phi(x). silu(x) = x s(x), s the logistic function, slope s (1 + x (1 - s)).
// leaky relu: x where x > 0, kLeakySlope x elsewhere, its slope at 0 that of the left.

#include <cmath>
#include <numbers>

#include "kernels/reference/epilogue.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {
namespace reference {

double activation(Activation activation, double x) {
    switch (activation) {
    case Activation::None:
        return x;
    case Activation::Relu:
        return x > 0.0 || std::isnan(x) ? x : 0.0;
    case Activation::Gelu:
        return 0.5 * x * std::erfc(-x / std::numbers::sqrt2);
    case Activation::Silu:
        return x / (1.0 + std::exp(-x));
    case Activation::LeakyRelu:
        return x < 0.0 ? kLeakySlope * x : x;
    }
    return x;
}

double activationSlope(Activation activation, double x) {
    switch (activation) {
    case Activation::None:
        return 1.0;
    case Activation::Relu:
        return x > 0.0 ? 1.0 : 0.0;
    case Activation::Gelu: {
        const double density = std::exp(-0.5 * x * x) / std::sqrt(2.0 * std::numbers::pi);
        return 0.5 * std::erfc(-x / std::numbers::sqrt2) + x * density;
    }
    case Activation::Silu: {
        const double s = 1.0 / (1.0 + std::exp(-x));
        return s * (1.0 + x * (1.0 - s));
    }
    case Activation::LeakyRelu:
        return x > 0.0 ? 1.0 : kLeakySlope;
    }
    return 1.0;
}

void applyTo(Array& y, const Epilogue& epilogue) {
    if (epilogue.bias.given()) {
        assert(epilogue.bias.rows == 1 && epilogue.bias.cols == y.cols);
        const Array bias = read(epilogue.bias);
        for (std::int64_t i = 0; i < y.rows; ++i)
            for (std::int64_t j = 0; j < y.cols; ++j)
                y(i, j) += bias(0, j);
    }
    if (epilogue.pre.given())
        write(y, epilogue.pre);
    for (double& value : y.values)
        value = activation(epilogue.activation, value);
    if (epilogue.residual.given()) {
        const Array residual = read(epilogue.residual);
        assert(sameShape(epilogue.residual, {nullptr, y.rows, y.cols}));
        for (std::size_t i = 0; i < y.values.size(); ++i)
            y.values[i] += residual.values[i];
    }
}

} // namespace reference

void ReferenceBackend::applyEpilogue(View y, const Epilogue& epilogue) {
    reference::Array result = reference::read(y);
    reference::applyTo(result, epilogue);
    reference::write(result, y);
}

void ReferenceBackend::activate(Activation activation, ConstView x, View y) {
    reference::Array result = reference::read(x);
    for (double& value : result.values)
        value = reference::activation(activation, value);
    reference::write(result, y);
}

void ReferenceBackend::activateBackward(Activation activation, ConstView pre, ConstView g,
                                        View gx) {
    assert(reference::sameShape(pre, g));
    const reference::Array input = reference::read(pre);
    reference::Array result = reference::read(g);
    for (std::size_t i = 0; i < result.values.size(); ++i)
        result.values[i] *= reference::activationSlope(activation, input.values[i]);
    reference::write(result, gx);
}

} // namespace inlay::kernels

#include "operator_probe.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "engine/operators/stl/stl_plan.h"
#include "kernels/backend.h"

namespace inlay::operator_cases {

using namespace engine;

namespace {

Tensor uploaded(const Device& device, Shape shape, const Numbers& values) {
    return Tensor::fromHost(device, std::move(shape), device.computeType(),
                            std::span<const double>(values));
}

// Values of the parameters by the last part of their name.
std::map<std::string, Numbers> named(const LinearOperator& op) {
    std::map<std::string, Numbers> values;
    for (const ParameterPtr& parameter : op.parameters())
        values[parameter->name.substr(parameter->name.rfind('/') + 1)] =
            parameter->value.toDoubles();
    return values;
}

double at(const Numbers& values, std::int64_t index) {
    return values[static_cast<std::size_t>(index)];
}

// The whole definition of systems/stl-and-24.md 1.2, without planes or products of matrices: each
// output is a sum over l, K and the entries of the tiles.
Numbers stlOutput(Probe& probe, const StlConfig& config, const Numbers& input) {
    const OperatorCase& given = probe.given();
    const auto values = named(probe.op());
    const std::int64_t t = config.tile;
    const std::int64_t area = t * t;
    const std::int64_t inTiles = (given.in + t - 1) / t;
    const std::int64_t outTiles = (given.out + t - 1) / t;
    const kernels::TileLayout layout = stlLayouts(config, given.in, given.out, given.rows).x;

    const auto weightOf = [&](std::int64_t l, std::int64_t K, std::int64_t J) {
        if (config.weights == StlWeights::Encoded)
            return at(values.at("what"), (l * inTiles + K) * outTiles + J);
        double sum = 0.0;
        for (std::int64_t j = 0; j < t; ++j)
            for (std::int64_t p = 0; p < t; ++p)
                if (K * t + j < given.in && J * t + p < given.out)
                    sum += at(values.at("E_W"), l * area + j * t + p) *
                           at(values.at("weight"), (K * t + j) * given.out + J * t + p);
        return sum;
    };

    Numbers output(static_cast<std::size_t>(given.rows.rows() * given.out), 0.0);
    for (std::int64_t I = 0; I < layout.rowTiles(); ++I)
        for (std::int64_t K = 0; K < inTiles; ++K)
            for (std::int64_t l = 0; l < config.rank; ++l) {
                double encoded = 0.0;
                for (std::int64_t i = 0; i < t; ++i)
                    for (std::int64_t j = 0; j < t; ++j)
                        if (layout.row(I, i) >= 0 && K * t + j < given.in)
                            encoded += at(values.at("E_X"), l * area + i * t + j) *
                                       at(input, layout.row(I, i) * given.in + K * t + j);
                for (std::int64_t J = 0; J < outTiles; ++J) {
                    const double product = encoded * weightOf(l, K, J);
                    for (std::int64_t i = 0; i < t; ++i)
                        for (std::int64_t p = 0; p < t; ++p)
                            if (layout.row(I, i) >= 0 && J * t + p < given.out)
                                output[static_cast<std::size_t>(layout.row(I, i) * given.out +
                                                                J * t + p)] +=
                                    at(values.at("D"), l * area + i * t + p) * product;
                }
            }
    return output;
}

} // namespace

Numbers randomNumbers(std::int64_t count, const RandomStream& given) {
    RandomStream stream = given;
    Numbers values(static_cast<std::size_t>(count));
    for (double& value : values)
        value = stream.normal();
    return values;
}

Probe::Probe(const OperatorCase& given, const Device& device, std::uint64_t seed)
    : given_(given)
    , device_(device) {
    const RandomStream stream(seed, "operator_test");
    const RandomStream layer = stream.split("layer");
    op_ = makeOperator(given.config, {.name = "layer",
                                      .in = given.in,
                                      .out = given.out,
                                      .device = &device_,
                                      .stream = &layer,
                                      .shared = &shared_});
    input_ = randomNumbers(given.rows.rows() * given.in, stream.split("input"));
    direction_ = randomNumbers(given.rows.rows() * given.out, stream.split("direction"));
    bias_ = randomNumbers(given.out, stream.split("bias"));
    biasTensor_ = uploaded(device_, {given.out}, bias_);
}

Numbers Probe::forward(const Numbers& input, OperatorContextPtr* saved) {
    const Tensor x = uploaded(device_, {given_.rows.rows(), given_.in}, input);
    Tensor y(device_, {given_.rows.rows(), given_.out}, device_.computeType());
    kernels::Epilogue epilogue;
    epilogue.bias = biasTensor_.view();
    op_->forward(x.view(), given_.rows, y.view(), epilogue, saved);
    return y.toDoubles();
}

Numbers Probe::backward(const Numbers& input, const Numbers& gradient, OperatorContext* saved,
                        Want want) {
    const Tensor x = uploaded(device_, {given_.rows.rows(), given_.in}, input);
    const Tensor g = uploaded(device_, {given_.rows.rows(), given_.out}, gradient);
    if (want == Want::ParametersOnly) {
        op_->backward(x.view(), given_.rows, g.view(), {}, kernels::Accumulate::No, saved);
        return {};
    }
    Tensor gx(device_, x.shape(), device_.computeType());
    op_->backward(x.view(), given_.rows, g.view(), gx.view(), kernels::Accumulate::No, saved);
    return gx.toDoubles();
}

Numbers Probe::step() {
    OperatorContextPtr saved;
    forward(input_, &saved);
    return backward(input_, direction_, saved.get());
}

void Probe::zeroGradients() {
    for (const ParameterPtr& parameter : op_->parameters())
        parameter->grad.zero();
}

std::vector<Numbers> Probe::gradients() const {
    std::vector<Numbers> all;
    for (const ParameterPtr& parameter : op_->parameters())
        all.push_back(parameter->grad.toDoubles());
    return all;
}

double Probe::objective(const Numbers& input) {
    const Numbers y = forward(input);
    double sum = 0.0;
    for (std::size_t i = 0; i < y.size(); ++i)
        sum += y[i] * direction_[i];
    return sum;
}

void Probe::setParameter(std::size_t index, const Numbers& values) {
    Parameter& parameter = *op_->parameters()[index];
    parameter.value.copyFrom(uploaded(device_, parameter.value.shape(), values));
    ++parameter.version;
}

Numbers definedOutput(Probe& probe, const Numbers& input) {
    const OperatorCase& given = probe.given();
    if (const auto* stl = std::get_if<StlConfig>(&given.config))
        return stlOutput(probe, *stl, input);
    return materializedOutput(probe, input);
}

Numbers materializedOutput(Probe& probe, const Numbers& input) {
    const OperatorCase& given = probe.given();
    std::string refusal;
    const Tensor matrix = probe.op().materialize(refusal);
    if (matrix.empty())
        return {};
    const Numbers dense = matrix.toDoubles();
    Numbers output(static_cast<std::size_t>(given.rows.rows() * given.out), 0.0);
    for (std::int64_t row = 0; row < given.rows.rows(); ++row)
        for (std::int64_t i = 0; i < given.in; ++i)
            for (std::int64_t j = 0; j < given.out; ++j)
                output[static_cast<std::size_t>(row * given.out + j)] +=
                    at(input, row * given.in + i) * at(dense, i * given.out + j);
    return output;
}

double relativeDifference(const Numbers& a, const Numbers& b) {
    double difference = a.size() == b.size() ? 0.0 : INFINITY;
    double largest = 0.0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        difference = std::max(difference, std::abs(a[i] - b[i]));
        largest = std::max(largest, std::abs(b[i]));
    }
    return largest > 0.0 ? difference / largest : difference;
}

} // namespace inlay::operator_cases

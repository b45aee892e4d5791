#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/operators/make.h"
#include "operator_cases.h"

namespace inlay::operator_cases {

using Numbers = std::vector<double>;

/// An operator on a device with random inputs: what every generic check starts from.
class Probe {
public:
    Probe(const OperatorCase& given, const engine::Device& device, std::uint64_t seed = 1);

    engine::LinearOperator& op() { return *op_; }
    const engine::Device& device() const { return device_; }
    const OperatorCase& given() const { return given_; }

    const Numbers& input() const { return input_; }
    const Numbers& direction() const { return direction_; }
    const Numbers& bias() const { return bias_; }

    /// y of an input of rows x in, with the bias as epilogue; `saved` as in forward().
    Numbers forward(const Numbers& input, engine::OperatorContextPtr* saved = nullptr);
    enum class Want { InputGradient, ParametersOnly };
    /// gx, or nothing when not wanted; adds to the parameters' gradients.
    Numbers backward(const Numbers& input, const Numbers& gradient, engine::OperatorContext* saved,
                     Want want = Want::InputGradient);
    /// Forward and backward of one step with the probe's own numbers.
    Numbers step();
    void zeroGradients();
    std::vector<Numbers> gradients() const;

    /// The sum of direction * y, whose gradients step() computes.
    double objective(const Numbers& input);
    void setParameter(std::size_t index, const Numbers& values);

private:
    OperatorCase given_;
    engine::Device device_;
    engine::SharedParameters shared_;
    std::unique_ptr<engine::LinearOperator> op_;
    Numbers input_;
    Numbers direction_;
    Numbers bias_;
    engine::Tensor biasTensor_;
};

Numbers randomNumbers(std::int64_t count, const engine::RandomStream& stream);

/// y without bias from the definition, in double on the host: for STL a sum over tiles and slices
/// of E_X, What (or E_W and the weight) and D, otherwise rows times materialize().
Numbers definedOutput(Probe& probe, const Numbers& input);
/// Rows times materialize(); empty where the operator refuses.
Numbers materializedOutput(Probe& probe, const Numbers& input);

/// max |a - b| / max |b|.
double relativeDifference(const Numbers& a, const Numbers& b);

} // namespace inlay::operator_cases

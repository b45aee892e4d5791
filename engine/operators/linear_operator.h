#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/operators/plan.h"
#include "engine/operators/row_layout.h"
#include "engine/operators/stl/stl_triple.h"
#include "engine/tensor/parameter.h"

namespace inlay::engine {

/// The factor on a product's old result.
constexpr double betaFor(kernels::Accumulate accumulate) {
    return static_cast<std::uint8_t>(accumulate) == 0 ? 0.0 : 1.0;
}

/// What one forward call keeps for its backward call. A value of its own for every call, so that
/// an operator may run several times in one step.
class OperatorContext {
public:
    virtual ~OperatorContext() = default;
};
using OperatorContextPtr = std::unique_ptr<OperatorContext>;

/// A number worth watching while an operator trains, e.g. {"max_coefficient", 3.1}.
struct Diagnostic {
    std::string name;
    double value = 0;
};

/// Position of an optimizer step, for hooks with a schedule.
struct StepInfo {
    std::int64_t step = 0; // from 0
    std::int64_t totalSteps = 0;
    double learningRate = 0;
};

/// Multiplies a parameter's optimizer moments where an operator rescales the parameter itself.
class MomentScaler {
public:
    virtual ~MomentScaler() = default;
    /// first *= factor, second *= factor^2 for row `row` of the parameter's matrix view.
    virtual void scaleRow(const Parameter& parameter, std::int64_t row, double factor) = 0;
};

/// A learnable replacement of the linear map Y = X W, X rows x in, Y rows x out. The bias and the
/// activation belong to the layer and arrive as the epilogue of forward().
class LinearOperator {
public:
    virtual ~LinearOperator() = default;

    std::int64_t in() const { return in_; }
    std::int64_t out() const { return out_; }

    /// Family id of the catalog, e.g. "stl".
    virtual const char* family() const = 0;

    /// The cost and flags of a call on `rows`.
    virtual OperatorPlan plan(const RowLayout& rows) const = 0;

    /// y = epilogue(x W). x: rows x in, y: rows x out. `saved` receives what backward needs; null
    /// in inference.
    virtual void forward(kernels::ConstView x, const RowLayout& rows, kernels::View y,
                         const kernels::Epilogue& epilogue, OperatorContextPtr* saved) = 0;

    /// g: rows x out, the gradient of the product (after the epilogue was undone by the caller).
    /// Adds to the parameters' gradients; the input's gradient overwrites gx or is added to it (the
    /// input serves several layers), and is not computed when gx is not given.
    virtual void backward(kernels::ConstView x, const RowLayout& rows, kernels::ConstView g,
                          kernels::View gx, kernels::Accumulate accumulate,
                          OperatorContext* saved) = 0;

    /// Parameters in a fixed order; shared ones appear in every operator that uses them.
    virtual const std::vector<ParameterPtr>& parameters() const = 0;
    /// Masks and index sets, part of checkpoints.
    virtual std::vector<StateTensor> state() { return {}; }

    /// The dense in x out matrix where the operator is one. An empty tensor otherwise, with the
    /// reason in `refusal`: an approximate STL layer mixes rows and is no matrix acting on them.
    virtual Tensor materialize(std::string& refusal) const = 0;

    /// The kernel that the device chose for this operator and why, a sentence; empty where there is
    /// no choice, or before the first call.
    virtual std::string route() const { return {}; }

    /// Names of diagnostics(), known before a run starts.
    virtual std::vector<std::string> diagnosticNames() const { return {}; }
    /// Reads device memory: call it every log_every steps, not every step.
    virtual std::vector<Diagnostic> diagnostics() { return {}; }

    /// Whether every training step enqueues the same ops on the same memory, with the same numbers,
    /// so that a device may record one and repeat it (RepeatedOps).
    virtual bool stepsAlike() const { return false; }

    /// Called after all gradients of a step are there and before the optimizer (SR-STE's term).
    virtual void gradientsReady(const StepInfo&) {}
    /// Called after the optimizer changed the parameters (masks, rebalancing, decoupled decay).
    virtual void parametersChanged(const StepInfo&, MomentScaler&) {}

protected:
    LinearOperator(std::int64_t in, std::int64_t out)
        : in_(in)
        , out_(out) {}

private:
    std::int64_t in_;
    std::int64_t out_;
};

/// What an operator is built with.
struct OperatorBuild {
    std::string name; // dotted layer name: prefix of the parameters' names
    std::int64_t in = 0;
    std::int64_t out = 0;
    const Device* device = nullptr;
    const RandomStream* stream = nullptr; // the layer's own stream; split by purpose
    class SharedParameters* shared = nullptr;
    const FittedTriples* triples = nullptr; // what fitted starts of STL layers begin with
};

/// Parameters shared by layers of one group (STL encoders), found by name.
class SharedParameters {
public:
    /// The parameter, or null when it does not exist yet.
    ParameterPtr find(const std::string& name) const;
    void add(ParameterPtr parameter);
    const std::vector<ParameterPtr>& all() const { return parameters_; }

private:
    std::vector<ParameterPtr> parameters_;
};

} // namespace inlay::engine

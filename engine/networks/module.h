#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/operators/linear_operator.h"
#include "engine/operators/row_layout.h"
#include "engine/tensor/parameter.h"
#include "engine/tensor/tensor.h"

namespace inlay::engine {

/// What one forward call of a module keeps for its backward call.
class ModuleContext {
public:
    virtual ~ModuleContext() = default;
};
using ModuleContextPtr = std::unique_ptr<ModuleContext>;

/// A layer with its own name whose map is a LinearOperator.
struct NamedOperator {
    std::string name;
    LinearOperator* op = nullptr;
};

enum class NeedInputGradient { No, Yes };

/// A differentiable map with an explicit saved context instead of a tape. Inputs and outputs are
/// matrices; `rows` tells how their rows fall into groups.
class Module {
public:
    virtual ~Module() = default;

    /// Layout of the output rows for an input layout (pooling and patches change it).
    virtual RowLayout outputLayout(const RowLayout& rows) const { return rows; }

    /// `saved` receives what backward needs; null in inference, where batch norm uses its running
    /// statistics and dropout keeps everything. The input must outlive the
    /// backward call unless the module copies what it needs.
    virtual Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) = 0;

    /// Adds the parameters' gradients and returns the gradient of the input (empty with
    /// NeedInputGradient::No). `g` has the output's shape and may be overwritten. One backward call
    /// a forward call: what `saved` holds is given back as it is used.
    virtual Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                            NeedInputGradient need) = 0;

    /// Training is about to run step `step`: what is drawn anew each step (dropout) depends on it.
    /// Such numbers go to the device here: forward and backward may be recorded and repeated.
    virtual void setStep(std::int64_t) {}

    /// Own parameters and those of the operators, each once, in a fixed order.
    virtual void collectParameters(std::vector<ParameterPtr>& into) const = 0;
    /// Layers in network order.
    virtual void collectOperators(std::vector<NamedOperator>&) {}
    /// Untrained state (masks, index sets, running statistics).
    virtual void collectState(std::vector<StateTensor>&) {}
};

} // namespace inlay::engine

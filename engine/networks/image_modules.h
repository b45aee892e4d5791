#pragma once

#include <vector>

#include "engine/base/random.h"
#include "engine/networks/module.h"
#include "kernels/op_types.h"
#include "kernels/philox.h"

namespace inlay::engine {

// Modules without parameters on maps: rows are pixels, grouped by image.

/// Largest value of each window.
class MaxPooling final : public Module {
public:
    /// `windows` is for one image.
    MaxPooling(const kernels::Windows& windows, const Device& device)
        : windows_(windows)
        , device_(device) {}

    RowLayout outputLayout(const RowLayout& rows) const override;
    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void collectParameters(std::vector<ParameterPtr>&) const override {}

private:
    kernels::Windows windows_;
    Device device_;
};

/// The pixels of an image side by side in one row.
class Flatten final : public Module {
public:
    explicit Flatten(const Device& device)
        : device_(device) {}

    RowLayout outputLayout(const RowLayout& rows) const override { return {rows.groups, 1, false}; }
    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void collectParameters(std::vector<ParameterPtr>&) const override {}

private:
    Device device_;
};

/// Sets numbers to zero at a rate and scales the others by 1 / (1 - rate), in training only. Which
/// ones depends on the stream and the step of setStep().
class Dropout final : public Module {
public:
    Dropout(double rate, const RandomStream& stream, const Device& device);

    Tensor forward(const Tensor& x, const RowLayout& rows, ModuleContextPtr* saved) override;
    Tensor backward(const Tensor& x, const RowLayout& rows, Tensor g, ModuleContext& saved,
                    NeedInputGradient need) override;
    void setStep(std::int64_t step) override;
    void collectParameters(std::vector<ParameterPtr>&) const override {}

private:
    double rate_;
    kernels::PhiloxState state_;
    Device device_;
    Tensor step_;
};

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/networks/module.h"

namespace inlay::engine::testing {

/// What the generic check has to know of a module.
struct GradientCase {
    Module* module = nullptr;
    Device device;
    RowLayout rows;
    std::int64_t in = 0;
    /// Numbers of each tensor that are compared (all of smaller tensors), evenly spread.
    std::int64_t samples = 24;
    /// Training and inference differ (batch norm, dropout): the differences are those of training,
    /// and inference is not compared.
    bool trainsOnly = false;
    /// Elements of this parameter whose analytic gradient is a straight-through estimate where the
    /// true one is zero: they count only where the output depends on them.
    std::function<bool(const Parameter&)> straightThrough = [](const Parameter&) {
        return false;
    };
};

/// Checks with L = sum(c * y), c fixed and random, against central differences of the double
/// precision reference: the gradient of the input and of every parameter; that a second backward
/// call doubles the parameters' gradients; that two calls open at once keep apart; that inference
/// gives the same output and that no input gradient is computed when none is wanted. Returns
/// sentences about what is wrong.
std::vector<std::string> checkGradients(const GradientCase& testCase);

/// `count` normals.
std::vector<double> normals(const std::string& purpose, std::int64_t count);
Tensor tensorOf(const Device& device, Shape shape, const std::vector<double>& values);

} // namespace inlay::engine::testing

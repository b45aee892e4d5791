#pragma once

#include <memory>
#include <vector>

#include "engine/operators/fit/fit.h"
#include "engine/operators/make.h"

/// Layers, matrices and moments that the tests of fitting start from.
namespace inlay::fit_probe {

/// A layer of its own on the reference device, in double.
std::unique_ptr<engine::LinearOperator> layer(const engine::OperatorConfig& config, std::int64_t in,
                                              std::int64_t out, std::uint64_t seed = 1);

engine::HostMatrix gaussian(std::int64_t rows, std::int64_t cols, std::uint64_t seed);

/// The matrix that a layer is; it must be one.
engine::HostMatrix matrixOf(const engine::LinearOperator& op);

/// Moments of inputs whose neighbors go together and whose sizes differ: over tiles of `tile` rows,
/// from as many random tiles as make them regular.
engine::InputMoments correlated(std::int64_t tile, std::int64_t width, std::uint64_t seed = 3);

/// Root of E|x (W - F)|^2 / E|x W|^2, from the definition.
double weightedError(const engine::HostMatrix& weight, const engine::HostMatrix& fitted,
                     const engine::InputMoments& moments);

} // namespace inlay::fit_probe

#pragma once

#include <string>
#include <vector>

#include "engine/base/random.h"
#include "engine/operators/operator_config.h"
#include "engine/operators/stl/stl_triple.h"

namespace inlay::engine {

/// Deviation of the noise on the rows of Strassen's triple (systems/stl-and-24.md 1.3).
inline constexpr double kStrassenNoise = 0.02;

/// The encoders and the decoder at the start. Strassen: rows drawn without replacement, noise, then
/// D scaled by sqrt(tile^3) / |That| so that white inputs give outputs as large as a full matrix
/// would. Random: E_X ~ N(0, 1/tile^2), D ~ N(0, 1/rank), and E_W ~ N(0, 1/tile), which gives the
/// encoded weights tile times the variance of the weights. Fitted: `fitted`, scaled likewise in
/// E_W, its rows of E_X and D brought to length 1 and tile / sqrt(rank), those of random starts.
/// Precondition: no stlIssues(); with a fitted start tripleProblem() finds nothing.
StlTriple startTriple(const StlConfig& config, RandomStream stream,
                      const StlTriple* fitted = nullptr);

/// Why layers of this configuration cannot begin with the triple: another tile or rank. Empty where
/// they can.
std::string tripleProblem(const StlConfig& config, const StlTriple& triple);

/// What = E_W vec(W) of a dense in x out matrix: rank planes of inTiles x outTiles.
std::vector<double> encodeWeights(const StlTriple& triple, const std::vector<double>& dense,
                                  std::int64_t in, std::int64_t out);

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/operators/linear_operator.h"
#include "engine/operators/operator_config.h"

namespace inlay::engine {

/// A row-major matrix on the host, in double.
struct HostMatrix {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::vector<double> values;
};

/// Second moments of a layer's inputs over tiles of `tile` rows of one group: the mean of
/// vec(X) vec(X)^T, where vec lists the tile row by row. tile = 1: the mean of x x^T of single
/// rows, which is all that families acting on rows need.
struct InputMoments {
    std::int64_t tile = 1;
    std::int64_t width = 0;
    std::vector<double> second; // (tile * width)^2, row-major
};

/// Moments of white inputs: fits with them ignore what the layer sees.
InputMoments whiteMoments(std::int64_t tile, std::int64_t width);

/// The mean of x x^T over all rows, whatever tiles the moments were taken over.
HostMatrix rowMoments(const InputMoments& moments);

/// What decides which two of four weights a 2:4 layer keeps (systems/stl-and-24.md 2.2).
enum class PruneScores { Magnitude, Wanda, SparseGpt };

struct FitOptions {
    PruneScores scores = PruneScores::SparseGpt;
    /// Passes over the factors of families that are fitted factor by factor, at most.
    std::int64_t sweeps = 10;
};

struct FitReport {
    /// |W - Wfit| / |W| in the Frobenius norm. For an STL layer, the same of the maps of a whole
    /// tile of rows.
    double error = 0;
    /// The same of the outputs: the root of E|x (W - Wfit)|^2 / E|x W|^2 under the moments.
    double weightedError = 0;
    /// Sentences on what was done beside the plain fit: regularized moments, fixed encoders.
    std::vector<std::string> notes;
};

/// Why this family cannot be fitted that way, or empty.
std::string fitProblem(const OperatorConfig& config, const FitOptions& options);

/// Sets the operator's parameters (and masks) so that its map comes close to X W on inputs with
/// these moments:
///   dense             a copy
///   low_rank          truncated SVD of the weighted matrix: the best there is
///   block_diagonal    least squares in every block: the best there is
///   monarch, btt      SVD of every sub-block, then least squares of one factor at a time
///   butterfly         SVDs of two columns at a time (square), then one stage at a time
///   stl               closed form for the encoded weights, in turn with D and E_X
///   two_four          magnitude, Wanda or SparseGPT
/// Throws Error when the weight or the moments hold numbers that are not finite, or do not have the
/// operator's size.
FitReport fitOperator(LinearOperator& op, const OperatorConfig& config, const HostMatrix& weight,
                      const InputMoments& moments, const FitOptions& options = {});

} // namespace inlay::engine

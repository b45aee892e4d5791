#pragma once

#include <memory>
#include <vector>

#include "engine/operators/fit/fit.h"
#include "engine/operators/stl/stl_triple.h"

namespace inlay::engine {

/// Least squares for an STL layer Y_J = D^T sum_K (E_X x_K) . What_KJ against Y = X W under the
/// moments of a tile of rows (systems/stl-and-24.md 1.6, correlated tiles): the error is quadratic
/// in each of What, D and E_X with the others held, so each has a closed form.
class StlNormal {
public:
    /// `moments.tile` is the layer's tile, or 1 where each row is alone in the first row of its
    /// tile: then the other rows of tiles are zero and their outputs count for nothing.
    StlNormal(std::int64_t tile, std::int64_t rank, const HostMatrix& weight,
              const InputMoments& moments);
    ~StlNormal();

    /// E_X and D (rank x tile^2) of `triple` and the encoded weights (rank planes).
    void set(const StlTriple& triple, const std::vector<double>& what);
    const StlTriple& triple() const { return triple_; }
    std::vector<double> what() const;

    /// Whether one system over all tiles is small enough; otherwise tiles count as uncorrelated.
    bool solvesAllTiles() const;
    void solveWhat();
    void solveDecoder();
    void solveEncoder();
    /// E_W of tied weights, tiles taken as uncorrelated: G^-1 B.
    std::vector<double> encoderW() const;
    /// Squared error under the moments, relative to that of a map of zeros.
    double error() const;

private:
    struct Numbers;
    void encode();

    StlTriple triple_;
    std::unique_ptr<Numbers> numbers_;
};

} // namespace inlay::engine

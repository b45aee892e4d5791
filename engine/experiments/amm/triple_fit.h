#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/random.h"
#include "engine/operators/stl/stl_triple.h"

namespace inlay::engine::amm {

enum class Start { Theory, Random, Alternating, Naive, Polynomial, Cyclic };

/// Short id of a start, as in the names of series: "theory", "random", "alternating", "naive",
/// "polynomial", "cyclic".
const char* idOf(Start start);

/// The triple a fit begins with. Theory: Strassen's rows of the layer's own start. Random: normal
/// with E_X ~ N(0, 1/tile^2), E_W ~ N(0, 1/tile), D ~ N(0, 1/rank). Naive: scalar products,
/// polynomial and cyclic: a random subset of those (structured_starts.h), with the same noise as
/// Strassen's rows.
StlTriple startOf(Start start, std::int64_t tile, std::int64_t rank, const RandomStream& stream);

/// |T - That|^2 / t^3, where That = sum_l e_l x w_l x d_l and T is the tensor of the t x t product:
/// for independent entries of zero mean and unit variance the expected squared relative error of
/// the approximate product at every size (systems/stl-and-24.md 1.6).
double squaredError(const StlTriple& triple);

/// Fits a triple to the product's tensor.
class TripleFit {
public:
    /// All but alternating: Adam, its rate falling to zero over `steps` by a cosine. Alternating:
    /// least squares for one factor after the other, ridge 0.1 x 0.99^iteration, at least 1e-6.
    TripleFit(Start start, StlTriple triple, std::int64_t steps, double learningRate);
    ~TripleFit();
    TripleFit(TripleFit&&) noexcept;
    TripleFit& operator=(TripleFit&&) noexcept;

    /// Makes steps up to the given one. An iteration of alternating least squares counts for ten.
    void advanceTo(std::int64_t step);
    const StlTriple& triple() const { return triple_; }
    double error() const { return squaredError(triple_); }
    /// Largest magnitude of an entry: fits below the exact rank run into large ones.
    double largestCoefficient() const;

private:
    void adamStep();
    void alternatingStep();

    Start start_;
    StlTriple triple_;
    std::int64_t steps_;
    double learningRate_;
    std::int64_t step_ = 0;
    struct Moments;
    std::unique_ptr<Moments> moments_;
};

} // namespace inlay::engine::amm

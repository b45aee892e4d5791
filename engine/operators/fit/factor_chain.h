#pragma once

#include <cstdint>
#include <vector>

#include "engine/operators/fit/fit.h"

namespace inlay::engine {

/// One matrix of a product: its numbers lie at fixed places, all others are zero.
struct ChainFactor {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    std::vector<std::int32_t> row;
    std::vector<std::int32_t> col;
    std::vector<double> values;
    bool fixed = false; // a selection or a permutation: not fitted

    void add(std::int64_t r, std::int64_t c, double value) {
        row.push_back(static_cast<std::int32_t>(r));
        col.push_back(static_cast<std::int32_t>(c));
        values.push_back(value);
    }
};

/// Fits F_last ... F_1 F_0 to `target` (out x in, acting on columns x) in the measure
/// tr((T - F) sigma (T - F)^T), one factor after the other with the others held: each step is a
/// linear least-squares problem in that factor's numbers, solved by conjugate gradients from where
/// they are, so that the error never grows. Ends after `sweeps` passes or when a pass gains less
/// than a thousandth of the error. Returns the relative squared error at the end.
double fitChain(std::vector<ChainFactor>& factors, const HostMatrix& target,
                const HostMatrix& sigma, std::int64_t sweeps);

} // namespace inlay::engine

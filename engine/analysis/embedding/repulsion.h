#pragma once

#include <cstdint>
#include <memory>

#include "engine/analysis/embedding/layout_watch.h"
#include "kernels/pair_forces.h"

namespace inlay::engine {

/// The repelling half of the t-SNE gradient.
class Repulsion {
public:
    virtual ~Repulsion() = default;

    /// force[d][i] = sum over j of q² (y_i - y_j)_d; returns the sum of q over all ordered pairs of
    /// different points. What is left behind after a cancel (watch.cancelled()) means nothing.
    virtual double sum(const kernels::PairPoints& points, float* const* force,
                       LayoutWatch& watch) = 0;
};

/// Every pair, in f32.
std::unique_ptr<Repulsion> exactRepulsion(std::int64_t count, std::int64_t dims);

/// Two dimensions: interpolated on a grid and convolved by FFT, after Linderman et al., "Fast
/// interpolation-based t-SNE" (2019). Here the kernels are those of the force itself, so that one
/// forward and three backward transforms do for an iteration.
std::unique_ptr<Repulsion> gridRepulsion(std::int64_t count);

} // namespace inlay::engine

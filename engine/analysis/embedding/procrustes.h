#pragma once

#include <cstdint>
#include <vector>

#include "engine/analysis/embedding/layout.h"

namespace inlay::engine {

/// Whether the aligned points may be mirrored, and scaled.
enum class Mirroring { Forbidden, Allowed };
enum class Scaling { Keep, Fit };

struct ProcrustesFit {
    std::vector<double> rotation; // dimension x dimension: aligned = scale (x - center) R + target
    std::vector<double> center;
    std::vector<double> target;
    double scale = 1;
    /// Root mean square distance between aligned and reference points.
    double residual = 0;
};

/// The rigid motion that brings `points` closest to `reference` in least squares (Kabsch, Umeyama
/// 1991). Same count and dimension; throws Error otherwise or without points.
ProcrustesFit procrustesFit(PointsView points, PointsView reference,
                            Mirroring mirroring = Mirroring::Allowed,
                            Scaling scaling = Scaling::Keep);

/// Any points of that dimension, moved: count x dimension, row-major.
std::vector<float> aligned(PointsView points, const ProcrustesFit& fit);

} // namespace inlay::engine

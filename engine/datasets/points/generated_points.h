#pragma once

#include <cstdint>
#include <memory>

#include "engine/datasets/points/point_stream.h"

namespace inlay::engine {

/// The set norm25 of Ailon, Jaiswal and Monteleoni (NIPS 2009): 25 random vertices of the
/// 15-dimensional cube of side 500, and around each `points` draws of a standard normal cloud. Here
/// the vertices are distinct and the points come in a shuffled order.
struct Norm25Config {
    std::int64_t points = 400; // around each center
    std::uint64_t seed = 1;
};

enum class CenterLayout { Uniform, Normal };

/// Spherical normal clouds around random centers, of any size: points are made as they are read.
struct MixtureConfig {
    std::int64_t clusters = 25;
    std::int64_t dims = 16;
    std::int64_t count = 100'000;
    CenterLayout layout = CenterLayout::Uniform;
    /// Side of the cube (uniform) or standard deviation (normal) of the centers.
    double spread = 500;
    /// Standard deviation of a cloud along every axis.
    double noise = 1;
    /// How far each center moves, in a random direction, from the first point to the last.
    double drift = 0;
    std::uint64_t seed = 1;
};

std::unique_ptr<PointStream> openNorm25(const Norm25Config& config);
std::unique_ptr<PointStream> openMixture(const MixtureConfig& config);

} // namespace inlay::engine

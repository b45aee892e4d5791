#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <vector>

namespace inlay::engine {

/// The three rank x tile^2 matrices (row-major) of one tile product
/// vec(Y) = D^T ((E_X vec X) . (E_W vec W)); see systems/stl-and-24.md 1.2.
struct StlTriple {
    std::int64_t tile = 0;
    std::int64_t rank = 0;
    std::vector<double> x; // E_X
    std::vector<double> w; // E_W
    std::vector<double> y; // D
};

/// Triples that layers with start = fitted begin with, by the file that their configuration names.
using FittedTriples = std::map<std::filesystem::path, StlTriple>;

/// Sum of the squares of the tensor That[a, b, c] = sum_l E_X[l,a] E_W[l,b] D[l,c]; tile^3 for an
/// exact product.
double tensorNormSquared(const StlTriple& triple);

/// Share of the energy of a tile map that passes between different rows:
/// sum over i != i' of |That[(i,.), ., (i',.)]|^2 / |That|^2, where `gram` (rank x rank) holds the
/// inner products of the slices of the weight side: E_W E_W^T for white weights, or What What^T
/// summed over all tiles for the weights at hand. 0 for a map of zeros.
double rowLeakage(std::int64_t tile, std::int64_t rank, std::span<const double> x,
                  std::span<const double> gram, std::span<const double> y);
double rowLeakage(const StlTriple& triple);

} // namespace inlay::engine

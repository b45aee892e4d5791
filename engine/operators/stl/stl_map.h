#pragma once

#include <cstdint>
#include <vector>

namespace inlay::engine {

/// The tile maps of an STL layer seen as one matrix acting on rows. With weights `what` the map of
/// tile (K, J) is M[a, c] = sum_l E_X[l,a] What[l,K,J] D[l,c]; a matrix W acting on rows would have
/// M[(i,j), (i',p)] = [i = i'] W[j,p].
struct StlMap {
    std::vector<double> average;   // in x out: the mean over i of M[(i,j), (i,p)]
    double largestEntry = 0.0;     // of |average|
    double largestDeviation = 0.0; // of M from such a matrix
};

StlMap averageOverRows(std::int64_t tile, const std::vector<double>& encoder,
                       const std::vector<double>& what, const std::vector<double>& decoder,
                       std::int64_t in, std::int64_t out);

} // namespace inlay::engine

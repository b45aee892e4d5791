#include "engine/operators/stl/stl_map.h"

#include <algorithm>
#include <cmath>

namespace inlay::engine {
namespace {

struct Sizes {
    std::int64_t tile;
    std::int64_t rank;
    std::int64_t inTiles;
    std::int64_t outTiles;
};

// M of tile (K, J), tile^2 x tile^2 row-major.
void tileMap(const Sizes& sizes, const std::vector<double>& encoder,
             const std::vector<double>& what, const std::vector<double>& decoder, std::int64_t K,
             std::int64_t J, std::vector<double>& map) {
    const std::int64_t area = sizes.tile * sizes.tile;
    std::fill(map.begin(), map.end(), 0.0);
    for (std::int64_t l = 0; l < sizes.rank; ++l) {
        const double weight =
            what[static_cast<std::size_t>((l * sizes.inTiles + K) * sizes.outTiles + J)];
        for (std::int64_t a = 0; a < area; ++a) {
            const double left = weight * encoder[static_cast<std::size_t>(l * area + a)];
            for (std::int64_t c = 0; c < area; ++c)
                map[static_cast<std::size_t>(a * area + c)] +=
                    left * decoder[static_cast<std::size_t>(l * area + c)];
        }
    }
}

// The mean of row i's own block, tile x tile.
std::vector<double> ownRowMean(const std::vector<double>& map, std::int64_t tile) {
    const std::int64_t area = tile * tile;
    std::vector<double> mean(static_cast<std::size_t>(area), 0.0);
    for (std::int64_t i = 0; i < tile; ++i)
        for (std::int64_t j = 0; j < tile; ++j)
            for (std::int64_t p = 0; p < tile; ++p)
                mean[static_cast<std::size_t>(j * tile + p)] +=
                    map[static_cast<std::size_t>((i * tile + j) * area + i * tile + p)] /
                    static_cast<double>(tile);
    return mean;
}

double deviationFrom(const std::vector<double>& map, const std::vector<double>& mean,
                     std::int64_t tile) {
    const std::int64_t area = tile * tile;
    double largest = 0.0;
    for (std::int64_t a = 0; a < area; ++a)
        for (std::int64_t c = 0; c < area; ++c) {
            const double expected = a / tile == c / tile
                                        ? mean[static_cast<std::size_t>(a % tile * tile + c % tile)]
                                        : 0.0;
            largest =
                std::max(largest, std::abs(map[static_cast<std::size_t>(a * area + c)] - expected));
        }
    return largest;
}

} // namespace

StlMap averageOverRows(std::int64_t tile, const std::vector<double>& encoder,
                       const std::vector<double>& what, const std::vector<double>& decoder,
                       std::int64_t in, std::int64_t out) {
    const std::int64_t area = tile * tile;
    const Sizes sizes{tile, static_cast<std::int64_t>(encoder.size()) / area,
                      (in + tile - 1) / tile, (out + tile - 1) / tile};
    StlMap result;
    result.average.assign(static_cast<std::size_t>(in * out), 0.0);
    std::vector<double> map(static_cast<std::size_t>(area * area));
    for (std::int64_t K = 0; K < sizes.inTiles; ++K)
        for (std::int64_t J = 0; J < sizes.outTiles; ++J) {
            tileMap(sizes, encoder, what, decoder, K, J, map);
            const std::vector<double> mean = ownRowMean(map, tile);
            result.largestDeviation =
                std::max(result.largestDeviation, deviationFrom(map, mean, tile));
            for (std::int64_t j = 0; j < tile && K * tile + j < in; ++j)
                for (std::int64_t p = 0; p < tile && J * tile + p < out; ++p) {
                    const double value = mean[static_cast<std::size_t>(j * tile + p)];
                    result.largestEntry = std::max(result.largestEntry, std::abs(value));
                    result.average[static_cast<std::size_t>((K * tile + j) * out + J * tile + p)] =
                        value;
                }
        }
    return result;
}

} // namespace inlay::engine

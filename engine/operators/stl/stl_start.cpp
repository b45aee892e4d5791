#include "engine/operators/stl/stl_start.h"

#include <cassert>
#include <cmath>
#include <span>

#include "engine/operators/start_values.h"
#include "engine/operators/stl/exact_triples.h"

namespace inlay::engine {
namespace {

std::vector<double> chosenRows(std::span<const double> matrix, std::int64_t cols,
                               const std::vector<std::int64_t>& rows, RandomStream noise) {
    std::vector<double> values;
    values.reserve(rows.size() * static_cast<std::size_t>(cols));
    for (const std::int64_t row : rows)
        for (std::int64_t a = 0; a < cols; ++a)
            values.push_back(matrix[static_cast<std::size_t>(row * cols + a)] +
                             kStrassenNoise * noise.normal());
    return values;
}

// What makes |That|^2 = tile^3: white inputs then give outputs as large as a full matrix would.
double varianceScale(const StlTriple& triple) {
    const double norm = tensorNormSquared(triple);
    return norm > 0.0 ? std::sqrt(std::pow(static_cast<double>(triple.tile), 3.0) / norm) : 1.0;
}

double rowNorm(const std::vector<double>& matrix, std::int64_t row, std::int64_t cols) {
    double sum = 0.0;
    for (std::int64_t c = 0; c < cols; ++c)
        sum += std::pow(matrix[static_cast<std::size_t>(row * cols + c)], 2.0);
    return std::sqrt(sum);
}

void scaleRow(std::vector<double>& matrix, std::int64_t row, std::int64_t cols, double factor) {
    for (std::int64_t c = 0; c < cols; ++c)
        matrix[static_cast<std::size_t>(row * cols + c)] *= factor;
}

// Fitted slices are large and cancel each other: with their own sizes a step of an optimizer in the
// encoded weights would move the map several times as far as with other starts. Rows of E_X and D
// get the length that they have at random starts, E_W takes the rest; the map is the same.
void leaveSizesToWeights(StlTriple& triple) {
    const std::int64_t area = triple.tile * triple.tile;
    const double lengthOfD =
        std::sqrt(static_cast<double>(area) / static_cast<double>(triple.rank));
    for (std::int64_t l = 0; l < triple.rank; ++l) {
        const double x = rowNorm(triple.x, l, area);
        const double y = rowNorm(triple.y, l, area);
        if (!(x > 0.0) || !(y > 0.0))
            continue;
        scaleRow(triple.x, l, area, 1.0 / x);
        scaleRow(triple.y, l, area, lengthOfD / y);
        scaleRow(triple.w, l, area, x * y / lengthOfD);
    }
}

StlTriple strassenRows(const StlConfig& config, const RandomStream& stream) {
    const StlTriple exact = exactTriple(config.tile);
    const std::vector<std::int64_t> rows =
        RandomStream(stream.split("rows")).sample(exact.rank, config.rank);
    const std::int64_t area = config.tile * config.tile;
    StlTriple start{.tile = config.tile,
                    .rank = config.rank,
                    .x = chosenRows(exact.x, area, rows, stream.split("noise/E_X")),
                    .w = chosenRows(exact.w, area, rows, stream.split("noise/E_W")),
                    .y = chosenRows(exact.y, area, rows, stream.split("noise/D"))};
    const double scale = varianceScale(start);
    for (double& value : start.y)
        value *= scale;
    return start;
}

StlTriple randomTriple(const StlConfig& config, const RandomStream& stream) {
    const auto t = static_cast<double>(config.tile);
    const auto r = static_cast<double>(config.rank);
    const std::int64_t count = config.rank * config.tile * config.tile;
    return {.tile = config.tile,
            .rank = config.rank,
            .x = normalStart(count, 1.0 / t, stream.split("E_X")),
            .w = normalStart(count, 1.0 / std::sqrt(t), stream.split("E_W")),
            .y = normalStart(count, 1.0 / std::sqrt(r), stream.split("D"))};
}

} // namespace

StlTriple startTriple(const StlConfig& config, RandomStream stream, const StlTriple* fitted) {
    switch (config.start) {
    case StlStart::Random:
        return randomTriple(config, stream);
    case StlStart::Strassen:
        return strassenRows(config, stream);
    case StlStart::Fitted: {
        assert(fitted && tripleProblem(config, *fitted).empty());
        StlTriple start = *fitted;
        leaveSizesToWeights(start);
        const double scale = varianceScale(start);
        for (double& value : start.w)
            value *= scale;
        return start;
    }
    case StlStart::Exact:
        return exactTriple(config.tile);
    }
    return {};
}

std::string tripleProblem(const StlConfig& config, const StlTriple& triple) {
    if (triple.tile == config.tile && triple.rank == config.rank)
        return {};
    return config.triple.string() + " holds a triple of tile " + std::to_string(triple.tile) +
           " and rank " + std::to_string(triple.rank) + "; the layer has tile " +
           std::to_string(config.tile) + " and rank " + std::to_string(config.rank);
}

std::vector<double> encodeWeights(const StlTriple& triple, const std::vector<double>& dense,
                                  std::int64_t in, std::int64_t out) {
    const std::int64_t t = triple.tile;
    const std::int64_t inTiles = (in + t - 1) / t;
    const std::int64_t outTiles = (out + t - 1) / t;
    const std::int64_t planeSize = inTiles * outTiles;
    std::vector<double> planes(static_cast<std::size_t>(triple.rank * planeSize), 0.0);
    for (std::int64_t j = 0; j < in; ++j)
        for (std::int64_t p = 0; p < out; ++p) {
            const double value = dense[static_cast<std::size_t>(j * out + p)];
            const std::int64_t entry = (j % t) * t + p % t;
            const std::int64_t tile = (j / t) * outTiles + p / t;
            for (std::int64_t l = 0; l < triple.rank; ++l)
                planes[static_cast<std::size_t>(l * planeSize + tile)] +=
                    triple.w[static_cast<std::size_t>(l * t * t + entry)] * value;
        }
    return planes;
}

} // namespace inlay::engine

#include "engine/experiments/amm/structured_starts.h"

#include <cmath>
#include <numbers>
#include <vector>

#include <Eigen/Core>
#include <Eigen/QR>

namespace inlay::engine::amm {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<Matrix>;

/// The decoder that brings the tensor of the three closest to that of the product.
void solveDecoder(StlTriple& triple) {
    const std::int64_t t = triple.tile;
    const std::int64_t area = t * t;
    const Map x(triple.x.data(), triple.rank, area);
    const Map w(triple.w.data(), triple.rank, area);
    const Matrix gram = (x * x.transpose()).cwiseProduct(w * w.transpose());
    Matrix right(triple.rank, area);
    for (std::int64_t l = 0; l < triple.rank; ++l)
        Map(right.data() + l * area, t, t).noalias() =
            Map(triple.x.data() + l * area, t, t) * Map(triple.w.data() + l * area, t, t);
    // Rows may depend on each other; the smallest of all best decoders is taken.
    const Matrix solved = gram.completeOrthogonalDecomposition().solve(right);
    triple.y.assign(solved.data(), solved.data() + solved.size());
}

/// Gives the three rows of each product the same length, without changing the map.
void evenOut(StlTriple& triple) {
    const std::int64_t area = triple.tile * triple.tile;
    for (std::int64_t l = 0; l < triple.rank; ++l) {
        Map rows[] = {Map(triple.x.data() + l * area, 1, area),
                      Map(triple.w.data() + l * area, 1, area),
                      Map(triple.y.data() + l * area, 1, area)};
        const double mean = std::cbrt(rows[0].norm() * rows[1].norm() * rows[2].norm());
        if (!(mean > 0.0))
            continue;
        for (Map& row : rows)
            row *= mean / row.norm();
    }
}

double chebyshevPoint(std::int64_t index, std::int64_t count) {
    return std::cos(std::numbers::pi * (2.0 * static_cast<double>(index) + 1.0) /
                    (2.0 * static_cast<double>(count)));
}

double power(double base, std::int64_t exponent) {
    return std::pow(base, static_cast<double>(exponent));
}

} // namespace

std::int64_t polynomialRowCount(std::int64_t tile) {
    return tile * tile * (2 * tile - 1);
}

StlTriple polynomialTriple(std::int64_t tile, std::span<const std::int64_t> rows) {
    StlTriple triple{tile, std::ssize(rows), {}, {}, {}};
    for (const std::int64_t row : rows) {
        const double u = chebyshevPoint(row % tile, tile);
        const double v = chebyshevPoint(row / tile % (2 * tile - 1), 2 * tile - 1);
        const double z = chebyshevPoint(row / tile / (2 * tile - 1), tile);
        for (std::int64_t i = 0; i < tile; ++i)
            for (std::int64_t j = 0; j < tile; ++j) {
                triple.x.push_back(power(u, i) * power(v, j));
                triple.w.push_back(power(v, tile - 1 - i) * power(z, j));
            }
    }
    solveDecoder(triple);
    evenOut(triple);
    return triple;
}

std::int64_t characterCount(std::int64_t tile) {
    return tile * tile * tile / 2 + 1;
}

StlTriple cyclicTriple(std::int64_t tile, std::span<const std::int64_t> characters,
                       std::int64_t rank) {
    const std::int64_t order = tile * tile * tile;
    StlTriple triple{tile, 0, {}, {}, {}};
    // A row reads re Re + im Im of both sides' Fourier coefficient.
    const auto addRow = [&](std::int64_t character, double re, double im) {
        if (triple.rank == rank)
            return;
        ++triple.rank;
        const auto part = [&](std::int64_t element) {
            const double angle = 2.0 * std::numbers::pi *
                                 static_cast<double>(character * element % order) /
                                 static_cast<double>(order);
            return re * std::cos(angle) + im * std::sin(angle);
        };
        for (std::int64_t i = 0; i < tile; ++i)
            for (std::int64_t j = 0; j < tile; ++j) {
                triple.x.push_back(part(i + tile * tile * j));
                triple.w.push_back(part(tile * j - tile * tile * i + order));
            }
    };
    for (const std::int64_t character : characters) {
        addRow(character, 1.0, 0.0);
        if (2 * character % order == 0)
            continue; // a real one
        addRow(character, 0.0, 1.0);
        addRow(character, 1.0, 1.0);
    }
    solveDecoder(triple);
    evenOut(triple);
    return triple;
}

} // namespace inlay::engine::amm

#include "engine/operators/stl/stl_triple.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace inlay::engine {
namespace {

std::vector<double> gramOf(std::span<const double> matrix, std::int64_t rank, std::int64_t cols) {
    std::vector<double> gram(static_cast<std::size_t>(rank * rank), 0.0);
    for (std::int64_t l = 0; l < rank; ++l)
        for (std::int64_t m = 0; m < rank; ++m)
            for (std::int64_t a = 0; a < cols; ++a)
                gram[static_cast<std::size_t>(l * rank + m)] +=
                    matrix[static_cast<std::size_t>(l * cols + a)] *
                    matrix[static_cast<std::size_t>(m * cols + a)];
    return gram;
}

// sum_b That[a, b, c]^2 = sum_{l, m} u_l gram[l, m] u_m with u_l = E_X[l, a] D[l, c].
double energy(std::span<const double> gram, std::span<const double> product) {
    const std::size_t rank = product.size();
    double total = 0.0;
    for (std::size_t l = 0; l < rank; ++l) {
        if (product[l] == 0.0)
            continue;
        double row = 0.0;
        for (std::size_t m = 0; m < rank; ++m)
            row += gram[l * rank + m] * product[m];
        total += product[l] * row;
    }
    return std::max(0.0, total);
}

struct Energies {
    double all = 0.0;
    double acrossRows = 0.0;
};

Energies energies(std::int64_t tile, std::int64_t rank, std::span<const double> x,
                  std::span<const double> gram, std::span<const double> y) {
    const std::int64_t area = tile * tile;
    assert(static_cast<std::int64_t>(x.size()) == rank * area && x.size() == y.size());
    Energies result;
    std::vector<double> product(static_cast<std::size_t>(rank));
    for (std::int64_t a = 0; a < area; ++a)
        for (std::int64_t c = 0; c < area; ++c) {
            for (std::int64_t l = 0; l < rank; ++l)
                product[static_cast<std::size_t>(l)] = x[static_cast<std::size_t>(l * area + a)] *
                                                       y[static_cast<std::size_t>(l * area + c)];
            const double part = energy(gram, product);
            result.all += part;
            if (a / tile != c / tile)
                result.acrossRows += part;
        }
    return result;
}

} // namespace

double tensorNormSquared(const StlTriple& triple) {
    const auto gram = gramOf(triple.w, triple.rank, triple.tile * triple.tile);
    return energies(triple.tile, triple.rank, triple.x, gram, triple.y).all;
}

double rowLeakage(std::int64_t tile, std::int64_t rank, std::span<const double> x,
                  std::span<const double> gram, std::span<const double> y) {
    const Energies parts = energies(tile, rank, x, gram, y);
    return parts.all > 0.0 ? parts.acrossRows / parts.all : 0.0;
}

double rowLeakage(const StlTriple& triple) {
    const auto gram = gramOf(triple.w, triple.rank, triple.tile * triple.tile);
    return rowLeakage(triple.tile, triple.rank, triple.x, gram, triple.y);
}

} // namespace inlay::engine

#include "engine/networks/metric_losses.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "kernels/parallel.h"

namespace inlay::engine {

namespace {

/// Distances that are summed side by side, so that the compiler can use vectors.
constexpr std::int64_t kLanes = 8;
constexpr std::int64_t kChunkRows = 16;

/// Columns of `rows` side by side: number k of row j at k * padded + j.
std::vector<double> transposed(const EmbeddedRows& rows, std::int64_t padded) {
    std::vector<double> values(static_cast<std::size_t>(padded * rows.width), 0.0);
    for (std::int64_t j = 0; j < rows.count; ++j)
        for (std::int64_t k = 0; k < rows.width; ++k)
            values[static_cast<std::size_t>(k * padded + j)] = rows.row(j)[k];
    return values;
}

std::vector<double> distancesOf(const EmbeddedRows& rows, const EmbeddedRows& columns) {
    assert(rows.width == columns.width);
    const std::int64_t padded = (columns.count + kLanes - 1) / kLanes * kLanes;
    const std::vector<double> side = transposed(columns, padded);
    std::vector<double> values(static_cast<std::size_t>(rows.count * columns.count));
    kernels::parallelFor(rows.count, kChunkRows, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            for (std::int64_t j = 0; j < columns.count; j += kLanes) {
                double sums[kLanes] = {};
                for (std::int64_t k = 0; k < rows.width; ++k) {
                    const double own = rows.row(i)[k];
                    const double* other = side.data() + k * padded + j;
                    for (std::int64_t l = 0; l < kLanes; ++l)
                        sums[l] += (own - other[l]) * (own - other[l]);
                }
                for (std::int64_t l = 0; l < kLanes && j + l < columns.count; ++l)
                    values[static_cast<std::size_t>(i * columns.count + j + l)] =
                        std::sqrt(sums[l]);
            }
    });
    return values;
}

/// log(1 + e^z) without overflow.
double softplus(double z) {
    return std::max(z, 0.0) + std::log1p(std::exp(-std::abs(z)));
}

double logistic(double z) {
    return z >= 0.0 ? 1.0 / (1.0 + std::exp(-z)) : std::exp(z) / (1.0 + std::exp(z));
}

/// The loss of one row or column of similarities: -s_own + log sum e^s; slopes are scaled.
template <typename At, typename Slope>
double contrastOf(std::int64_t count, std::int64_t own, double weight, At&& at, Slope&& addSlope) {
    double largest = at(0).value;
    for (std::int64_t k = 1; k < count; ++k)
        largest = std::max(largest, at(k).value);
    double sum = 0.0;
    for (std::int64_t k = 0; k < count; ++k)
        sum += std::exp(at(k).value - largest);
    for (std::int64_t k = 0; k < count; ++k) {
        const SimilarityValue similarity = at(k);
        const double share = std::exp(similarity.value - largest) / sum;
        addSlope(k, weight * (share - (k == own ? 1.0 : 0.0)) * similarity.slope);
    }
    return weight * (largest + std::log(sum) - at(own).value);
}

} // namespace

DistanceTable::DistanceTable(const EmbeddedRows& rows)
    : rows_(rows.count)
    , columns_(rows.count)
    , values_(distancesOf(rows, rows)) {}

DistanceTable::DistanceTable(const EmbeddedRows& rows, const EmbeddedRows& columns)
    : rows_(rows.count)
    , columns_(columns.count)
    , values_(distancesOf(rows, columns)) {}

// dD/da = (a - b) / D: with w_ij = (slope_ij + slope_ji) / D_ij the gradient of row i is
// sum_j w_ij (e_i - e_j).
std::vector<double> DistanceSlopes::gradient(const EmbeddedRows& rows,
                                             const DistanceTable& distances) const {
    assert(rows_ == columns_ && rows.count == rows_);
    std::vector<double> gradient(static_cast<std::size_t>(rows.count * rows.width), 0.0);
    kernels::parallelFor(rows.count, kChunkRows, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            double* own = gradient.data() + i * rows.width;
            double total = 0.0;
            for (std::int64_t j = 0; j < columns_; ++j) {
                const double slope = values_[static_cast<std::size_t>(i * columns_ + j)] +
                                     values_[static_cast<std::size_t>(j * columns_ + i)];
                if (slope == 0.0 || distances(i, j) < kLeastDistance)
                    continue;
                const double weight = slope / distances(i, j);
                total += weight;
                const double* other = rows.row(j);
                for (std::int64_t k = 0; k < rows.width; ++k)
                    own[k] -= weight * other[k];
            }
            for (std::int64_t k = 0; k < rows.width; ++k)
                own[k] += total * rows.row(i)[k];
        }
    });
    return gradient;
}

void DistanceSlopes::addGradients(const EmbeddedRows& rows, const EmbeddedRows& columns,
                                  const DistanceTable& distances, std::vector<double>& ofRows,
                                  std::vector<double>& ofColumns) const {
    const auto weight = [&](std::int64_t i, std::int64_t j) {
        return distances(i, j) < kLeastDistance
                   ? 0.0
                   : values_[static_cast<std::size_t>(i * columns_ + j)] / distances(i, j);
    };
    const auto add = [&](const EmbeddedRows& own, const EmbeddedRows& others,
                         std::vector<double>& gradient, auto&& weightOf) {
        kernels::parallelFor(own.count, kChunkRows, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                double* target = gradient.data() + i * own.width;
                for (std::int64_t j = 0; j < others.count; ++j) {
                    const double w = weightOf(i, j);
                    for (std::int64_t k = 0; k < own.width; ++k)
                        target[k] += w * (own.row(i)[k] - others.row(j)[k]);
                }
            }
        });
    };
    add(rows, columns, ofRows, weight);
    add(columns, rows, ofColumns, [&](std::int64_t j, std::int64_t i) { return weight(i, j); });
}

TripletLoss tripletLoss(TripletLossKind kind, double positive, double negative, double margin,
                        double temperature) {
    const double z = (positive - negative) / temperature;
    switch (kind) {
    case TripletLossKind::MseRatio: {
        const double s = logistic(z);
        const double slope = 2.0 * s * s * (1.0 - s) / temperature;
        return {s * s, slope, -slope};
    }
    case TripletLossKind::NllRatio: {
        const double slope = logistic(z) / temperature;
        return {softplus(z), slope, -slope};
    }
    case TripletLossKind::Hinge: {
        const double excess = positive - negative + margin;
        return excess > 0.0 ? TripletLoss{excess, 1.0, -1.0}
                            : TripletLoss{excess != excess ? excess : 0.0, 0.0, 0.0};
    }
    case TripletLossKind::Contrastive: {
        const double missing = std::max(0.0, margin - negative);
        return {positive * positive + missing * missing, 2.0 * positive, -2.0 * missing};
    }
    }
    return {};
}

SimilarityValue similarityOf(Similarity similarity, double distance, double temperature) {
    switch (similarity) {
    case Similarity::NegativeDistance:
        return {-distance / temperature, -1.0 / temperature};
    case Similarity::NegativeSquared:
        return {-distance * distance / temperature, -2.0 * distance / temperature};
    case Similarity::Cosine:
        return {(1.0 - 0.5 * distance * distance) / temperature, -distance / temperature};
    }
    return {};
}

double contrastLoss(const DistanceTable& distances, Similarity similarity, double temperature,
                    bool symmetric, DistanceSlopes& slopes) {
    const std::int64_t n = distances.rows();
    assert(n >= 2 && distances.columns() == n);
    const double weight = (symmetric ? 0.5 : 1.0) / static_cast<double>(n);
    double loss = 0.0;
    for (std::int64_t i = 0; i < n; ++i)
        loss += contrastOf(
            n, i, weight,
            [&](std::int64_t k) { return similarityOf(similarity, distances(i, k), temperature); },
            [&](std::int64_t k, double slope) { slopes(i, k) += slope; });
    for (std::int64_t i = 0; symmetric && i < n; ++i)
        loss += contrastOf(
            n, i, weight,
            [&](std::int64_t k) { return similarityOf(similarity, distances(k, i), temperature); },
            [&](std::int64_t k, double slope) { slopes(k, i) += slope; });
    return loss;
}

double largestNorm(const EmbeddedRows& points) {
    double largest = 0.0;
    for (std::int64_t i = 0; i < points.count; ++i) {
        double squares = 0.0;
        for (std::int64_t k = 0; k < points.width; ++k)
            squares += points.row(i)[k] * points.row(i)[k];
        if (!(squares <= largest)) // NaN stays
            largest = squares;
        if (std::isnan(largest))
            break;
    }
    return std::sqrt(largest);
}

double largestSpread(const EmbeddedRows& unit) {
    double largest = 0.0;
    const auto count = static_cast<double>(unit.count);
    for (std::int64_t k = 0; k < unit.width; ++k) {
        double sum = 0.0;
        double squares = 0.0;
        for (std::int64_t i = 0; i < unit.count; ++i) {
            sum += unit.row(i)[k];
            squares += unit.row(i)[k] * unit.row(i)[k];
        }
        largest = std::max(largest,
                           std::sqrt(std::max(0.0, squares / count - sum / count * sum / count)));
    }
    return largest;
}

std::vector<double> unitRows(const EmbeddedRows& rows) {
    std::vector<double> unit(rows.values.begin(), rows.values.end());
    for (std::int64_t i = 0; i < rows.count; ++i) {
        double squares = 0.0;
        for (std::int64_t k = 0; k < rows.width; ++k)
            squares += rows.row(i)[k] * rows.row(i)[k];
        const double norm = std::sqrt(squares);
        if (norm < kLeastDistance)
            continue;
        for (std::int64_t k = 0; k < rows.width; ++k)
            unit[static_cast<std::size_t>(i * rows.width + k)] /= norm;
    }
    return unit;
}

// u = e / |e|: de = (g - u (u . g)) / |e|.
std::vector<double> unitRowsBackward(const EmbeddedRows& rows, std::span<const double> gradient) {
    std::vector<double> result(gradient.begin(), gradient.end());
    for (std::int64_t i = 0; i < rows.count; ++i) {
        const double* e = rows.row(i);
        double* g = result.data() + i * rows.width;
        double squares = 0.0;
        double along = 0.0;
        for (std::int64_t k = 0; k < rows.width; ++k) {
            squares += e[k] * e[k];
            along += e[k] * g[k];
        }
        const double norm = std::sqrt(squares);
        if (norm < kLeastDistance)
            continue;
        for (std::int64_t k = 0; k < rows.width; ++k)
            g[k] = (g[k] - e[k] * along / squares) / norm;
    }
    return result;
}

} // namespace inlay::engine

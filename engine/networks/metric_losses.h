#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace inlay::engine {

// Losses on distances between embedded points, on the host and in double: a batch has few numbers,
// and differences of nearly equal ones decide. Gradients go by the slope in each distance.

/// Distances below this have no direction: their gradient is zero.
inline constexpr double kLeastDistance = 1e-6;

/// Embedded points on the host: count rows of `width` numbers.
struct EmbeddedRows {
    std::span<const double> values;
    std::int64_t count = 0;
    std::int64_t width = 0;
    const double* row(std::int64_t i) const { return values.data() + i * width; }
};

/// Euclidean distances (not squared) between rows: of one set among themselves, or of two sets.
class DistanceTable {
public:
    explicit DistanceTable(const EmbeddedRows& rows);
    DistanceTable(const EmbeddedRows& rows, const EmbeddedRows& columns);

    double operator()(std::int64_t i, std::int64_t j) const {
        return values_[static_cast<std::size_t>(i * columns_ + j)];
    }
    std::int64_t rows() const { return rows_; }
    std::int64_t columns() const { return columns_; }

private:
    std::int64_t rows_ = 0;
    std::int64_t columns_ = 0;
    std::vector<double> values_;
};

/// dL/dD for each distance of a table; turns into the gradient of the rows.
class DistanceSlopes {
public:
    DistanceSlopes(std::int64_t rows, std::int64_t columns)
        : rows_(rows)
        , columns_(columns)
        , values_(static_cast<std::size_t>(rows * columns), 0.0) {}

    double& operator()(std::int64_t i, std::int64_t j) {
        return values_[static_cast<std::size_t>(i * columns_ + j)];
    }
    /// Distances of one set: the gradient of its rows, overwritten.
    std::vector<double> gradient(const EmbeddedRows& rows, const DistanceTable& distances) const;
    /// Distances of two sets: adds to the gradients of both.
    void addGradients(const EmbeddedRows& rows, const EmbeddedRows& columns,
                      const DistanceTable& distances, std::vector<double>& ofRows,
                      std::vector<double>& ofColumns) const;

private:
    std::int64_t rows_;
    std::int64_t columns_;
    std::vector<double> values_;
};

/// Of one triplet, with z = (D+ - D-) / temperature and s = 1 / (1 + e^-z). MseRatio: s^2, the mean
/// over the two entries of (d+, d- - 1) (Hoffer and Ailon 2015; their text has twice this).
/// NllRatio: log(1 + e^z). Hinge: max(0, D+ - D- + margin). Contrastive: D+^2 + max(0, margin -
/// D-)^2 (Hadsell, Chopra and LeCun 2006), the two pairs of the triplet.
enum class TripletLossKind { MseRatio, NllRatio, Hinge, Contrastive };

struct TripletLoss {
    double value = 0;
    double positiveSlope = 0; // dL/dD+
    double negativeSlope = 0; // dL/dD-
};
TripletLoss tripletLoss(TripletLossKind kind, double positive, double negative, double margin,
                        double temperature);

/// Similarity of two points: -D, -D^2, or the cosine.
enum class Similarity { NegativeDistance, NegativeSquared, Cosine };

/// The similarity divided by the temperature, from a distance; the cosine is 1 - D^2 / 2 and takes
/// rows of length 1.
struct SimilarityValue {
    double value = 0;
    double slope = 0; // in D
};
SimilarityValue similarityOf(Similarity similarity, double distance, double temperature);

/// Batch criterion of spatial contrasting (Hoffer, Hubara, Ailon 2016, eq. 4): row i of the first
/// set belongs to row i of the second, L = mean_i(-s_ii + log sum_k e^{s_ik}); `symmetric` averages
/// it with the same over the columns. Adds the slopes.
double contrastLoss(const DistanceTable& distances, Similarity similarity, double temperature,
                    bool symmetric, DistanceSlopes& slopes);

/// The largest length of a row; NaN when one has a NaN.
double largestNorm(const EmbeddedRows& rows);
/// The largest standard deviation of a column, over rows of length 1: near 0 all rows are one
/// point.
double largestSpread(const EmbeddedRows& unitRows);

/// Rows of length 1 (rows shorter than kLeastDistance stay), and the gradient's way back through
/// it.
std::vector<double> unitRows(const EmbeddedRows& rows);
std::vector<double> unitRowsBackward(const EmbeddedRows& rows, std::span<const double> gradient);

} // namespace inlay::engine

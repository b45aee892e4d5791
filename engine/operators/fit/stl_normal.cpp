#include "engine/operators/fit/stl_normal.h"

#include <algorithm>

#include <Eigen/Cholesky>

namespace inlay::engine {
namespace {

using Matrix = Eigen::MatrixXd;
using RowMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using RowMap = Eigen::Map<const RowMatrix>;
using Eigen::Index;

// Of the mean diagonal: encoders below the exact rank have directions that do nothing.
constexpr double kRidge = 1e-9;
// One system over all tiles of a block column: 3072^2 doubles are 75 MB.
constexpr Index kLargestSystem = 3072;

Eigen::LLT<Matrix> factorized(Matrix normal) {
    const double mean = normal.trace() / static_cast<double>(normal.rows());
    normal.diagonal().array() += mean > 0.0 ? kRidge * mean : 1.0;
    Eigen::LLT<Matrix> root(normal);
    // Rounding may leave a singular matrix a little below zero.
    for (double ridge = 1e-8; root.info() != Eigen::Success; ridge *= 10.0) {
        normal.diagonal().array() += ridge * std::max(mean, 1e-300);
        root.compute(normal);
    }
    return root;
}

} // namespace

struct StlNormal::Numbers {
    Index t = 0; // tile
    Index m = 0; // rows of a tile that count
    Index in = 0;
    Index out = 0;
    Index K = 0; // tiles of the inputs
    Index J = 0; // tiles of the outputs
    Index r = 0;
    Index lastWidth = 0;         // outputs of the last tile
    Matrix moments;              // (m in)^2
    Matrix cross;                // m in x m out: E x y^T
    double norm = 0.0;           // E |y|^2
    std::vector<RowMatrix> what; // r times K x J
    // Of E_X:
    Matrix encodedCross;   // r K x m out: E z y^T
    Matrix encodedMoments; // (r K)^2: E z z^T

    /// (D D^T) over the outputs that count: all rows of the tile, `width` columns.
    Matrix decoderGram(const std::vector<double>& decoder, Index width) const {
        Matrix gram = Matrix::Zero(r, r);
        for (Index l = 0; l < r; ++l)
            for (Index n = 0; n < r; ++n)
                for (Index i = 0; i < m; ++i)
                    for (Index p = 0; p < width; ++p)
                        gram(l, n) += decoder[std::size_t(l * t * t + i * t + p)] *
                                      decoder[std::size_t(n * t * t + i * t + p)];
        return gram;
    }
    Index widthOf(Index j) const { return j + 1 == J ? lastWidth : t; }
};

StlNormal::StlNormal(std::int64_t tile, std::int64_t rank, const HostMatrix& weight,
                     const InputMoments& moments)
    : numbers_(std::make_unique<Numbers>()) {
    Numbers& n = *numbers_;
    n.t = tile;
    n.m = moments.tile;
    n.in = weight.rows;
    n.out = weight.cols;
    n.K = (n.in + tile - 1) / tile;
    n.J = (n.out + tile - 1) / tile;
    n.r = rank;
    n.lastWidth = n.out - (n.J - 1) * tile;
    n.moments = RowMap(moments.second.data(), n.m * n.in, n.m * n.in);
    const RowMap w(weight.values.data(), n.in, n.out);
    n.cross = Matrix(n.m * n.in, n.m * n.out);
    for (Index i = 0; i < n.m; ++i) {
        n.cross.middleCols(i * n.out, n.out) = n.moments.middleCols(i * n.in, n.in) * w;
        n.norm += w.cwiseProduct(n.cross.block(i * n.in, i * n.out, n.in, n.out)).sum();
    }
}

StlNormal::~StlNormal() = default;

void StlNormal::set(const StlTriple& triple, const std::vector<double>& what) {
    triple_ = triple;
    Numbers& n = *numbers_;
    n.what.clear();
    for (Index l = 0; l < n.r; ++l)
        n.what.emplace_back(RowMap(what.data() + l * n.K * n.J, n.K, n.J));
    encode();
}

std::vector<double> StlNormal::what() const {
    std::vector<double> values;
    for (const RowMatrix& plane : numbers_->what)
        values.insert(values.end(), plane.data(), plane.data() + plane.size());
    return values;
}

void StlNormal::encode() {
    Numbers& n = *numbers_;
    Matrix encoder = Matrix::Zero(n.m * n.in, n.r * n.K); // z = encoder^T x
    for (Index l = 0; l < n.r; ++l)
        for (Index i = 0; i < n.m; ++i)
            for (Index j = 0; j < n.in; ++j)
                encoder(i * n.in + j, l * n.K + j / n.t) =
                    triple_.x[std::size_t(l * n.t * n.t + i * n.t + j % n.t)];
    // Columns have tile^2 entries: products by columns, not as full matrices.
    const auto times = [&](const Matrix& left) {
        Matrix product = Matrix::Zero(left.rows(), encoder.cols());
        for (Index c = 0; c < encoder.cols(); ++c)
            for (Index i = 0; i < n.m; ++i)
                for (Index q = 0; q < n.t && c % n.K * n.t + q < n.in; ++q) {
                    const Index row = i * n.in + c % n.K * n.t + q;
                    product.col(c) += encoder(row, c) * left.col(row);
                }
        return product;
    };
    n.encodedCross = times(n.cross.transpose()).transpose();
    n.encodedMoments = times(times(n.moments).transpose());
}

bool StlNormal::solvesAllTiles() const {
    return numbers_->r * numbers_->K <= kLargestSystem;
}

void StlNormal::solveWhat() {
    Numbers& n = *numbers_;
    const bool all = solvesAllTiles();
    Matrix wanted = Matrix::Zero(n.r * n.K, n.J);
    for (Index l = 0; l < n.r; ++l)
        for (Index j = 0; j < n.J; ++j)
            for (Index i = 0; i < n.m; ++i)
                for (Index p = 0; p < n.widthOf(j); ++p)
                    wanted.col(j).segment(l * n.K, n.K) +=
                        triple_.y[std::size_t(l * n.t * n.t + i * n.t + p)] *
                        n.encodedCross.col(i * n.out + j * n.t + p).segment(l * n.K, n.K);
    const auto solve = [&](Index first, Index count, Index width) {
        if (count == 0)
            return;
        const Matrix gram = n.decoderGram(triple_.y, width);
        if (all) {
            Matrix normal = n.encodedMoments;
            for (Index l = 0; l < n.r; ++l)
                for (Index o = 0; o < n.r; ++o)
                    normal.block(l * n.K, o * n.K, n.K, n.K) *= gram(l, o);
            const Matrix solved =
                factorized(std::move(normal)).solve(Matrix(wanted.middleCols(first, count)));
            for (Index l = 0; l < n.r; ++l)
                n.what[std::size_t(l)].middleCols(first, count) = solved.middleRows(l * n.K, n.K);
            return;
        }
        for (Index k = 0; k < n.K; ++k) {
            Matrix normal(n.r, n.r);
            Matrix own(n.r, count);
            for (Index l = 0; l < n.r; ++l) {
                for (Index o = 0; o < n.r; ++o)
                    normal(l, o) = gram(l, o) * n.encodedMoments(l * n.K + k, o * n.K + k);
                own.row(l) = wanted.row(l * n.K + k).segment(first, count);
                // What the other tiles' present weights already give is taken off.
                for (Index o = 0; o < n.r; ++o)
                    for (Index other = 0; other < n.K; ++other)
                        if (other != k)
                            own.row(l) -= gram(l, o) *
                                          n.encodedMoments(l * n.K + k, o * n.K + other) *
                                          n.what[std::size_t(o)].row(other).segment(first, count);
            }
            const Matrix solved = factorized(std::move(normal)).solve(own);
            for (Index l = 0; l < n.r; ++l)
                n.what[std::size_t(l)].row(k).segment(first, count) = solved.row(l);
        }
    };
    const bool ragged = n.lastWidth != n.t;
    solve(0, ragged ? n.J - 1 : n.J, n.t);
    if (ragged)
        solve(n.J - 1, 1, n.lastWidth);
}

void StlNormal::solveDecoder() {
    Numbers& n = *numbers_;
    const auto gramOver = [&](Index first, Index count) {
        Matrix gram = Matrix::Zero(n.r, n.r);
        for (Index o = 0; o < n.r; ++o) {
            const Matrix image = n.encodedMoments.middleCols(o * n.K, n.K) *
                                 n.what[std::size_t(o)].middleCols(first, count);
            for (Index l = 0; l < n.r; ++l)
                gram(l, o) = n.what[std::size_t(l)]
                                 .middleCols(first, count)
                                 .cwiseProduct(image.middleRows(l * n.K, n.K))
                                 .sum();
        }
        return gram;
    };
    const Matrix whole = gramOver(0, n.J);
    const Matrix short_ = n.lastWidth != n.t ? gramOver(0, n.J - 1) : whole;
    const auto wholeRoot = factorized(whole);
    const auto shortRoot = factorized(short_);
    for (Index i = 0; i < n.m; ++i)
        for (Index p = 0; p < n.t; ++p) {
            const Index tiles = p < n.lastWidth ? n.J : n.J - 1;
            if (tiles == 0)
                continue;
            Eigen::VectorXd wanted = Eigen::VectorXd::Zero(n.r);
            Eigen::VectorXd now(n.r);
            for (Index l = 0; l < n.r; ++l) {
                now[l] = triple_.y[std::size_t(l * n.t * n.t + i * n.t + p)];
                for (Index j = 0; j < tiles; ++j)
                    wanted[l] += n.what[std::size_t(l)].col(j).dot(
                        n.encodedCross.col(i * n.out + j * n.t + p).segment(l * n.K, n.K));
            }
            // From where it is, so that directions without influence stay.
            const Matrix& gram = tiles == n.J ? whole : short_;
            const Eigen::VectorXd gradient = wanted - gram * now;
            now += (tiles == n.J ? wholeRoot : shortRoot).solve(gradient);
            for (Index l = 0; l < n.r; ++l)
                triple_.y[std::size_t(l * n.t * n.t + i * n.t + p)] = now[l];
        }
}

void StlNormal::solveEncoder() {
    Numbers& n = *numbers_;
    const Index area = n.m * n.t; // entries of the encoder that meet inputs
    // tiles[a area + b]: the moments between entries a and b of all pairs of tiles.
    std::vector<Matrix> tiles;
    const auto place = [&](Index a, Index k) {
        const Index column = k * n.t + a % n.t;
        return column < n.in ? a / n.t * n.in + column : Index{-1};
    };
    for (Index a = 0; a < area; ++a)
        for (Index b = 0; b < area; ++b) {
            Matrix pairs = Matrix::Zero(n.K, n.K);
            for (Index k = 0; k < n.K; ++k)
                for (Index o = 0; o < n.K; ++o)
                    if (place(a, k) >= 0 && place(b, o) >= 0)
                        pairs(k, o) = n.moments(place(a, k), place(b, o));
            tiles.push_back(std::move(pairs));
        }
    const Matrix gram = n.decoderGram(triple_.y, n.t);
    const Matrix lastGram = n.decoderGram(triple_.y, n.lastWidth);
    Matrix normal(n.r * area, n.r * area);
    Eigen::VectorXd wanted = Eigen::VectorXd::Zero(n.r * area);
    Eigen::VectorXd now(n.r * area);
    for (Index l = 0; l < n.r; ++l) {
        const RowMatrix& own = n.what[std::size_t(l)];
        for (Index o = 0; o < n.r; ++o) {
            const RowMatrix& other = n.what[std::size_t(o)];
            const Matrix weights =
                gram(l, o) * (own.leftCols(n.J - 1) * other.leftCols(n.J - 1).transpose()) +
                lastGram(l, o) * (own.col(n.J - 1) * other.col(n.J - 1).transpose());
            for (Index a = 0; a < area; ++a)
                for (Index b = 0; b < area; ++b)
                    normal(l * area + a, o * area + b) =
                        weights.cwiseProduct(tiles[std::size_t(a * area + b)]).sum();
        }
        Matrix decoded = Matrix::Zero(n.m * n.in, n.J);
        for (Index j = 0; j < n.J; ++j)
            for (Index i = 0; i < n.m; ++i)
                for (Index p = 0; p < n.widthOf(j); ++p)
                    decoded.col(j) += triple_.y[std::size_t(l * n.t * n.t + i * n.t + p)] *
                                      n.cross.col(i * n.out + j * n.t + p);
        for (Index a = 0; a < area; ++a) {
            now[l * area + a] = triple_.x[std::size_t(l * n.t * n.t + a)];
            for (Index k = 0; k < n.K; ++k)
                if (place(a, k) >= 0)
                    wanted[l * area + a] += own.row(k).dot(decoded.row(place(a, k)));
        }
    }
    const Eigen::VectorXd gradient = wanted - normal * now;
    now += factorized(std::move(normal)).solve(gradient);
    for (Index l = 0; l < n.r; ++l)
        for (Index a = 0; a < area; ++a)
            triple_.x[std::size_t(l * n.t * n.t + a)] = now[l * area + a];
    encode();
}

std::vector<double> StlNormal::encoderW() const {
    const Numbers& n = *numbers_;
    const Index area = n.m * n.t;
    Matrix tile = Matrix::Zero(area, area);
    for (Index k = 0; k < n.in / n.t; ++k)
        for (Index a = 0; a < area; ++a)
            for (Index b = 0; b < area; ++b)
                tile(a, b) += n.moments(a / n.t * n.in + k * n.t + a % n.t,
                                        b / n.t * n.in + k * n.t + b % n.t);
    if (n.in < n.t)
        tile.setIdentity();
    Matrix encoder(n.r, area);
    for (Index l = 0; l < n.r; ++l)
        for (Index a = 0; a < area; ++a)
            encoder(l, a) = triple_.x[std::size_t(l * n.t * n.t + a)];
    const Matrix seen = encoder * tile;
    const Matrix normal = (seen * encoder.transpose()).cwiseProduct(n.decoderGram(triple_.y, n.t));
    Matrix wanted = Matrix::Zero(n.r, n.t * n.t);
    for (Index l = 0; l < n.r; ++l)
        for (Index i = 0; i < n.m; ++i)
            for (Index j = 0; j < n.t; ++j)
                for (Index p = 0; p < n.t; ++p)
                    wanted(l, j * n.t + p) +=
                        seen(l, i * n.t + j) * triple_.y[std::size_t(l * n.t * n.t + i * n.t + p)];
    const RowMatrix solved = factorized(normal).solve(wanted);
    return {solved.data(), solved.data() + solved.size()};
}

double StlNormal::error() const {
    const Numbers& n = *numbers_;
    const Matrix gram = n.decoderGram(triple_.y, n.t);
    const Matrix lastGram = n.decoderGram(triple_.y, n.lastWidth);
    double error = n.norm;
    for (Index o = 0; o < n.r; ++o) {
        const Matrix image = n.encodedMoments.middleCols(o * n.K, n.K) * n.what[std::size_t(o)];
        for (Index l = 0; l < n.r; ++l)
            for (Index j = 0; j < n.J; ++j)
                error += (j + 1 == n.J ? lastGram : gram)(l, o) *
                         n.what[std::size_t(l)].col(j).dot(image.col(j).segment(l * n.K, n.K));
    }
    for (Index l = 0; l < n.r; ++l)
        for (Index j = 0; j < n.J; ++j)
            for (Index i = 0; i < n.m; ++i)
                for (Index p = 0; p < n.widthOf(j); ++p)
                    error -= 2.0 * triple_.y[std::size_t(l * n.t * n.t + i * n.t + p)] *
                             n.what[std::size_t(l)].col(j).dot(
                                 n.encodedCross.col(i * n.out + j * n.t + p).segment(l * n.K, n.K));
    return n.norm > 0.0 ? error / n.norm : 0.0;
}

} // namespace inlay::engine

#include "engine/experiments/graph_clustering/partial_eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <Eigen/Dense>

#include "kernels/devices.h"
#include "kernels/symmetric_eigen.h"

namespace inlay::engine::graph_clustering {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::MatrixXf;

/// Below this the full solver is faster than setting up a subspace.
constexpr std::int64_t kSmallMatrix = 160;
/// Columns beyond the wanted pairs: they carry the next ones and show that none was missed.
constexpr Index kGuards = 8;
constexpr Index kSmallestBlock = 16;
/// Blocks of the Krylov space before it is restarted from its best vectors.
constexpr Index kMostBlocks = 5;
/// The projected problem grows with the cube of the columns, a product with the square of n; wide
/// blocks are restarted earlier.
constexpr Index kMostColumns = 120;
constexpr Index kRowsPerColumn = 12;

Index columnsFor(Index n, Index block) {
    const Index most = std::max(kMostColumns, n / kRowsPerColumn);
    return std::min(n, std::max(2 * block, std::min(kMostBlocks * block, most)));
}
constexpr double kRoundOff = 2e-6;

/// A Cholesky factor whose pivots differ by more than this says too little about small columns.
constexpr double kLeastPivot = 1e-3;

/// The columns of an Eigen matrix are the rows of a view.
kernels::ConstView rowsOf(const MatrixXf& matrix, Index columns) {
    return {matrix.data(), columns, matrix.rows(), matrix.rows(), kernels::DType::F32};
}
kernels::View rowsOf(MatrixXf& matrix) {
    return {matrix.data(), matrix.cols(), matrix.rows(), matrix.rows(), kernels::DType::F32};
}

/// The first `columns` columns of `tall`, transposed, times `other`.
MatrixXf overlapOf(kernels::Backend& backend, const MatrixXf& tall, Index columns,
                   const MatrixXf& other) {
    MatrixXf product(columns, other.cols());
    backend.gemm({.b = kernels::Transpose::Yes}, rowsOf(other, other.cols()), rowsOf(tall, columns),
                 rowsOf(product), {});
    return product;
}

/// result = alpha tall small + beta result, of the first columns of `tall`.
void mix(kernels::Backend& backend, double alpha, const MatrixXf& tall, const MatrixXf& small,
         double beta, MatrixXf& result) {
    backend.gemm({.alpha = alpha, .beta = beta}, rowsOf(small, small.cols()),
                 rowsOf(tall, small.rows()), rowsOf(result), {});
}

MatrixXf mixed(kernels::Backend& backend, const MatrixXf& tall, const MatrixXf& small) {
    MatrixXf result(tall.rows(), small.cols());
    mix(backend, 1, tall, small, 0, result);
    return result;
}

/// Orthonormal columns that span those of `block`: by the Cholesky factor of its products, or by
/// reflections where that would be inaccurate.
MatrixXf orthonormal(kernels::Backend& backend, MatrixXf block) {
    const MatrixXd products = overlapOf(backend, block, block.cols(), block).cast<double>();
    const Eigen::VectorXd scale = products.diagonal().cwiseSqrt();
    if (scale.minCoeff() > 0 && scale.allFinite()) {
        const MatrixXd cosines =
            scale.cwiseInverse().asDiagonal() * products * scale.cwiseInverse().asDiagonal();
        const Eigen::LLT<MatrixXd> factor(cosines);
        if (factor.info() == Eigen::Success &&
            MatrixXd(factor.matrixL()).diagonal().minCoeff() > kLeastPivot) {
            const MatrixXd inverse =
                factor.matrixU().solve(MatrixXd::Identity(block.cols(), block.cols()));
            return mixed(backend, block,
                         (scale.cwiseInverse().asDiagonal() * inverse).cast<float>());
        }
    }
    const Eigen::HouseholderQR<MatrixXf> qr(block);
    return qr.householderQ() * MatrixXf::Identity(block.rows(), block.cols());
}

/// Orthonormal columns that span those of `block`, orthogonal to the first `used` columns of
/// `basis`. Twice is enough (Kahan; Parlett, The Symmetric Eigenvalue Problem, 6.9).
MatrixXf orthonormalized(kernels::Backend& backend, const MatrixXf& basis, Index used,
                         MatrixXf block) {
    for (int pass = 0; pass < 2; ++pass) {
        if (used > 0)
            mix(backend, -1, basis, overlapOf(backend, basis, used, block), 1, block);
        block = orthonormal(backend, std::move(block));
    }
    return block;
}

} // namespace

/// The space searched and its image: columns 0 to used-1 of `vectors` are orthonormal, those of
/// `images` are the matrix times them.
struct PartialEigensolver::Basis {
    MatrixXf vectors;
    MatrixXf images;
    MatrixXd projected; // vectorsᵀ images
    Index used = 0;

    void reserve(Index rows, Index columns) {
        vectors.resize(rows, columns);
        images.resize(rows, columns);
        projected.resize(columns, columns);
        used = 0;
    }

    void append(kernels::Backend& backend, const MatrixXf& block, const MatrixXf& image) {
        const Index columns = block.cols();
        vectors.middleCols(used, columns) = block;
        images.middleCols(used, columns) = image;
        const MatrixXd corner = overlapOf(backend, vectors, used + columns, image).cast<double>();
        projected.block(0, used, used + columns, columns) = corner;
        projected.block(used, 0, columns, used + columns) = corner.transpose();
        used += columns;
    }
};

PartialEigensolver::PartialEigensolver(std::int64_t n)
    : n_(n)
    , backend_(kernels::makeCpuBackend())
    , basis_(std::make_unique<Basis>())
    , random_(0, "graph_clustering.eigen") {}

PartialEigensolver::~PartialEigensolver() = default;

void PartialEigensolver::reset() {
    startColumns_ = 0;
    lastKept_ = 0;
    random_.seek(0);
}

EigenPairs PartialEigensolver::solve(const float* matrix, const EigenRequest& request) {
    if (request.method != EigenMethod::Full &&
        (request.method == EigenMethod::Partial || n_ > kSmallMatrix)) {
        bool giveUp = false;
        EigenPairs pairs = solvePartial(matrix, request, giveUp);
        if (!giveUp)
            return pairs;
    }
    return solveFull(matrix, request);
}

EigenPairs PartialEigensolver::solveFull(const float* matrix, const EigenRequest& request) const {
    const auto count = static_cast<std::size_t>(n_);
    std::vector<double> copy(matrix, matrix + n_ * n_);
    std::vector<double> values(count);
    std::vector<double> vectors(count * count);
    kernels::symmetricEigen(n_, copy.data(), values.data(), vectors.data());
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::abs(values[a]) > std::abs(values[b]);
    });
    EigenPairs pairs;
    pairs.full = true;
    for (const std::size_t i : order) {
        const bool wanted = request.leading > 0
                                ? static_cast<std::int64_t>(pairs.values.size()) < request.leading
                                : std::abs(values[i]) > request.threshold;
        if (!wanted) {
            if (pairs.below.size() < static_cast<std::size_t>(kGuards))
                pairs.below.push_back(values[i]);
            continue;
        }
        pairs.values.push_back(values[i]);
        pairs.vectors.insert(pairs.vectors.end(), vectors.begin() + static_cast<long>(i * count),
                             vectors.begin() + static_cast<long>((i + 1) * count));
    }
    return pairs;
}

EigenPairs PartialEigensolver::solvePartial(const float* matrix, const EigenRequest& request,
                                            bool& giveUp) {
    using kernels::ConstView;
    using kernels::DType;
    using kernels::View;
    const Index n = n_;
    const Index mostBlock = std::max<Index>(kSmallestBlock, n / 5);
    Index block = std::min(
        n, std::max(kSmallestBlock, std::max<Index>(lastKept_, request.leading) + kGuards));

    const auto times = [&](const MatrixXf& columns) {
        // The product wants rows; Eigen's columns of n are the rows of its transpose.
        MatrixXf rows(columns.cols(), n);
        const ConstView a{matrix, n, n, n, DType::F32};
        const ConstView b{columns.data(), columns.cols(), n, n, DType::F32};
        const View c{rows.data(), n, columns.cols(), columns.cols(), DType::F32};
        kernels::Gemm spec;
        spec.b = kernels::Transpose::Yes;
        backend_->gemm(spec, a, b, c, {});
        return MatrixXf(rows.transpose());
    };
    const auto withRandom = [&](const MatrixXf& first, Index columns) {
        MatrixXf all(n, columns);
        const Index kept = std::min(columns, first.cols());
        all.leftCols(kept) = first.leftCols(kept);
        for (Index c = kept; c < columns; ++c)
            for (Index i = 0; i < n; ++i)
                all(i, c) = static_cast<float>(random_.uniform(-1, 1));
        return all;
    };

    EigenPairs pairs;
    MatrixXf start = startColumns_ > 0 ? MatrixXf(Eigen::Map<const MatrixXf>(
                                             start_.data(), n, static_cast<Index>(startColumns_)))
                                       : MatrixXf(n, 0);
    const bool warm = startColumns_ > 0;
    Basis& basis = *basis_;
    basis.reserve(n, columnsFor(n, block));
    MatrixXf next = orthonormalized(*backend_, basis.vectors, 0, withRandom(start, block));
    for (;;) {
        const MatrixXf image = times(next);
        ++pairs.products;
        basis.append(*backend_, next, image);

        MatrixXd projected = basis.projected.topLeftCorner(basis.used, basis.used);
        Eigen::VectorXd values(basis.used);
        MatrixXd ritz(basis.used, basis.used);
        kernels::symmetricEigen(basis.used, projected.data(), values.data(), ritz.data());
        std::vector<Index> order(static_cast<std::size_t>(basis.used));
        std::iota(order.begin(), order.end(), Index{0});
        std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
            return std::abs(values[a]) > std::abs(values[b]);
        });
        const Index taken = std::min<Index>(basis.used, block);
        MatrixXf mixing(basis.used, taken);
        Index kept = 0;
        for (Index c = 0; c < taken; ++c)
            mixing.col(c) = ritz.col(order[static_cast<std::size_t>(c)]).cast<float>();
        kept = std::min<Index>(request.leading, basis.used);
        while (request.leading == 0 && kept < basis.used &&
               std::abs(values[order[static_cast<std::size_t>(kept)]]) > request.threshold)
            ++kept;
        const bool crowded = kept > block - kGuards / 2 && basis.used < n;
        const MatrixXf vectors = mixed(*backend_, basis.vectors, mixing);
        const MatrixXf images = mixed(*backend_, basis.images, mixing);
        double residual = 0;
        double norm = 0;
        for (Index c = 0; c < std::min(kept, taken); ++c) {
            const double value = values[order[static_cast<std::size_t>(c)]];
            const double part = std::abs(value) - request.threshold;
            const double square = (images.col(c) - static_cast<float>(value) * vectors.col(c))
                                      .cast<double>()
                                      .squaredNorm();
            // What single precision leaves of a product is not ours to reduce.
            const double floor = kRoundOff * std::abs(value);
            residual += square > floor * floor ? std::min(square, part * part) : 0;
            norm += part * part;
        }
        const bool converged =
            residual <= request.residual * request.residual * norm && (warm || pairs.products >= 3);
        const bool out = pairs.products >= request.mostProducts;
        // Ritz values interlace: there are at least as many eigenvalues above the threshold.
        const bool full = request.mostPairs > 0 && kept > request.mostPairs;
        if (full || ((converged || out) && !crowded)) {
            for (Index c = 0; c < std::min(kept, taken); ++c)
                pairs.values.push_back(values[order[static_cast<std::size_t>(c)]]);
            for (Index c = kept; c < taken; ++c)
                pairs.below.push_back(values[order[static_cast<std::size_t>(c)]]);
            pairs.vectors.assign(vectors.data(), vectors.data() + n * std::min(kept, taken));
            pairs.truncated = full;
            pairs.inexact = !converged;
            // One power step on the way: the guards come nearer to what lies beyond them.
            start_.assign(images.data(), images.data() + images.size());
            startColumns_ = taken;
            lastKept_ = kept;
            return pairs;
        }
        if (crowded) {
            block = std::min(n, std::max(2 * block, kept + kGuards));
            // Wider than the pairs that may be kept says nothing more.
            if (request.mostPairs > 0)
                block = std::min(block, static_cast<Index>(request.mostPairs) + kGuards);
            if (block > mostBlock && request.method == EigenMethod::Auto) {
                giveUp = true;
                startColumns_ = 0;
                lastKept_ = 0;
                return {};
            }
            MatrixXf wider = withRandom(images, block);
            basis.reserve(n, columnsFor(n, block));
            next = orthonormalized(*backend_, basis.vectors, 0, std::move(wider));
            continue;
        }
        if (basis.used + block > basis.vectors.cols()) {
            // Restart: the best vectors stay, and their images with them.
            const Index room = basis.vectors.cols();
            MatrixXf expansion = images;
            for (Index c = 0; c < taken; ++c)
                expansion.col(c) -=
                    static_cast<float>(values[order[static_cast<std::size_t>(c)]]) * vectors.col(c);
            basis.used = 0;
            basis.append(*backend_, vectors, images);
            const Index columns = std::min<Index>(block, room - basis.used);
            if (columns <= 0) { // the whole space is searched
                giveUp = true;
                return {};
            }
            next =
                orthonormalized(*backend_, basis.vectors, basis.used, expansion.leftCols(columns));
        } else {
            next = orthonormalized(*backend_, basis.vectors, basis.used, image);
        }
    }
}

} // namespace inlay::engine::graph_clustering

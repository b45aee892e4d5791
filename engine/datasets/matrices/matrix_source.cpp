#include "engine/datasets/matrices/matrix_source.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <Eigen/QR>
#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/datasets/digits/digits.h"
#include "engine/interop/idx.h"
#include "engine/interop/vector_table.h"

namespace inlay::engine {
namespace {

using Matrix = Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::int64_t kPaddedSide = 32;
constexpr double kNoiseDeviation = 0.1; // variance 0.01

Matrix normalMatrix(std::int64_t rows, std::int64_t cols, RandomStream stream) {
    Matrix matrix(rows, cols);
    for (std::int64_t c = 0; c < cols; ++c)
        for (std::int64_t r = 0; r < rows; ++r)
            matrix(r, c) = stream.normal();
    return matrix;
}

/// `count` orthonormal columns of length `rows`, count <= rows.
Matrix orthonormal(std::int64_t rows, std::int64_t count, const RandomStream& stream) {
    const Eigen::HouseholderQR<Matrix> qr(normalMatrix(rows, count, stream));
    return qr.householderQ() * Matrix::Identity(rows, count);
}

/// From X as coordinates x samples: column-major storage is sample by sample.
SampleMatrix fromColumns(const Matrix& x) {
    return {x.rows(), x.cols(), {x.data(), x.data() + x.size()}};
}

struct Load {
    RandomStream stream;
    std::uint64_t seed;

    SampleMatrix operator()(const GaussianMatrix& source) const {
        const Matrix directions =
            orthonormal(source.coordinates, source.rank, stream.split("directions"));
        return fromColumns(directions * (kNoiseDeviation * normalMatrix(source.rank, source.samples,
                                                                        stream.split("samples"))));
    }

    SampleMatrix operator()(const SpectrumMatrix& source) const {
        const std::int64_t rank = std::min(source.coordinates, source.samples);
        Eigen::VectorXd values(rank);
        for (std::int64_t i = 0; i < rank; ++i) {
            const auto place = static_cast<double>(i + 1);
            values[i] = source.decay == SpectrumDecay::Power ? std::pow(place, -source.rate)
                                                             : std::pow(source.rate, place);
        }
        const Matrix left = orthonormal(source.coordinates, rank, stream.split("left"));
        const Matrix right = orthonormal(source.samples, rank, stream.split("right"));
        return fromColumns(left * values.asDiagonal() * right.transpose());
    }

    SampleMatrix operator()(const ImageMatrix& source) const {
        std::vector<std::uint8_t> pixels;
        if (source.path.empty()) {
            pixels.resize(static_cast<std::size_t>(source.samples * kDigitPixels));
            DigitsConfig digits;
            digits.seed = seed;
            for (std::int64_t i = 0; i < source.samples; ++i)
                drawDigit(digits, "training", i, pixels.data() + i * kDigitPixels);
        } else {
            pixels = readIdx(source.path.string(), kIdxImages).bytes;
        }
        constexpr std::int64_t kBorder = (kPaddedSide - kDigitSide) / 2;
        SampleMatrix result{kPaddedSide * kPaddedSide, source.samples, {}};
        RandomStream noise = stream.split("noise");
        result.values.reserve(static_cast<std::size_t>(result.coordinates * result.samples));
        for (std::int64_t s = 0; s < source.samples; ++s)
            for (std::int64_t column = 0; column < kPaddedSide; ++column)
                for (std::int64_t row = 0; row < kPaddedSide; ++row) {
                    const std::int64_t y = row - kBorder;
                    const std::int64_t x = column - kBorder;
                    const bool inside = y >= 0 && y < kDigitSide && x >= 0 && x < kDigitSide;
                    result.values.push_back(inside ? pixels[static_cast<std::size_t>(
                                                         s * kDigitPixels + y * kDigitSide + x)] /
                                                         255.0
                                                   : kNoiseDeviation * noise.normal());
                }
        return result;
    }

    SampleMatrix operator()(const FileMatrix& source) const {
        const VectorTable table = readVectorTable(source.path.string(), {});
        SampleMatrix result{table.columns, table.rows, {table.values.begin(), table.values.end()}};
        if (source.samplesAre == SamplesAre::Columns) {
            const RowMajor rows =
                Eigen::Map<const RowMajor>(result.values.data(), table.rows, table.columns);
            const RowMajor turned = rows.transpose();
            result = {table.rows, table.columns, {turned.data(), turned.data() + turned.size()}};
        }
        return result;
    }
};

void prepare(SampleMatrix& x, const MatrixPreparation& preparation, const RandomStream& stream) {
    const auto n = static_cast<std::size_t>(x.coordinates);
    const auto d = static_cast<std::size_t>(x.samples);
    if (preparation.center) {
        std::vector<double> mean(n, 0.0);
        for (std::size_t i = 0; i < x.values.size(); ++i)
            mean[i % n] += x.values[i] / static_cast<double>(d);
        for (std::size_t i = 0; i < x.values.size(); ++i)
            x.values[i] -= mean[i % n];
    }
    if (!preparation.shuffle)
        return;
    std::vector<std::int64_t> order(n);
    std::iota(order.begin(), order.end(), std::int64_t{0});
    stream.split("coordinates").shuffle(order);
    std::vector<double> sample(n);
    for (std::size_t s = 0; s < d; ++s) {
        const auto begin = x.values.begin() + static_cast<std::ptrdiff_t>(s * n);
        std::copy(begin, begin + static_cast<std::ptrdiff_t>(n), sample.begin());
        for (std::size_t i = 0; i < n; ++i)
            x.values[s * n + i] = sample[static_cast<std::size_t>(order[i])];
    }
}

struct Sizes {
    std::int64_t coordinates = 0;
    std::int64_t samples = 0;
};

/// Sizes without making the matrix; issues relative to the source.
struct Check {
    std::vector<Issue>& issues;

    Sizes operator()(const GaussianMatrix& source) const {
        const std::int64_t most = std::min(source.coordinates, source.samples);
        if (source.rank > most)
            issues.push_back({"rank", fmt::format("rank is {}, allowed is 1 to {} (the smaller of "
                                                  "coordinates and samples)",
                                                  source.rank, most)});
        return {source.coordinates, source.samples};
    }
    Sizes operator()(const SpectrumMatrix& source) const {
        if (source.decay == SpectrumDecay::Geometric && source.rate >= 1)
            issues.push_back({"rate", fmt::format("rate is {}, allowed is above 0 and below 1 with "
                                                  "decay = geometric",
                                                  source.rate)});
        return {source.coordinates, source.samples};
    }
    Sizes operator()(const ImageMatrix& source) const {
        if (!source.path.empty()) {
            const IdxHeader header = readIdxHeader(source.path.string(), kIdxImages);
            if (header.shape[1] != kDigitSide || header.shape[2] != kDigitSide)
                issues.push_back(
                    {"path", fmt::format("{} holds images of {} x {}; allowed is 28 "
                                         "x 28",
                                         source.path.string(), header.shape[1], header.shape[2])});
            if (source.samples > header.records())
                issues.push_back(
                    {"samples", fmt::format("samples is {}, but {} holds {} images", source.samples,
                                            source.path.string(), header.records())});
        }
        return {kPaddedSide * kPaddedSide, source.samples};
    }
    Sizes operator()(const FileMatrix& source) const {
        const VectorTable table = readVectorTable(source.path.string(), {});
        if (std::all_of(table.values.begin(), table.values.end(),
                        [](float value) { return value == 0; }))
            issues.push_back({"path", fmt::format("all numbers in {} are zero: there is nothing to "
                                                  "approximate",
                                                  source.path.string())});
        return source.samplesAre == SamplesAre::Rows ? Sizes{table.columns, table.rows}
                                                     : Sizes{table.rows, table.columns};
    }
};

} // namespace

double SampleMatrix::energy() const {
    return std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
}

SampleMatrix loadMatrix(const MatrixSource& source, const MatrixPreparation& preparation) {
    const RandomStream stream(preparation.seed, "matrix");
    SampleMatrix matrix = std::visit(Load{stream, preparation.seed}, source);
    prepare(matrix, preparation, stream);
    return matrix;
}

std::vector<Issue> checkMatrix(const MatrixSource& source, const std::string& key,
                               std::int64_t& coordinates, std::int64_t& samples) {
    std::vector<Issue> issues;
    Sizes sizes;
    try {
        sizes = std::visit(Check{issues}, source);
    } catch (const Error& error) {
        issues.push_back({"path", error.what()});
    }
    if (issues.empty() &&
        (sizes.coordinates < 2 || sizes.samples < 2 || sizes.coordinates > kMostMatrixSide ||
         sizes.samples > kMostMatrixSide || sizes.coordinates * sizes.samples > kMostMatrixNumbers))
        issues.push_back({"kind", fmt::format("the matrix has {} coordinates and {} samples; "
                                              "allowed are 2 to {} of each and {} numbers",
                                              sizes.coordinates, sizes.samples, kMostMatrixSide,
                                              kMostMatrixNumbers)});
    coordinates = sizes.coordinates;
    samples = sizes.samples;
    return prefixed(issues, key);
}

} // namespace inlay::engine

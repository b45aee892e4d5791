#include "engine/experiments/sketch/matrix_set.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include <Eigen/QR>
#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/random.h"
#include "engine/datasets/digits/digits.h"
#include "engine/interop/byte_stream.h"
#include "engine/interop/idx.h"
#include "engine/interop/npy.h"
#include "engine/interop/vector_table.h"
#include "kernels/symmetric_eigen.h"

namespace inlay::engine::sketch {
namespace {

using Matrix = Eigen::MatrixXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Matrices in a row, as a file has them.
struct Stack {
    std::int64_t count = 0;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<double> values;

    Matrix at(std::int64_t i) const {
        return Eigen::Map<const RowMajor>(values.data() + i * rows * columns, rows, columns);
    }
};

bool startsLikeIdx(std::span<const std::uint8_t> head) {
    return head.size() >= 4 && head[0] == 0 && head[1] == 0 && head[3] == 3;
}

void requireFinite(const Stack& stack, const std::string& path) {
    const auto bad = std::find_if(stack.values.begin(), stack.values.end(),
                                  [](double value) { return !std::isfinite(value); });
    if (bad != stack.values.end())
        throw Error(fmt::format("{} has a number that is not finite in matrix {}.", path,
                                (bad - stack.values.begin()) / (stack.rows * stack.columns) + 1));
}

Stack readStack(const FileSet& source) {
    const std::string path = source.path.string();
    Stack stack;
    if (source.rowsEach > 0) {
        const VectorTable table = readVectorTable(path, {});
        if (table.rows % source.rowsEach != 0)
            throw Error(fmt::format("{} has {} rows, which matrices of {} rows do not divide.",
                                    path, table.rows, source.rowsEach));
        return {table.rows / source.rowsEach,
                source.rowsEach,
                table.columns,
                {table.values.begin(), table.values.end()}};
    }
    ByteStream stream(path);
    const std::span<const std::uint8_t> head = stream.peek(16);
    if (startsLikeNpy(head)) {
        const NpyArray array = readNpy(path);
        if (array.header.shape.size() != 3)
            throw Error(fmt::format("{} has {} dimensions; allowed are 3 (matrices x n x d), or a "
                                    "table with rows_each.",
                                    path, array.header.shape.size()));
        stack = {array.header.shape[0], array.header.shape[1], array.header.shape[2], array.values};
    } else if (startsLikeIdx(head)) {
        const IdxArray array = readIdx(path);
        const std::vector<float> values = array.floats();
        stack = {array.header.shape[0],
                 array.header.shape[1],
                 array.header.shape[2],
                 {values.begin(), values.end()}};
    } else {
        throw Error(
            fmt::format("{} is neither NPY nor IDX of three dimensions; a table is cut into "
                        "matrices with rows_each.",
                        path));
    }
    requireFinite(stack, path);
    return stack;
}

struct Load {
    std::int64_t count;
    RandomStream stream;
    std::uint64_t seed;

    std::vector<Matrix> operator()(const SharedSubspace& source) const {
        const auto normals = [](std::int64_t rows, std::int64_t cols, RandomStream own) {
            Matrix matrix(rows, cols);
            for (double& value : matrix.reshaped())
                value = own.normal();
            return matrix;
        };
        const Eigen::HouseholderQR<Matrix> qr(
            normals(source.coordinates, source.rank, stream.split("directions")));
        Matrix directions = qr.householderQ() * Matrix::Identity(source.coordinates, source.rank);
        for (std::int64_t i = 0; i < source.rank; ++i)
            directions.col(i) /= std::sqrt(static_cast<double>(i + 1));
        std::vector<Matrix> all;
        for (std::int64_t m = 0; m < count; ++m) {
            const RandomStream own = stream.split(static_cast<std::uint64_t>(m));
            all.push_back(directions * normals(source.rank, source.columns, own.split("codes")) +
                          source.noise *
                              normals(source.coordinates, source.columns, own.split("noise")));
        }
        return all;
    }

    std::vector<Matrix> operator()(const ImageSet& source) const {
        if (!source.path.empty())
            return (*this)(FileSet{source.path, 0});
        std::vector<Matrix> all;
        DigitsConfig digits;
        digits.seed = seed;
        std::vector<std::uint8_t> pixels(static_cast<std::size_t>(kDigitPixels));
        for (std::int64_t m = 0; m < count; ++m) {
            drawDigit(digits, "training", m, pixels.data());
            RowMajor image(kDigitSide, kDigitSide);
            std::copy(pixels.begin(), pixels.end(), image.data());
            all.push_back(image);
        }
        return all;
    }

    std::vector<Matrix> operator()(const FileSet& source) const {
        const Stack stack = readStack(source);
        std::vector<Matrix> all;
        // Any of the file's, and not in its order: the first are those that are learned from.
        std::vector<std::int64_t> chosen =
            RandomStream(stream.split("choice")).sample(stack.count, count);
        RandomStream(stream.split("order")).shuffle(chosen);
        for (const std::int64_t m : chosen)
            all.push_back(stack.at(m));
        return all;
    }
};

double topSingularValue(const Matrix& x) {
    RowMajor gram = x.rows() < x.cols() ? RowMajor(x * x.transpose()) : RowMajor(x.transpose() * x);
    const auto n = static_cast<std::int64_t>(gram.rows());
    std::vector<double> values(static_cast<std::size_t>(n));
    RowMajor vectors(n, n);
    kernels::symmetricEigen(n, gram.data(), values.data(), vectors.data());
    return std::sqrt(std::max(0.0, values.back()));
}

struct Sizes {
    std::int64_t available = 0; // 0: any number
    std::int64_t coordinates = 0;
    std::int64_t columns = 0;
};

struct Measure {
    Sizes operator()(const SharedSubspace& source) const {
        return {0, source.coordinates, source.columns};
    }
    Sizes operator()(const ImageSet& source) const {
        if (source.path.empty())
            return {0, kDigitSide, kDigitSide};
        const IdxHeader header = readIdxHeader(source.path.string(), kIdxImages);
        return {header.shape[0], header.shape[1], header.shape[2]};
    }
    Sizes operator()(const FileSet& source) const {
        const Stack stack = readStack(source);
        return {stack.count, stack.rows, stack.columns};
    }
};

} // namespace

MatrixSet loadMatrixSet(const MatrixSetConfig& config) {
    const RandomStream stream(config.seed, "sketch.matrices");
    std::vector<Matrix> all =
        std::visit(Load{config.training + config.testing, stream, config.seed}, config.source);
    std::vector<std::int64_t> order(static_cast<std::size_t>(all.front().rows()));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    if (config.shuffle)
        RandomStream(stream.split("coordinates")).shuffle(order);
    for (std::size_t m = 0; m < all.size(); ++m) {
        const double top = topSingularValue(all[m]);
        if (!(top > 0))
            throw Error(fmt::format("matrix {} of the set is zero; it cannot be scaled.", m + 1));
        const Matrix scaled = all[m] * (config.topSingularValue / top);
        for (std::int64_t i = 0; i < scaled.rows(); ++i)
            all[m].row(i) = scaled.row(order[static_cast<std::size_t>(i)]);
    }
    MatrixSet set;
    const auto split = all.begin() + config.training;
    set.training.assign(all.begin(), split);
    set.testing.assign(split, all.end());
    return set;
}

std::vector<Issue> checkMatrixSet(const MatrixSetConfig& config, std::int64_t& coordinates,
                                  std::int64_t& columns) {
    Sizes sizes;
    try {
        sizes = std::visit(Measure{}, config.source);
    } catch (const Error& error) {
        return {{"path", error.what()}};
    }
    coordinates = sizes.coordinates;
    columns = sizes.columns;
    const std::int64_t count = config.training + config.testing;
    std::vector<Issue> issues;
    if (const auto* shared = std::get_if<SharedSubspace>(&config.source);
        shared && shared->rank > std::min(shared->coordinates, shared->columns))
        issues.push_back(
            {"rank", fmt::format("rank is {}, allowed is 1 to {} (the smaller of coordinates "
                                 "and columns)",
                                 shared->rank, std::min(shared->coordinates, shared->columns))});
    if (sizes.available > 0 && count > sizes.available)
        issues.push_back({"training", fmt::format("training and testing want {} matrices, but the "
                                                  "file holds {}",
                                                  count, sizes.available)});
    if (sizes.coordinates < 2 || sizes.columns < 2 || sizes.coordinates > kMostSide ||
        sizes.columns > kMostSide || count * sizes.coordinates * sizes.columns > kMostNumbers)
        issues.push_back(
            {"kind",
             fmt::format("{} matrices of {} x {}; allowed are 2 to {} rows and "
                         "columns and {} numbers in all",
                         count, sizes.coordinates, sizes.columns, kMostSide, kMostNumbers)});
    return issues;
}

} // namespace inlay::engine::sketch

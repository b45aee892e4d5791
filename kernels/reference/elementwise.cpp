#include "kernels/reference/array.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {

using namespace reference;

void ReferenceBackend::convert(ConstView x, View y) {
    write(read(x), y);
}

void ReferenceBackend::axpby(double alpha, ConstView x, double beta, View y) {
    assert(sameShape(x, y));
    Array result = read(x);
    for (double& value : result.values)
        value *= alpha;
    if (beta != 0.0) {
        const Array old = read(y);
        for (std::size_t i = 0; i < result.values.size(); ++i)
            result.values[i] += beta * old.values[i];
    }
    write(result, y);
}

void ReferenceBackend::multiply(ConstView a, ConstView b, View y, Accumulate accumulate) {
    assert(sameShape(a, b));
    Array result = read(a);
    const Array factor = read(b);
    for (std::size_t i = 0; i < result.values.size(); ++i)
        result.values[i] *= factor.values[i];
    write(result, y, accumulate);
}

void ReferenceBackend::fill(View y, double value) {
    Array result(y.rows, y.cols);
    result.values.assign(result.values.size(), value);
    write(result, y);
}

namespace {

std::int64_t entry(const Array& index, std::int64_t i, [[maybe_unused]] std::int64_t bound) {
    const auto value = static_cast<std::int64_t>(index(i, 0));
    assert(value >= 0 && value < bound);
    return value;
}

} // namespace

void ReferenceBackend::gatherRows(ConstView x, ConstView index, View y) {
    assert(index.dtype == DType::I32 && index.rows == y.rows && x.cols == y.cols);
    const Array source = read(x);
    const Array rows = read(index);
    Array result(y.rows, y.cols);
    for (std::int64_t i = 0; i < y.rows; ++i)
        for (std::int64_t j = 0; j < y.cols; ++j)
            result(i, j) = source(entry(rows, i, x.rows), j);
    write(result, y);
}

void ReferenceBackend::scatterAddRows(ConstView x, ConstView index, View y) {
    assert(index.dtype == DType::I32 && index.rows == x.rows && x.cols == y.cols);
    const Array source = read(x);
    const Array rows = read(index);
    Array result = read(y);
    for (std::int64_t i = 0; i < x.rows; ++i)
        for (std::int64_t j = 0; j < x.cols; ++j)
            result(entry(rows, i, y.rows), j) += source(i, j);
    write(result, y);
}

void ReferenceBackend::gatherColumns(ConstView x, ConstView index, View y) {
    assert(index.dtype == DType::I32 && index.rows == y.cols && x.rows == y.rows);
    const Array source = read(x);
    const Array columns = read(index);
    Array result(y.rows, y.cols);
    for (std::int64_t i = 0; i < y.rows; ++i)
        for (std::int64_t j = 0; j < y.cols; ++j)
            result(i, j) = source(i, entry(columns, j, x.cols));
    write(result, y);
}

void ReferenceBackend::scatterAddColumns(ConstView x, ConstView index, View y) {
    assert(index.dtype == DType::I32 && index.rows == x.cols && x.rows == y.rows);
    const Array source = read(x);
    const Array columns = read(index);
    Array result = read(y);
    for (std::int64_t i = 0; i < x.rows; ++i)
        for (std::int64_t j = 0; j < x.cols; ++j)
            result(i, entry(columns, j, y.cols)) += source(i, j);
    write(result, y);
}

void ReferenceBackend::imagePatches(ConstView images, std::int64_t height, std::int64_t width,
                                    std::int64_t patch, View patches) {
    assert(patch > 0 && height % patch == 0 && width % patch == 0);
    const std::int64_t pixels = height * width;
    const std::int64_t channels = pixels > 0 ? images.cols / pixels : 0;
    const std::int64_t down = height / patch;
    const std::int64_t across = width / patch;
    assert(patches.rows == images.rows * down * across);
    assert(patches.cols == patch * patch * channels);
    const Array source = read(images);
    Array result(patches.rows, patches.cols);
    for (std::int64_t image = 0; image < images.rows; ++image)
        for (std::int64_t y = 0; y < height; ++y)
            for (std::int64_t x = 0; x < width; ++x)
                for (std::int64_t channel = 0; channel < channels; ++channel) {
                    const std::int64_t row = (image * down + y / patch) * across + x / patch;
                    const std::int64_t col = ((y % patch) * patch + x % patch) * channels + channel;
                    result(row, col) = source(image, (y * width + x) * channels + channel);
                }
    write(result, patches);
}

} // namespace inlay::kernels

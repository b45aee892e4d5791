#include <algorithm>
#include <cmath>

#include "kernels/reference/array.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {
namespace {

using namespace reference;

/// ln sum_j exp(x(i, j)), shifted by the largest entry.
double logSumExp(const Array& x, std::int64_t i) {
    double largest = x(i, 0);
    for (std::int64_t j = 1; j < x.cols; ++j)
        largest = std::max(largest, x(i, j));
    double total = 0.0;
    for (std::int64_t j = 0; j < x.cols; ++j)
        total += std::exp(x(i, j) - largest);
    return largest + std::log(total);
}

bool firstLargestIs(const Array& x, std::int64_t i, std::int64_t label) {
    for (std::int64_t j = 0; j < x.cols; ++j)
        if (std::isnan(x(i, j)) || x(i, j) > x(i, label) || (j < label && x(i, j) == x(i, label)))
            return false;
    return true;
}

} // namespace

void ReferenceBackend::softmaxCrossEntropy(ConstView logits, ConstView labels, double gradientScale,
                                           View loss, View correct, View gradient) {
    assert(labels.dtype == DType::I32 && labels.rows == logits.rows);
    const Array x = read(logits);
    const Array target = read(labels);
    Array lossSum(1, 1);
    Array right(1, 1);
    Array result(x.rows, x.cols);
    for (std::int64_t i = 0; i < x.rows; ++i) {
        const auto label = static_cast<std::int64_t>(target(i, 0));
        assert(label >= 0 && label < x.cols);
        const double normalizer = logSumExp(x, i);
        lossSum(0, 0) += normalizer - x(i, label);
        if (firstLargestIs(x, i, label))
            ++right(0, 0);
        for (std::int64_t j = 0; j < x.cols; ++j)
            result(i, j) =
                (std::exp(x(i, j) - normalizer) - (j == label ? 1.0 : 0.0)) * gradientScale;
    }
    write(lossSum, loss, Accumulate::Yes);
    write(right, correct, Accumulate::Yes);
    if (gradient.given())
        write(result, gradient);
}

void ReferenceBackend::softmax(ConstView x, View y) {
    assert(sameShape(x, y));
    Array result = read(x);
    for (std::int64_t i = 0; i < x.rows && x.cols > 0; ++i) {
        const double normalizer = logSumExp(result, i);
        for (std::int64_t j = 0; j < x.cols; ++j)
            result(i, j) = std::exp(result(i, j) - normalizer);
    }
    write(result, y);
}

} // namespace inlay::kernels

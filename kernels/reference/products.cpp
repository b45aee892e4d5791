#include "kernels/reference/epilogue.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {
namespace {

using namespace reference;

Array readAs(ConstView view, Transpose transpose) {
    const Array plain = read(view);
    if (transpose == Transpose::No)
        return plain;
    Array flipped(plain.cols, plain.rows);
    for (std::int64_t i = 0; i < plain.rows; ++i)
        for (std::int64_t j = 0; j < plain.cols; ++j)
            flipped(j, i) = plain(i, j);
    return flipped;
}

/// alpha op(a) op(b) + beta c.
Array product(const Gemm& spec, ConstView a, ConstView b, ConstView c) {
    const Array left = readAs(a, spec.a);
    const Array right = readAs(b, spec.b);
    assert(left.cols == right.rows && left.rows == c.rows && right.cols == c.cols);
    Array result(c.rows, c.cols);
    for (std::int64_t i = 0; i < left.rows; ++i)
        for (std::int64_t p = 0; p < left.cols; ++p)
            for (std::int64_t j = 0; j < right.cols; ++j)
                result(i, j) += left(i, p) * right(p, j);
    for (double& value : result.values)
        value *= spec.alpha;
    if (spec.beta != 0.0) {
        const Array old = read(c);
        for (std::size_t i = 0; i < result.values.size(); ++i)
            result.values[i] += spec.beta * old.values[i];
    }
    return result;
}

} // namespace

void ReferenceBackend::gemm(const Gemm& spec, ConstView a, ConstView b, View c,
                            const Epilogue& epilogue) {
    Array result = product(spec, a, b, c);
    applyTo(result, epilogue);
    write(result, c);
}

void ReferenceBackend::batchedGemm(const Gemm& spec, ConstBatchView a, ConstBatchView b,
                                   BatchView c) {
    assert(a.batch == c.batch && b.batch == c.batch);
    for (std::int64_t l = 0; l < c.batch; ++l) {
        const View target = matrixOf(c, l);
        write(product(spec, matrixOf(a, l), matrixOf(b, l), target), target);
    }
}

} // namespace inlay::kernels

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/reference/array.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {
namespace {

using namespace reference;

Array scalar(double value) {
    Array result(1, 1);
    result.values[0] = value;
    return result;
}

double squares(ConstView x) {
    double total = 0.0;
    for (const double value : read(x).values)
        total += value * value;
    return total;
}

} // namespace

void ReferenceBackend::sumRows(ConstView x, View out, Accumulate accumulate) {
    assert(out.rows == 1 && out.cols == x.cols);
    sumPeriodic(x, out, accumulate);
}

void ReferenceBackend::sum(ConstView x, View out, Accumulate accumulate) {
    double total = 0.0;
    for (const double value : read(x).values)
        total += value;
    write(scalar(total), out, accumulate);
}

void ReferenceBackend::sumSquares(ConstView x, View out, Accumulate accumulate) {
    write(scalar(squares(x)), out, accumulate);
}

void ReferenceBackend::maxAbs(ConstView x, View out) {
    double largest = 0.0;
    for (const double value : read(x).values)
        if (std::isnan(value) || std::abs(value) > largest)
            largest = std::abs(value);
    write(scalar(largest), out);
}

void ReferenceBackend::sumSquaresOf(std::span<const ConstView> tensors, View out) {
    assert(out.rows == 1 && out.cols == static_cast<std::int64_t>(tensors.size()));
    Array result(1, out.cols);
    for (std::size_t i = 0; i < tensors.size(); ++i)
        result.values[i] = squares(tensors[i]);
    write(result, out);
}

void ReferenceBackend::clipFactor(ConstView squaresOfTensors, double maxNorm, View out) {
    double total = 0.0;
    for (const double value : read(squaresOfTensors).values)
        total += value;
    const double factor = std::isfinite(total) ? std::min(1.0, maxNorm / std::sqrt(total))
                                               : std::numeric_limits<double>::quiet_NaN();
    write(scalar(factor), out);
}

void ReferenceBackend::countDifferent(ConstView a, ConstView b, View out) {
    assert(sameShape(a, b) && a.dtype == DType::U8 && b.dtype == DType::U8);
    const Array left = read(a);
    const Array right = read(b);
    double count = 0.0;
    for (std::size_t i = 0; i < left.values.size(); ++i)
        if (left.values[i] != right.values[i])
            ++count;
    write(scalar(count), out);
}

void ReferenceBackend::nearestRows(ConstView x, ConstView centers, View index, View squared) {
    assert(x.cols == centers.cols && centers.rows >= 1 && index.dtype == DType::I32);
    assert(index.rows == x.rows && index.cols == 1 && sameShape(index, squared));
    const Array points = read(x);
    const Array candidates = read(centers);
    Array nearest(x.rows, 1);
    Array distance(x.rows, 1);
    for (std::int64_t i = 0; i < x.rows; ++i)
        for (std::int64_t c = 0; c < centers.rows; ++c) {
            double sum = 0.0;
            for (std::int64_t j = 0; j < x.cols; ++j)
                sum += (points(i, j) - candidates(c, j)) * (points(i, j) - candidates(c, j));
            if (c > 0 && sum >= distance(i, 0))
                continue;
            nearest(i, 0) = static_cast<double>(c);
            distance(i, 0) = sum;
        }
    write(nearest, index);
    write(distance, squared);
}

void ReferenceBackend::groupMean(ConstView x, RowGroups rows, View y) {
    assert(x.rows == rows.rows() && y.rows == rows.groups && x.cols == y.cols);
    const Array input = read(x);
    Array result(y.rows, y.cols);
    for (std::int64_t i = 0; i < x.rows; ++i)
        for (std::int64_t j = 0; j < x.cols; ++j)
            result(i / rows.rowsPerGroup, j) +=
                input(i, j) / static_cast<double>(rows.rowsPerGroup);
    write(result, y);
}

void ReferenceBackend::groupMeanBackward(ConstView g, RowGroups rows, View gx) {
    assert(gx.rows == rows.rows() && g.rows == rows.groups && g.cols == gx.cols);
    const Array gradient = read(g);
    Array result(gx.rows, gx.cols);
    for (std::int64_t i = 0; i < gx.rows; ++i)
        for (std::int64_t j = 0; j < gx.cols; ++j)
            result(i, j) =
                gradient(i / rows.rowsPerGroup, j) / static_cast<double>(rows.rowsPerGroup);
    write(result, gx);
}

void ReferenceBackend::addPeriodic(ConstView x, ConstView p, View y) {
    assert(sameShape(x, y) && x.cols == p.cols && (p.rows > 0 || x.rows == 0));
    Array result = read(x);
    const Array added = read(p);
    for (std::int64_t i = 0; i < x.rows; ++i)
        for (std::int64_t j = 0; j < x.cols; ++j)
            result(i, j) += added(i % p.rows, j);
    write(result, y);
}

void ReferenceBackend::sumPeriodic(ConstView g, View gp, Accumulate accumulate) {
    assert(g.cols == gp.cols && (gp.rows > 0 || g.rows == 0));
    const Array gradient = read(g);
    Array result(gp.rows, gp.cols);
    for (std::int64_t i = 0; i < g.rows; ++i)
        for (std::int64_t j = 0; j < g.cols; ++j)
            result(i % gp.rows, j) += gradient(i, j);
    write(result, gp, accumulate);
}

} // namespace inlay::kernels

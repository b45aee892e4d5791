// Butterfly network, systems/butterfly.md 1. Stage s joins i (bit s clear) and j = i | 2^s:
// y_i = a x_i + b x_j, y_j = c x_i + d x_j. The transposed network runs the stages in the opposite
// order with b and c exchanged. Backward: gx_i = a g_i + c g_j, gx_j = b g_i + d g_j,
// da += g_i x_i, db += g_i x_j, dc += g_j x_i, dd += g_j x_j.

#include <utility>

#include "kernels/reference/array.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {
namespace {

using namespace reference;

/// The strides (as exponents) in the order in which they are applied.
std::vector<std::int64_t> stageOrder(const Butterfly& spec) {
    const bool rising =
        (spec.order == ButterflyOrder::Increasing) == (spec.transposed == Transpose::No);
    std::vector<std::int64_t> order;
    for (std::int64_t s = 0; s < spec.stages(); ++s)
        order.push_back(rising ? s : spec.stages() - 1 - s);
    return order;
}

/// Where the four weights of a pair lie, as the network applies them.
struct Pair {
    std::int64_t i;
    std::int64_t j;
    std::int64_t a;
    std::int64_t b;
    std::int64_t c;
    std::int64_t d;
};

Pair pairOf(const Butterfly& spec, std::int64_t s, std::int64_t p) {
    const std::int64_t h = std::int64_t{1} << s;
    const std::int64_t i = ((p >> s) << (s + 1)) | (p & (h - 1));
    const std::int64_t first = (s * (spec.n / 2) + p) * 4;
    Pair pair{i, i | h, first, first + 1, first + 2, first + 3};
    if (spec.transposed == Transpose::Yes)
        std::swap(pair.b, pair.c);
    return pair;
}

Array applyStage(const Butterfly& spec, std::int64_t s, const Array& x, const Array& weights) {
    Array y(x.rows, x.cols);
    for (std::int64_t row = 0; row < x.rows; ++row)
        for (std::int64_t p = 0; p < spec.n / 2; ++p) {
            const Pair pair = pairOf(spec, s, p);
            const double first = x(row, pair.i);
            const double second = x(row, pair.j);
            y(row, pair.i) = weights(0, pair.a) * first + weights(0, pair.b) * second;
            y(row, pair.j) = weights(0, pair.c) * first + weights(0, pair.d) * second;
        }
    return y;
}

void checkShapes([[maybe_unused]] const Butterfly& spec, [[maybe_unused]] ConstView x,
                 [[maybe_unused]] ConstView weights) {
    assert((std::int64_t{1} << spec.stages()) == spec.n && x.cols == spec.n);
    assert(weights.rows == 1 && weights.cols == spec.weights());
}

} // namespace

void ReferenceBackend::butterfly(const Butterfly& spec, ConstView x, ConstView weights, View y,
                                 Workspace) {
    checkShapes(spec, x, weights);
    const Array factors = read(weights);
    Array values = read(x);
    for (const std::int64_t s : stageOrder(spec))
        values = applyStage(spec, s, values, factors);
    write(values, y);
}

void ReferenceBackend::butterflyBackward(const Butterfly& spec, ConstView x, ConstView weights,
                                         ConstView g, View gx, View dweights, Workspace) {
    checkShapes(spec, x, weights);
    const Array factors = read(weights);
    const std::vector<std::int64_t> order = stageOrder(spec);
    std::vector<Array> inputs{read(x)};
    for (const std::int64_t s : order)
        inputs.push_back(applyStage(spec, s, inputs.back(), factors));
    Array gradient = read(g);
    Array weightGradient(1, spec.weights());
    for (std::size_t step = order.size(); step-- > 0;) {
        const Array& input = inputs[step];
        for (std::int64_t row = 0; row < input.rows; ++row)
            for (std::int64_t p = 0; p < spec.n / 2; ++p) {
                const Pair pair = pairOf(spec, order[step], p);
                const double gi = gradient(row, pair.i);
                const double gj = gradient(row, pair.j);
                weightGradient(0, pair.a) += gi * input(row, pair.i);
                weightGradient(0, pair.b) += gi * input(row, pair.j);
                weightGradient(0, pair.c) += gj * input(row, pair.i);
                weightGradient(0, pair.d) += gj * input(row, pair.j);
                gradient(row, pair.i) = factors(0, pair.a) * gi + factors(0, pair.c) * gj;
                gradient(row, pair.j) = factors(0, pair.b) * gi + factors(0, pair.d) * gj;
            }
    }
    if (gx.given())
        write(gradient, gx);
    write(weightGradient, dweights, Accumulate::Yes);
}

std::size_t ReferenceBackend::butterflyScratch(const Butterfly&, std::int64_t, DType) const {
    return 0;
}

std::size_t ReferenceBackend::butterflyBackwardScratch(const Butterfly&, std::int64_t,
                                                       DType) const {
    return 0;
}

} // namespace inlay::kernels

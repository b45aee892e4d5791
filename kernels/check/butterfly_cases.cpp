#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

enum class Target : std::uint8_t { Other, InPlace };

std::string networkShape(const Butterfly& spec, std::int64_t rows) {
    return shapeOf({rows, spec.n}) +
           (spec.order == ButterflyOrder::Increasing ? " increasing" : " decreasing") +
           (spec.transposed == Transpose::Yes ? " transposed" : "");
}

/// Backends without a prepared form read the weights as they lie.
void addPrepared(OpCases& cases, const Butterfly& spec, std::int64_t rows,
                 const OperandStyle& style, Extent extent) {
    cases.push_back({"butterflyPrepared", networkShape(spec, rows),
                     [=](Operands& o) {
                         const View weights = o.vector(spec.weights());
                         const View y = o.result(rows, spec.n);
                         const View x = o.normal(rows, spec.n);
                         Backend& backend = o.backend();
                         if (const auto prepared = backend.prepareButterfly(spec, weights)) {
                             backend.refreshButterfly(weights, *prepared);
                             backend.butterflyPrepared(x, *prepared, y);
                         } else {
                             backend.butterfly(
                                 spec, x, weights, y,
                                 o.workspace(backend.butterflyScratch(spec, rows, o.dtype())));
                         }
                     },
                     style, kDefaultLimit, kHalfLimit, extent});
}

void add(OpCases& cases, const Butterfly& spec, std::int64_t rows, const OperandStyle& style,
         Extent extent = Extent::Usual) {
    const std::string shape = networkShape(spec, rows);
    for (const Target target : {Target::Other, Target::InPlace})
        cases.push_back({"butterfly", shape + (target == Target::InPlace ? " in-place" : ""),
                         [=](Operands& o) {
                             const View weights = o.vector(spec.weights());
                             const View y = o.result(rows, spec.n);
                             const View x = target == Target::InPlace ? y : o.normal(rows, spec.n);
                             const Workspace scratch =
                                 o.workspace(o.backend().butterflyScratch(spec, rows, o.dtype()));
                             o.backend().butterfly(spec, x, weights, y, scratch);
                         },
                         style, kDefaultLimit, kHalfLimit, extent});
    addPrepared(cases, spec, rows, style, extent);
    // A device takes a wide network in several passes, and what passes between them in bf16: the
    // weights' gradients, f32 themselves, are made of such numbers.
    constexpr std::int64_t kOnePass = 1024;
    const double gradientLimit =
        style.dtype == DType::BF16 && spec.n > kOnePass ? kHalfLimit : kDefaultLimit;
    for (const bool wanted : {true, false})
        cases.push_back(
            {"butterflyBackward", shape + (wanted ? "" : " weights only"),
             [=](Operands& o) {
                 const View weights = o.vector(spec.weights());
                 const View x = o.normal(rows, spec.n);
                 const View g = o.normal(rows, spec.n);
                 const View gx = wanted ? o.result(rows, spec.n) : View{};
                 const View dweights = o.vectorResult(spec.weights());
                 const Workspace scratch =
                     o.workspace(o.backend().butterflyBackwardScratch(spec, rows, o.dtype()));
                 o.backend().butterflyBackward(spec, x, weights, g, gx, dweights, scratch);
             },
             style, gradientLimit, kHalfLimit, extent});
}

} // namespace

void addButterflyCases(OpCases& cases) {
    for (const ButterflyOrder order : {ButterflyOrder::Increasing, ButterflyOrder::Decreasing})
        for (const Transpose transposed : {Transpose::No, Transpose::Yes}) {
            for (const OperandStyle& style : kFloatStyles)
                for (const std::int64_t n : {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024})
                    for (const std::int64_t rows : {0, 1, 7, 67}) {
                        if (n > 256 && rows == 67 && style.spacing == Spacing::Strided)
                            continue;
                        add(cases, {n, order, transposed}, rows, style);
                    }
            for (const OperandStyle& style : {kHalfStyles[0], kHalfStyles[1]})
                for (const std::int64_t n : {1, 2, 8, 128, 1024})
                    for (const std::int64_t rows : {1, 7, 67}) {
                        if (n == 1024 && rows == 67)
                            continue;
                        add(cases, {n, order, transposed}, rows, style);
                    }
            add(cases, {16, order, transposed}, 7, kHalfStyles[2]);
            add(cases, {1024, order, transposed}, 3, kHalfStyles[2]);
            // Products of 16 rows, batches of several, tiles of every size, one pass and two.
            for (const std::int64_t n : {256, 512, 2048})
                add(cases, {n, order, transposed}, n == 256 ? 67 : 17, kHalfStyles[0]);
            for (const std::int64_t n : {1024, 4096, 8192, 16384})
                add(cases, {n, order, transposed}, n == 1024 ? 67 : 17, kHalfStyles[0],
                    Extent::Large);
            add(cases, {32768, order, transposed}, 17, kHalfStyles[0], Extent::Large);
            // High passes of the processor that keep more vectors than it has registers: with AVX2
            // and with AVX-512.
            add(cases, {2048, order, transposed}, 5, kFloatStyles[1]);
            add(cases, {16384, order, transposed}, 1, kFloatStyles[1]);
            // More than one block of the machine holds at once.
            add(cases, {4096, order, transposed}, 5, kFloatStyles[1], Extent::Large);
            add(cases, {16384, order, transposed}, 2, kFloatStyles[1], Extent::Large);
            add(cases, {4096, order, transposed}, 3, kHalfStyles[0], Extent::Large);
        }
    add(cases, {16384, ButterflyOrder::Increasing, Transpose::No}, 2, kHalfStyles[1],
        Extent::Large);
    // Batches of as many rows as shared memory takes, on every multiprocessor of a large device.
    for (const std::int64_t n : {256, 512, 1024, 2048})
        addPrepared(cases, {n, ButterflyOrder::Decreasing, Transpose::No}, 132 * 65536 / n + 3,
                    kHalfStyles[0], Extent::Large);
    add(cases, {2048, ButterflyOrder::Increasing, Transpose::No}, 3, kFloatStyles[0],
        Extent::Large);
    add(cases, {8192, ButterflyOrder::Increasing, Transpose::No}, 3, kFloatStyles[0],
        Extent::Large);
    add(cases, {32768, ButterflyOrder::Increasing, Transpose::No}, 1, kFloatStyles[0],
        Extent::Large);
}

} // namespace inlay::kernels

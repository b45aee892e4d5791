#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

enum class Target : std::uint8_t { Other, InPlace };

void add(OpCases& cases, const Butterfly& spec, std::int64_t rows, const std::string& shape,
         Spacing spacing) {
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
                         DType::F32, spacing});
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
             DType::F32, spacing});
}

} // namespace

void addButterflyCases(OpCases& cases) {
    for (const Spacing spacing : kSpacings)
        for (const ButterflyOrder order : {ButterflyOrder::Increasing, ButterflyOrder::Decreasing})
            for (const Transpose transposed : {Transpose::No, Transpose::Yes})
                for (const std::int64_t n : {1, 2, 4, 8, 16, 128, 1024})
                    for (const std::int64_t rows : {0, 1, 7, 67}) {
                        if (n == 1024 && rows == 67 && spacing == Spacing::Strided)
                            continue;
                        add(cases, {n, order, transposed}, rows,
                            shapeOf({rows, n}) +
                                (order == ButterflyOrder::Increasing ? " increasing"
                                                                     : " decreasing") +
                                (transposed == Transpose::Yes ? " transposed" : ""),
                            spacing);
                    }
}

} // namespace inlay::kernels

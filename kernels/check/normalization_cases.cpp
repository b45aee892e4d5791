#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

constexpr double kEpsilon = 1e-5;

void addForward(OpCases& cases, MatrixSize size, const OperandStyle& style, double mean,
                Extent extent = Extent::Usual) {
    const std::int64_t m = size.rows;
    const std::int64_t n = size.cols;
    cases.push_back({"layerNorm", shapeOf({m, n}) + (mean != 0.0 ? " large mean" : ""),
                     [=](Operands& o) {
                         const View x = o.normal(m, n, mean);
                         const View gamma = o.parameter(1, n, 1.0, 0.5);
                         const View beta = o.parameter(1, n);
                         const View y = o.result(m, n);
                         o.backend().layerNorm(x, gamma, beta, kEpsilon, y, o.summary(m, 2));
                     },
                     style, kDefaultLimit, kHalfLimit, extent});
}

void addBackward(OpCases& cases, MatrixSize size, const OperandStyle& style, Accumulate accumulate,
                 Extent extent = Extent::Usual) {
    const std::int64_t m = size.rows;
    const std::int64_t n = size.cols;
    cases.push_back({"layerNormBackward",
                     shapeOf({m, n}) + (accumulate == Accumulate::Yes ? " add" : ""),
                     [=](Operands& o) {
                         const View x = o.normal(m, n);
                         const View gamma = o.parameter(1, n, 1.0, 0.5);
                         const View beta = o.parameter(1, n);
                         const View y = o.result(m, n);
                         const View stats = o.summary(m, 2);
                         o.backend().layerNorm(x, gamma, beta, kEpsilon, y, stats);
                         const View g = o.normal(m, n);
                         const View gx = o.result(m, n);
                         const View dgamma = o.gradient(1, n);
                         const View dbeta = o.gradient(1, n);
                         const Workspace scratch =
                             o.workspace(o.backend().layerNormBackwardScratch(m, n, o.dtype()));
                         o.backend().layerNormBackward(x, gamma, stats, g, gx, accumulate, dgamma,
                                                       dbeta, scratch);
                     },
                     style, kDefaultLimit, kHalfLimit, extent});
}

} // namespace

void addNormalizationCases(OpCases& cases) {
    for (const OperandStyle& style : kAllStyles)
        for (const MatrixSize size :
             {MatrixSize{0, 7}, MatrixSize{5, 2}, MatrixSize{5, 3}, MatrixSize{1, 7},
              MatrixSize{7, 13}, MatrixSize{33, 17}, MatrixSize{16, 96}, MatrixSize{65, 64},
              MatrixSize{257, 97}, MatrixSize{3, 1031}}) {
            addForward(cases, size, style, 0.0);
            // In bf16 a mean of 100 leaves nothing but the rounding of x.
            if (style.dtype == DType::F32)
                addForward(cases, size, style, 100.0);
            // Of two columns the normalized values are -1 and 1 whatever the input, and gx is what
            // rounding leaves.
            if (size.cols == 2)
                continue;
            addBackward(cases, size, style, Accumulate::No);
            addBackward(cases, size, style, Accumulate::Yes);
        }
    for (const OperandStyle& style : {kFloatStyles[0], kHalfStyles[0]})
        for (const MatrixSize size : {MatrixSize{197, 768}, MatrixSize{700, 96}}) {
            addForward(cases, size, style, 0.0, Extent::Large);
            addBackward(cases, size, style, Accumulate::Yes, Extent::Large);
        }
}

} // namespace inlay::kernels

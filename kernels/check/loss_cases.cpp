#include <limits>

#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

enum class WithGradient : std::uint8_t { No, Yes };

void addLoss(OpCases& cases, MatrixSize size, const OperandStyle& style, double deviation,
             WithGradient gradient) {
    const std::int64_t m = size.rows;
    const std::int64_t n = size.cols;
    cases.push_back({"softmaxCrossEntropy",
                     shapeOf({m, n}) + (deviation > 10.0 ? " large" : "") +
                         (gradient == WithGradient::Yes ? " gradient" : ""),
                     [=](Operands& o) {
                         const View logits = o.normal(m, n, 0.0, deviation);
                         const View labels = o.indices(m, n);
                         const View loss = o.summary(1, 1);
                         const View correct = o.result(1, 1, DType::I32);
                         const View dx = gradient == WithGradient::Yes ? o.result(m, n) : View{};
                         o.backend().softmaxCrossEntropy(logits, labels, 0.125, loss, correct, dx);
                     },
                     style});
}

/// Logits from a function; labels are i mod cols.
void addSpecial(OpCases& cases, const char* name, const OperandStyle& style,
                const std::function<double(std::int64_t, std::int64_t)>& logit) {
    cases.push_back({"softmaxCrossEntropy", std::string("6x3 ") + name,
                     [=](Operands& o) {
                         const View logits = o.values(6, 3, logit);
                         const View labels = o.indices(6, 3);
                         const View loss = o.summary(1, 1);
                         const View correct = o.result(1, 1, DType::I32);
                         o.backend().softmaxCrossEntropy(logits, labels, 1.0, loss, correct, {});
                     },
                     style});
}

} // namespace

void addLossCases(OpCases& cases) {
    for (const OperandStyle& style : kActivationStyles) {
        for (const MatrixSize size :
             {MatrixSize{0, 10}, MatrixSize{1, 1}, MatrixSize{1, 10}, MatrixSize{7, 13},
              MatrixSize{128, 10}, MatrixSize{33, 17}, MatrixSize{129, 1031}}) {
            addLoss(cases, size, style, 2.0, WithGradient::Yes);
            addLoss(cases, size, style, 2.0, WithGradient::No);
            // Beyond the range of exp in f32 unless the largest logit is taken off first.
            addLoss(cases, size, style, 200.0, WithGradient::Yes);
        }
        for (const MatrixSize size : matrixSizes(style)) {
            const std::int64_t m = size.rows;
            const std::int64_t n = size.cols;
            cases.push_back({"softmax", shapeOf({m, n}),
                             [=](Operands& o) {
                                 const View x = o.normal(m, n, 0.0, 3.0);
                                 o.backend().softmax(x, o.result(m, n));
                             },
                             style});
        }
    }
    for (const OperandStyle& style : {kFloatStyles[0], kHalfStyles[0]}) {
        addSpecial(cases, "ties", style, [](std::int64_t, std::int64_t) { return 0.5; });
        addSpecial(cases, "not a number", style, [](std::int64_t i, std::int64_t j) {
            return i == 2 && j == 1 ? std::numeric_limits<double>::quiet_NaN()
                                    : 0.1 * double(i + j);
        });
    }
}

} // namespace inlay::kernels

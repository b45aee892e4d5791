#include "kernels/check/op_cases.h"

namespace inlay::kernels {

void addRandomCases(OpCases& cases) {
    constexpr PhiloxState state{0x9E3779B97F4A7C15ull, 11, 3};
    for (const OperandStyle& style : kActivationStyles)
        for (const MatrixSize& size : matrixSizes(style))
            for (const bool counted : {false, true}) {
                const std::int64_t m = size.rows;
                const std::int64_t n = size.cols;
                const std::string shape = shapeOf({m, n}) + (counted ? " counter" : "");
                cases.push_back(
                    {"fillUniform", shape,
                     [=](Operands& o) {
                         const View counter = counted ? o.scalar(5.0, DType::I32) : View{};
                         o.backend().fillUniform(o.result(m, n), state, counter, -0.5, 1.5);
                     },
                     style});
                cases.push_back(
                    {"fillNormal", shape,
                     [=](Operands& o) {
                         const View counter = counted ? o.scalar(7.0, DType::I32) : View{};
                         o.backend().fillNormal(o.result(m, n), state, counter, 0.25, 2.0);
                     },
                     style});
            }
}

} // namespace inlay::kernels

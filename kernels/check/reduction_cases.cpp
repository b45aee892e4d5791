#include <limits>

#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

void addMatrixCases(OpCases& cases, MatrixSize size, const OperandStyle& style,
                    Extent extent = Extent::Usual) {
    const std::int64_t m = size.rows;
    const std::int64_t n = size.cols;
    const std::string shape = shapeOf({m, n});
    const auto add = [&](const char* op, const std::string& options,
                         std::function<void(Operands&)> run) {
        cases.push_back(
            {op, shape + options, std::move(run), style, kDefaultLimit, kHalfLimit, extent});
    };
    for (const Accumulate accumulate : {Accumulate::No, Accumulate::Yes}) {
        const std::string options = accumulate == Accumulate::Yes ? " add" : "";
        add("sumRows", options, [=](Operands& o) {
            const View x = o.normal(m, n);
            o.backend().sumRows(x, o.gradient(1, n), accumulate);
        });
        // A mean away from zero: a sum that cancels says nothing about the relative error.
        add("sum", options, [=](Operands& o) {
            const View x = o.normal(m, n, 0.5);
            o.backend().sum(x, o.summary(1, 1), accumulate);
        });
        add("sumSquares", options, [=](Operands& o) {
            const View x = o.normal(m, n);
            o.backend().sumSquares(x, o.summary(1, 1), accumulate);
        });
        for (const std::int64_t period : {1, 3, 64})
            add("sumPeriodic", options + " period " + std::to_string(period), [=](Operands& o) {
                const View g = o.normal(m, n);
                o.backend().sumPeriodic(g, o.gradient(period, n), accumulate);
            });
    }
    for (const std::int64_t period : {1, 3, 64})
        add("addPeriodic", " period " + std::to_string(period), [=](Operands& o) {
            const View x = o.normal(m, n);
            const View p = o.parameter(period, n);
            o.backend().addPeriodic(x, p, o.result(m, n));
        });
    add("maxAbs", "", [=](Operands& o) {
        const View x = o.normal(m, n);
        o.backend().maxAbs(x, o.summary(1, 1));
    });
}

void addNearestCases(OpCases& cases, const OperandStyle& style) {
    struct Shape {
        std::int64_t rows, centers, cols;
        Extent extent = Extent::Usual;
    };
    for (const Shape s :
         {Shape{0, 3, 4}, Shape{1, 1, 1}, Shape{3, 1, 5}, Shape{7, 2, 15}, Shape{33, 16, 16},
          Shape{129, 17, 2}, Shape{257, 31, 17}, Shape{300, 33, 32}, Shape{256, 100, 31},
          Shape{1000, 25, 58}, Shape{64, 7, 300}, Shape{1500, 70, 32, Extent::Large}})
        cases.push_back({"nearestRows", shapeOf({s.rows, s.centers, s.cols}),
                         [=](Operands& o) {
                             const View x = o.normal(s.rows, s.cols);
                             const View centers = o.normal(s.centers, s.cols);
                             const View index = o.result(s.rows, 1, DType::I32);
                             o.backend().nearestRows(x, centers, index, o.result(s.rows, 1));
                         },
                         style, kDefaultLimit, kHalfLimit, s.extent});
    // Far from the origin |c|^2 - 2 x.c would lose the distance; equal centers go to the first.
    cases.push_back({"nearestRows", "far",
                     [](Operands& o) {
                         const View x = o.normal(65, 9, 3000.0);
                         const View centers = o.normal(12, 9, 3000.0);
                         const View index = o.result(65, 1, DType::I32);
                         o.backend().nearestRows(x, centers, index, o.result(65, 1));
                     },
                     style});
    cases.push_back({"nearestRows", "equal centers",
                     [](Operands& o) {
                         const View x = o.normal(65, 9);
                         const View centers = o.values(40, 9, [](std::int64_t, std::int64_t j) {
                             return static_cast<double>(j) / 8;
                         });
                         const View index = o.result(65, 1, DType::I32);
                         o.backend().nearestRows(x, centers, index, o.result(65, 1));
                     },
                     style});
}

void addGroupCases(OpCases& cases, const OperandStyle& style) {
    struct Groups {
        std::int64_t groups, rowsPerGroup, cols;
    };
    for (const Groups s :
         {Groups{0, 4, 3}, Groups{1, 1, 1}, Groups{3, 1, 5}, Groups{1, 16, 7}, Groups{5, 7, 11},
          Groups{9, 16, 96}, Groups{128, 3, 33}, Groups{4, 6, 0}}) {
        const RowGroups rows{s.groups, s.rowsPerGroup};
        const std::string shape = shapeOf({s.groups, s.rowsPerGroup, s.cols});
        cases.push_back({"groupMean", shape,
                         [=](Operands& o) {
                             const View x = o.normal(rows.rows(), s.cols);
                             o.backend().groupMean(x, rows, o.result(s.groups, s.cols));
                         },
                         style});
        cases.push_back({"groupMeanBackward", shape,
                         [=](Operands& o) {
                             const View g = o.normal(s.groups, s.cols);
                             o.backend().groupMeanBackward(g, rows, o.result(rows.rows(), s.cols));
                         },
                         style});
    }
}

void addGradientNormCases(OpCases& cases) {
    for (const OperandStyle& style : kFloatStyles)
        for (const std::int64_t count : {0, 1, 3, 40})
            cases.push_back({"sumSquaresOf", std::to_string(count) + " tensors",
                             [=](Operands& o) {
                                 std::vector<ConstView> tensors;
                                 for (std::int64_t i = 0; i < count; ++i)
                                     tensors.push_back(o.normal(i * i % 17, 1 + 37 * i));
                                 o.backend().sumSquaresOf(tensors, o.result(1, count));
                             },
                             style});
    struct Clip {
        const char* name;
        double mean;
        double maxNorm;
    };
    for (const Clip clip :
         {Clip{"11 above", 100.0, 1.0}, Clip{"11 below", 0.001, 5.0}, Clip{"11 zero", 0.0, 1.0}})
        cases.push_back({"clipFactor", clip.name, [=](Operands& o) {
                             const View squares = o.normal(1, 11, clip.mean, 0.0);
                             o.backend().clipFactor(squares, clip.maxNorm, o.result(1, 1));
                         }});
    for (const double bad :
         {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()})
        cases.push_back({"clipFactor", "7 not finite", [=](Operands& o) {
                             const View squares = o.values(1, 7, [=](std::int64_t, std::int64_t j) {
                                 return j == 3 ? bad : 1.0;
                             });
                             o.backend().clipFactor(squares, 1.0, o.result(1, 1));
                         }});
}

} // namespace

void addReductionCases(OpCases& cases) {
    for (const OperandStyle& style : kAllStyles)
        for (const MatrixSize size : matrixSizes(style))
            addMatrixCases(cases, size, style);
    for (const OperandStyle& style : kActivationStyles)
        addGroupCases(cases, style);
    for (const OperandStyle& style : kFloatStyles)
        addNearestCases(cases, style);
    addGradientNormCases(cases);
    for (const OperandStyle& style : {kFloatStyles[0], kHalfStyles[0]})
        for (const MatrixSize size : {MatrixSize{5000, 65}, MatrixSize{512, 768}})
            addMatrixCases(cases, size, style, Extent::Large);
}

} // namespace inlay::kernels

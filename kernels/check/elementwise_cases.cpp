#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

void addMatrixCases(OpCases& cases, MatrixSize size, const OperandStyle& style) {
    const std::int64_t m = size.rows;
    const std::int64_t n = size.cols;
    const std::string shape = shapeOf({m, n});
    const auto add = [&](const char* op, const std::string& options,
                         std::function<void(Operands&)> run, double limit = kDefaultLimit) {
        cases.push_back({op, shape + options, std::move(run), style, limit});
    };
    add(
        "convert", "", [=](Operands& o) { o.backend().convert(o.normal(m, n), o.result(m, n)); },
        kExact);
    add("axpby", " overwrite",
        [=](Operands& o) { o.backend().axpby(0.75, o.normal(m, n), 0.0, o.result(m, n)); });
    add("axpby", " both",
        [=](Operands& o) { o.backend().axpby(-1.5, o.normal(m, n), 0.5, o.result(m, n)); });
    add("axpby", " add",
        [=](Operands& o) { o.backend().axpby(1.0, o.normal(m, n), 1.0, o.result(m, n)); });
    for (const Accumulate accumulate : {Accumulate::No, Accumulate::Yes})
        add("multiply", accumulate == Accumulate::Yes ? " add" : "", [=](Operands& o) {
            const View a = o.normal(m, n);
            const View b = o.normal(m, n);
            o.backend().multiply(a, b, o.result(m, n), accumulate);
        });
    add(
        "fill", "", [=](Operands& o) { o.backend().fill(o.result(m, n), -2.5); }, kExact);
    add(
        "applyMask", "",
        [=](Operands& o) {
            const View x = o.normal(m, n);
            const View mask = o.bytes(m, n);
            o.backend().applyMask(x, mask, o.result(m, n));
        },
        kExact);
    if (style.dtype == DType::F32)
        add("countDifferent", "", [=](Operands& o) {
            const View a = o.bytes(m, n);
            const View b = o.bytes(m, n);
            o.backend().countDifferent(a, b, o.result(1, 1, DType::I32));
        });
}

void addConversions(OpCases& cases) {
    struct Pair {
        DType from;
        DType to;
        const char* name;
    };
    for (const Pair pair : {Pair{DType::F32, DType::BF16, "f32-to-bf16"},
                            Pair{DType::BF16, DType::F32, "bf16-to-f32"},
                            Pair{DType::BF16, DType::BF16, "bf16-to-bf16"}})
        for (const Spacing spacing : {Spacing::Tight, Spacing::Strided})
            for (const MatrixSize size : {MatrixSize{9, 37}, MatrixSize{64, 64}}) {
                OpCase item{"convert", shapeOf({size.rows, size.cols}) + " " + pair.name,
                            [=](Operands& o) {
                                const View x = o.normal(size.rows, size.cols);
                                o.backend().convert(x, o.result(size.rows, size.cols, pair.to));
                            }};
                item.style = {pair.from, DType::F32, spacing};
                item.limit = kExact;
                item.use = Use::Stored;
                cases.push_back(std::move(item));
            }
}

/// rows: how many rows (or columns) are moved, bound: how many there are to choose from.
void addIndexCases(OpCases& cases, std::int64_t count, std::int64_t bound, std::int64_t width,
                   const OperandStyle& style) {
    const auto add = [&](const char* op, std::function<void(Operands&)> run,
                         double limit = kDefaultLimit) {
        cases.push_back({op, shapeOf({count, width}) + " of " + std::to_string(bound),
                         std::move(run), style, limit});
    };
    add(
        "gatherRows",
        [=](Operands& o) {
            const View x = o.normal(bound, width);
            const View index = o.indices(count, bound);
            o.backend().gatherRows(x, index, o.result(count, width));
        },
        kExact);
    add("scatterAddRows", [=](Operands& o) {
        const View x = o.normal(count, width);
        const View index = o.indices(count, bound);
        o.backend().scatterAddRows(x, index, o.result(bound, width));
    });
    add(
        "gatherColumns",
        [=](Operands& o) {
            const View x = o.normal(width, bound);
            const View index = o.indices(count, bound);
            o.backend().gatherColumns(x, index, o.result(width, count));
        },
        kExact);
    add("scatterAddColumns", [=](Operands& o) {
        const View x = o.normal(width, count);
        const View index = o.indices(count, bound);
        o.backend().scatterAddColumns(x, index, o.result(width, bound));
    });
}

void addPatchCases(OpCases& cases, const OperandStyle& style) {
    struct Image {
        std::int64_t batch, height, width, channels, patch;
    };
    for (const Image s : {Image{0, 4, 4, 1, 2}, Image{1, 1, 1, 1, 1}, Image{3, 28, 28, 1, 7},
                          Image{2, 6, 9, 3, 3}, Image{5, 4, 10, 2, 2}, Image{1, 5, 5, 3, 5}})
        cases.push_back({"imagePatches",
                         shapeOf({s.batch, s.height, s.width, s.channels}) + " patch " +
                             std::to_string(s.patch),
                         [=](Operands& o) {
                             const View images = o.normal(s.batch, s.height * s.width * s.channels);
                             const View patches =
                                 o.result(s.batch * (s.height / s.patch) * (s.width / s.patch),
                                          s.patch * s.patch * s.channels);
                             o.backend().imagePatches(images, s.height, s.width, s.patch, patches);
                         },
                         style, kExact});
}

} // namespace

void addElementwiseCases(OpCases& cases) {
    for (const OperandStyle& style : kActivationStyles) {
        for (const MatrixSize size : matrixSizes(style))
            addMatrixCases(cases, size, style);
        addIndexCases(cases, 0, 3, 5, style);
        addIndexCases(cases, 1, 1, 1, style);
        addIndexCases(cases, 7, 3, 11, style); // repeated indices
        addIndexCases(cases, 13, 29, 0, style);
        addIndexCases(cases, 13, 29, 17, style);
        addIndexCases(cases, 300, 7, 64, style);
        addPatchCases(cases, style);
    }
    addConversions(cases);
}

} // namespace inlay::kernels

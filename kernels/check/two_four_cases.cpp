#include <cmath>

#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

/// A pruned matrix: in group g of a column two entries are kept, or fewer so that every filling
/// rule is met.
double prunedEntry(std::int64_t i, std::int64_t j) {
    constexpr unsigned kept[] = {0b0011, 0b0101, 0b0110, 0b1001, 0b1010, 0b1100,
                                 0b0000, 0b0001, 0b0010, 0b0100, 0b1000};
    const unsigned mask = kept[static_cast<std::size_t>((i / 4 + 3 * j) % 11)];
    const bool stays = (mask >> (i % 4)) & 1u;
    return stays ? 0.25 * static_cast<double>((5 * i + 7 * j) % 19 - 9) + 0.1 : 0.0;
}

/// Few distinct sizes, so that most groups hold ties.
double tiedEntry(std::int64_t i, std::int64_t j) {
    return static_cast<double>((3 * i * i + 5 * j + i * j) % 5 - 2);
}

void addMasks(OpCases& cases, MatrixSize size, const OperandStyle& style) {
    const std::int64_t in = size.rows;
    const std::int64_t out = size.cols;
    const auto add = [&](const char* op, const std::string& options,
                         std::function<void(Operands&)> run, double limit = kDefaultLimit) {
        cases.push_back({op, shapeOf({in, out}) + options, std::move(run), style, limit});
    };
    add("twoFourMask", "", [=](Operands& o) {
        const View w = o.normal(in, out);
        o.backend().twoFourMask(w, o.result(in, out, DType::U8));
    });
    add("twoFourMask", " ties", [=](Operands& o) {
        const View w = o.values(in, out, tiedEntry);
        o.backend().twoFourMask(w, o.result(in, out, DType::U8));
    });
    if (out % 4 == 0) {
        add("twoFourTransposableMask", "", [=](Operands& o) {
            const View w = o.normal(in, out);
            o.backend().twoFourTransposableMask(w, o.result(in, out, DType::U8));
        });
        add("twoFourTransposableMask", " ties", [=](Operands& o) {
            const View w = o.values(in, out, tiedEntry);
            o.backend().twoFourTransposableMask(w, o.result(in, out, DType::U8));
        });
    }
    add("twoFourDecay", "", [=](Operands& o) {
        const View w = o.normal(in, out);
        const View mask = o.bytes(in, out);
        o.backend().twoFourDecay(w, mask, 0.0625, o.result(in, out));
    });
    add(
        "twoFourCompress", "",
        [=](Operands& o) {
            const View w = o.values(in, out, prunedEntry);
            const View values = o.result(out, in / 2);
            o.backend().twoFourCompress(w, values, o.result(out, in / 4, DType::U8));
        },
        kExact);
}

struct After {
    Activation activation;
    bool bias;
    bool pre;
    bool residual;
    const char* name;
};
constexpr After kEpilogues[] = {{Activation::None, false, false, false, ""},
                                {Activation::Gelu, true, true, false, " bias gelu pre"},
                                {Activation::None, false, false, true, " residual"},
                                {Activation::Gelu, true, true, true, " bias gelu pre residual"}};

Epilogue epilogueOf(Operands& o, const After& after, std::int64_t rows, std::int64_t out) {
    Epilogue epilogue;
    epilogue.activation = after.activation;
    if (after.bias)
        epilogue.bias = o.parameter(1, out);
    if (after.pre)
        epilogue.pre = o.result(rows, out);
    if (after.residual)
        epilogue.residual = o.normal(rows, out);
    return epilogue;
}

void addProduct(OpCases& cases, std::int64_t rows, MatrixSize size, const After& after,
                const OperandStyle& style, Extent extent = Extent::Usual) {
    const std::int64_t in = size.rows;
    const std::int64_t out = size.cols;
    cases.push_back({"twoFourMultiply", shapeOf({rows, in, out}) + after.name,
                     [=](Operands& o) {
                         const View w = o.values(in, out, prunedEntry);
                         const View values = o.result(out, in / 2);
                         const View meta = o.result(out, in / 4, DType::U8);
                         o.backend().twoFourCompress(w, values, meta);
                         const View x = o.normal(rows, in);
                         const Epilogue epilogue = epilogueOf(o, after, rows, out);
                         o.backend().twoFourMultiply(x, values, meta, o.result(rows, out),
                                                     epilogue);
                     },
                     style, kDefaultLimit, kHalfLimit, extent});
}

/// The prepared form beside the dense product of the same masked weight, which backends without one
/// take. Two of four weights are kept along rows and along columns.
void addPrepared(OpCases& cases, std::int64_t rows, MatrixSize size, Transpose transpose,
                 const After& after, const OperandStyle& style, Extent extent = Extent::Large) {
    const bool back = transpose == Transpose::Yes;
    const std::int64_t in = back ? size.cols : size.rows;
    const std::int64_t out = back ? size.rows : size.cols;
    cases.push_back(
        {"twoFourMultiplyPrepared",
         shapeOf({rows, in, out}) + (back ? " transposed" : "") + after.name,
         [=](Operands& o) {
             const View x = o.normal(rows, in);
             const View w = o.values(size.rows, size.cols, [](std::int64_t i, std::int64_t j) {
                 return (i + j) % 4 < 2
                            ? std::sin(1.3 * static_cast<double>(i) + 0.7 * static_cast<double>(j))
                            : 0.0;
             });
             const View y = o.result(rows, out);
             const Epilogue epilogue = epilogueOf(o, after, rows, out);
             Backend& backend = o.backend();
             if (const auto prepared = backend.prepareTwoFour(w, transpose, rows)) {
                 backend.refreshTwoFour(w, *prepared);
                 backend.twoFourMultiplyPrepared(x, *prepared, y, epilogue);
             } else {
                 backend.gemm({.b = transpose}, x, w, y, epilogue);
             }
         },
         style, kDefaultLimit, kHalfTwiceLimit, extent});
}

} // namespace

void addTwoFourCases(OpCases& cases) {
    for (const OperandStyle& style : kFloatStyles)
        for (const MatrixSize size :
             {MatrixSize{0, 0}, MatrixSize{0, 4}, MatrixSize{4, 0}, MatrixSize{4, 1},
              MatrixSize{4, 4}, MatrixSize{8, 13}, MatrixSize{12, 20}, MatrixSize{52, 36},
              MatrixSize{96, 192}, MatrixSize{260, 31}}) {
            addMasks(cases, size, style);
            for (const std::int64_t rows : {0, 1, 7, 33, 131})
                for (const After& after : kEpilogues)
                    addProduct(cases, rows, size, after, style);
        }
    for (const OperandStyle& style : {kHalfStyles[0], kHalfStyles[1]})
        for (const MatrixSize size :
             {MatrixSize{0, 4}, MatrixSize{4, 1}, MatrixSize{8, 13}, MatrixSize{12, 20},
              MatrixSize{64, 32}, MatrixSize{96, 192}, MatrixSize{260, 31}}) {
            addMasks(cases, size, style);
            for (const std::int64_t rows : {1, 7, 131})
                for (const After& after : kEpilogues)
                    addProduct(cases, rows, size, after, style);
        }
    for (const After& after : kEpilogues)
        addProduct(cases, 33, {52, 36}, after, kHalfStyles[2]);
    for (const OperandStyle& style : {kFloatStyles[0], kHalfStyles[0]})
        for (const After& after : kEpilogues) {
            addProduct(cases, 256, {512, 128}, after, style, Extent::Large);
            addProduct(cases, 130, {256, 264}, after, style, Extent::Large);
        }
    for (const After& after : kEpilogues)
        for (const Transpose transpose : {Transpose::No, Transpose::Yes}) {
            addPrepared(cases, 256, {512, 128}, transpose, after, kHalfStyles[0]);
            addPrepared(cases, 300, {1024, 512}, transpose, after, kHalfStyles[0]);
            addPrepared(cases, 33, {64, 48}, transpose, after, kFloatStyles[0]);
        }
    // Whole and cut panels of rows, blocks of features and blocks of outputs.
    for (const OperandStyle& style : kFloatStyles)
        for (const Transpose transpose : {Transpose::No, Transpose::Yes})
            for (const std::int64_t rows : {0, 1, 7, 31, 96, 131})
                for (const After& after : {kEpilogues[0], kEpilogues[3]}) {
                    addPrepared(cases, rows, {4, 4}, transpose, after, style, Extent::Usual);
                    addPrepared(cases, rows, {68, 140}, transpose, after, style, Extent::Usual);
                    addPrepared(cases, rows, {200, 260}, transpose, after, style, Extent::Usual);
                }
    // Sizes at which a device changes its tiles, copies rows that it cannot load whole, or expands
    // the weights slice by slice.
    addProduct(cases, 1500, {128, 2000}, kEpilogues[0], kHalfStyles[0], Extent::Large);
    addProduct(cases, 70, {1036, 260}, kEpilogues[0], kHalfStyles[0], Extent::Large);
    addProduct(cases, 40, {1000, 520}, kEpilogues[0], kFloatStyles[0], Extent::Large);
    addProduct(cases, 9, {16384, 1024}, kEpilogues[0], kFloatStyles[0], Extent::Large);
}

} // namespace inlay::kernels

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

void addMasks(OpCases& cases, MatrixSize size, Spacing spacing) {
    const auto [in, out] = size;
    const auto add = [&](const char* op, const std::string& options,
                         std::function<void(Operands&)> run, double limit = kDefaultLimit) {
        cases.push_back(
            {op, shapeOf({in, out}) + options, std::move(run), DType::F32, spacing, limit});
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

void addProduct(OpCases& cases, std::int64_t rows, MatrixSize size, Activation activation,
                Spacing spacing) {
    const auto [in, out] = size;
    cases.push_back(
        {"twoFourMultiply",
         shapeOf({rows, in, out}) + (activation == Activation::None ? "" : " bias gelu pre"),
         [=](Operands& o) {
             const View w = o.values(in, out, prunedEntry);
             const View values = o.result(out, in / 2);
             const View meta = o.result(out, in / 4, DType::U8);
             o.backend().twoFourCompress(w, values, meta);
             const View x = o.normal(rows, in);
             Epilogue epilogue;
             if (activation != Activation::None)
                 epilogue = {o.normal(1, out), activation, o.result(rows, out)};
             o.backend().twoFourMultiply(x, values, meta, o.result(rows, out), epilogue);
         },
         DType::F32, spacing});
}

} // namespace

void addTwoFourCases(OpCases& cases) {
    for (const Spacing spacing : kSpacings)
        for (const MatrixSize size :
             {MatrixSize{0, 0}, MatrixSize{0, 4}, MatrixSize{4, 0}, MatrixSize{4, 1},
              MatrixSize{4, 4}, MatrixSize{8, 13}, MatrixSize{12, 20}, MatrixSize{52, 36},
              MatrixSize{96, 192}, MatrixSize{260, 31}}) {
            addMasks(cases, size, spacing);
            for (const std::int64_t rows : {0, 1, 7, 33, 131})
                for (const Activation activation : {Activation::None, Activation::Gelu})
                    addProduct(cases, rows, size, activation, spacing);
        }
}

} // namespace inlay::kernels

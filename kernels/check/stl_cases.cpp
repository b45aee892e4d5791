#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

struct NamedGrouping {
    Grouping grouping;
    const char* name;
};
constexpr NamedGrouping kGroupings[] = {
    {Grouping::Within, " within"}, {Grouping::Across, " across"}, {Grouping::Single, " single"}};

/// A device that multiplies bf16 may round encoders and decoders to bf16 first.
constexpr double kHalfMapLimit = kHalfTwiceLimit;

struct After {
    bool biasGeluPre;
    bool residual;
    const char* name;
};
constexpr After kEpilogues[] = {{false, false, ""},
                                {true, false, " bias gelu pre"},
                                {false, true, " residual"},
                                {true, true, " bias gelu pre residual"}};

void addLayout(OpCases& cases, const TileLayout& layout, std::int64_t rank, const char* name,
               const OperandStyle& style, Extent extent = Extent::Usual) {
    const std::int64_t rows = layout.rows.rows();
    const std::int64_t cols = layout.cols;
    const std::int64_t square = layout.tile * layout.tile;
    const std::string shape = shapeOf({layout.rows.groups, layout.rows.rowsPerGroup, cols}) +
                              " tile " + std::to_string(layout.tile) + " rank " +
                              std::to_string(rank) + name;
    const auto add = [&](const char* op, const std::string& options,
                         std::function<void(Operands&)> run, double limit = kDefaultLimit) {
        cases.push_back({op, shape + options, std::move(run), style, limit, kHalfMapLimit, extent});
    };
    add(
        "gatherTiles", "",
        [=](Operands& o) {
            const View x = o.normal(rows, cols);
            o.backend().gatherTiles(layout, x,
                                    o.result(layout.rowTiles() * layout.colTiles(), square));
        },
        kExact);
    add(
        "scatterTiles", "",
        [=](Operands& o) {
            const View tiles = o.normal(layout.rowTiles() * layout.colTiles(), square);
            o.backend().scatterTiles(layout, tiles, o.result(rows, cols));
        },
        kExact);
    add("stlEncode", "", [=](Operands& o) {
        const View x = o.normal(rows, cols);
        const View matrix = o.parameter(rank, square);
        const BatchView planes = o.resultBatch(rank, layout.rowTiles(), layout.colTiles());
        const Workspace scratch = o.workspace(o.backend().stlScratch(layout, rank, o.dtype()));
        o.backend().stlEncode(layout, x, matrix, planes, scratch);
    });
    for (const Accumulate accumulate : {Accumulate::No, Accumulate::Yes})
        for (const After& after : kEpilogues)
            add("stlDecode", std::string(accumulate == Accumulate::Yes ? " add" : "") + after.name,
                [=](Operands& o) {
                    const BatchView planes =
                        o.normalBatch(rank, layout.rowTiles(), layout.colTiles());
                    const View matrix = o.parameter(rank, square);
                    Epilogue epilogue;
                    if (after.biasGeluPre)
                        epilogue = {o.parameter(1, cols), Activation::Gelu, o.result(rows, cols)};
                    if (after.residual)
                        epilogue.residual = o.normal(rows, cols);
                    const View y = o.result(rows, cols);
                    const Workspace scratch =
                        o.workspace(o.backend().stlScratch(layout, rank, o.dtype()));
                    o.backend().stlDecode(layout, planes, matrix, y, accumulate, epilogue, scratch);
                });
    add("stlMatrixGradient", "", [=](Operands& o) {
        const View x = o.normal(rows, cols);
        const BatchView planes = o.normalBatch(rank, layout.rowTiles(), layout.colTiles());
        const View gradient = o.gradient(rank, square);
        const Workspace scratch = o.workspace(o.backend().stlScratch(layout, rank, o.dtype()));
        o.backend().stlMatrixGradient(layout, x, planes, gradient, scratch);
    });
}

/// The prepared form beside the batched product, which backends without one take.
void addPrepared(OpCases& cases, std::int64_t rank, std::int64_t rows, std::int64_t in,
                 std::int64_t out, const OperandStyle& style, Extent extent) {
    cases.push_back({"stlMultiplyPrepared", shapeOf({rank, rows, in, out}),
                     [=](Operands& o) {
                         const BatchView planes = o.normalBatch(rank, rows, in);
                         const BatchView weights = o.normalBatch(rank, in, out);
                         const BatchView products = o.resultBatch(rank, rows, out);
                         Backend& backend = o.backend();
                         const BatchView others = o.normalBatch(rank, in, out);
                         if (const auto prepared = backend.prepareStl(others)) {
                             backend.refreshStl(weights, *prepared);
                             backend.stlMultiplyPrepared(planes, *prepared, products);
                         } else {
                             backend.batchedGemm({}, planes, weights, products);
                         }
                     },
                     style, kDefaultLimit, kHalfLimit, extent});
}

} // namespace

void addStlCases(OpCases& cases) {
    struct Size {
        std::int64_t groups, rowsPerGroup, cols, tile, rank;
    };
    const auto layoutOf = [](const Size& s, Grouping grouping) {
        return TileLayout{s.tile, s.cols, {s.groups, s.rowsPerGroup}, grouping};
    };
    for (const OperandStyle& style : kFloatStyles)
        for (const NamedGrouping& named : kGroupings)
            for (const Size s :
                 {Size{0, 4, 8, 4, 24}, Size{1, 1, 1, 1, 1}, Size{1, 1, 1, 4, 3},
                  Size{3, 16, 96, 4, 24}, Size{5, 7, 13, 4, 16}, Size{2, 5, 9, 2, 7},
                  Size{3, 7, 11, 3, 23}, Size{6, 1, 31, 4, 49}, Size{1, 64, 64, 4, 32},
                  Size{2, 17, 19, 5, 11}, Size{3, 9, 17, 8, 40}, Size{37, 16, 33, 4, 24}})
                addLayout(cases, layoutOf(s, named.grouping), s.rank, named.name, style);
    for (const OperandStyle& style : {kHalfStyles[0], kHalfStyles[1]})
        for (const NamedGrouping& named : kGroupings)
            for (const Size s : {Size{1, 5, 6, 4, 3}, Size{3, 16, 96, 4, 24}, Size{5, 7, 13, 4, 16},
                                 Size{2, 5, 9, 2, 7}, Size{6, 1, 31, 4, 49}, Size{2, 17, 19, 5, 11},
                                 Size{37, 16, 33, 4, 24}})
                addLayout(cases, layoutOf(s, named.grouping), s.rank, named.name, style);
    for (const Size s : {Size{3, 16, 96, 4, 24}, Size{2, 5, 9, 2, 7}, Size{5, 7, 13, 4, 16}})
        addLayout(cases, layoutOf(s, Grouping::Within), s.rank, " within", kHalfStyles[2]);
    struct Planes {
        std::int64_t rank, rows, in, out;
    };
    for (const OperandStyle& style : kFloatStyles)
        for (const Planes& p :
             {Planes{0, 3, 2, 2}, Planes{24, 0, 8, 8}, Planes{1, 1, 1, 1}, Planes{3, 5, 7, 11},
              Planes{24, 48, 24, 24}, Planes{7, 70, 25, 49}, Planes{2, 129, 401, 31}})
            addPrepared(cases, p.rank, p.rows, p.in, p.out, style, Extent::Usual);
    addPrepared(cases, 16, 132, 512, 520, kFloatStyles[0], Extent::Large);
    addPrepared(cases, 2, 777, 769, 50, kFloatStyles[0], Extent::Large); // rows in blocks
    // The ranks of the benchmarks on whole tiles, many to a row, and on sequences that tiles do not
    // divide.
    for (const OperandStyle& style : {kFloatStyles[0], kHalfStyles[0]})
        for (const Size s : {Size{4, 16, 512, 4, 16}, Size{4, 16, 512, 4, 24},
                             Size{4, 16, 512, 4, 32}, Size{2, 197, 96, 4, 24}})
            addLayout(cases, layoutOf(s, Grouping::Within), s.rank, " within", style,
                      Extent::Large);
}

} // namespace inlay::kernels

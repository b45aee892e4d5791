#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

struct NamedGrouping {
    Grouping grouping;
    const char* name;
};
constexpr NamedGrouping kGroupings[] = {
    {Grouping::Within, " within"}, {Grouping::Across, " across"}, {Grouping::Single, " single"}};

void addLayout(OpCases& cases, const TileLayout& layout, std::int64_t rank, const char* name,
               Spacing spacing) {
    const std::int64_t rows = layout.rows.rows();
    const std::int64_t cols = layout.cols;
    const std::int64_t square = layout.tile * layout.tile;
    const std::string shape = shapeOf({layout.rows.groups, layout.rows.rowsPerGroup, cols}) +
                              " tile " + std::to_string(layout.tile) + " rank " +
                              std::to_string(rank) + name;
    const auto add = [&](const char* op, const std::string& options,
                         std::function<void(Operands&)> run, double limit = kDefaultLimit) {
        cases.push_back({op, shape + options, std::move(run), DType::F32, spacing, limit});
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
        const View matrix = o.normal(rank, square);
        const BatchView planes = o.resultBatch(rank, layout.rowTiles(), layout.colTiles());
        const Workspace scratch = o.workspace(o.backend().stlScratch(layout, rank, o.dtype()));
        o.backend().stlEncode(layout, x, matrix, planes, scratch);
    });
    for (const Accumulate accumulate : {Accumulate::No, Accumulate::Yes})
        for (const bool epilogue : {false, true})
            add("stlDecode",
                std::string(accumulate == Accumulate::Yes ? " add" : "") +
                    (epilogue ? " bias gelu pre" : ""),
                [=](Operands& o) {
                    const BatchView planes =
                        o.normalBatch(rank, layout.rowTiles(), layout.colTiles());
                    const View matrix = o.normal(rank, square);
                    Epilogue after;
                    if (epilogue)
                        after = {o.normal(1, cols), Activation::Gelu, o.result(rows, cols)};
                    const View y = o.result(rows, cols);
                    const Workspace scratch =
                        o.workspace(o.backend().stlScratch(layout, rank, o.dtype()));
                    o.backend().stlDecode(layout, planes, matrix, y, accumulate, after, scratch);
                });
    add("stlMatrixGradient", "", [=](Operands& o) {
        const View x = o.normal(rows, cols);
        const BatchView planes = o.normalBatch(rank, layout.rowTiles(), layout.colTiles());
        const View gradient = o.result(rank, square);
        const Workspace scratch = o.workspace(o.backend().stlScratch(layout, rank, o.dtype()));
        o.backend().stlMatrixGradient(layout, x, planes, gradient, scratch);
    });
}

} // namespace

void addStlCases(OpCases& cases) {
    struct Size {
        std::int64_t groups, rowsPerGroup, cols, tile, rank;
    };
    for (const Spacing spacing : kSpacings)
        for (const NamedGrouping& named : kGroupings)
            for (const Size s :
                 {Size{0, 4, 8, 4, 24}, Size{1, 1, 1, 1, 1}, Size{1, 1, 1, 4, 3},
                  Size{3, 16, 96, 4, 24}, Size{5, 7, 13, 4, 16}, Size{2, 5, 9, 2, 7},
                  Size{3, 7, 11, 3, 23}, Size{6, 1, 31, 4, 49}, Size{1, 64, 64, 4, 32},
                  Size{2, 17, 19, 5, 11}, Size{3, 9, 17, 8, 40}, Size{37, 16, 33, 4, 24}}) {
                const TileLayout layout{s.tile, s.cols, {s.groups, s.rowsPerGroup}, named.grouping};
                addLayout(cases, layout, s.rank, named.name, spacing);
            }
}

} // namespace inlay::kernels

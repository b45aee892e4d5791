#include "engine/operators/stl/exact_triples.h"

#include <array>
#include <cassert>

namespace inlay::engine {
namespace {

// clang-format off
constexpr std::array<std::int8_t, 7 * 4> kStrassenX{
     1,  0,  0,  1, //
     0,  0,  1,  1, //
     1,  0,  0,  0, //
     0,  0,  0,  1, //
     1,  1,  0,  0, //
    -1,  0,  1,  0, //
     0,  1,  0, -1, //
};
constexpr std::array<std::int8_t, 7 * 4> kStrassenW{
     1,  0,  0,  1, //
     1,  0,  0,  0, //
     0,  1,  0, -1, //
    -1,  0,  1,  0, //
     0,  0,  0,  1, //
     1,  1,  0,  0, //
     0,  0,  1,  1, //
};
constexpr std::array<std::int8_t, 7 * 4> kStrassenY{
     1,  0,  0,  1, //
     0,  0,  1, -1, //
     0,  1,  0,  1, //
     1,  0,  1,  0, //
    -1,  1,  0,  0, //
     0,  0,  0,  1, //
     1,  0,  0,  0, //
};

constexpr std::array<std::int8_t, 7 * 4> kWinogradX{
     1,  0,  0,  0, //
     0,  1,  0,  0, //
     1,  1, -1, -1, //
     0,  0,  0,  1, //
     0,  0,  1,  1, //
    -1,  0,  1,  1, //
     1,  0, -1,  0, //
};
constexpr std::array<std::int8_t, 7 * 4> kWinogradW{
     1,  0,  0,  0, //
     0,  0,  1,  0, //
     0,  0,  0,  1, //
     1, -1, -1,  1, //
    -1,  1,  0,  0, //
     1, -1,  0,  1, //
     0, -1,  0,  1, //
};
constexpr std::array<std::int8_t, 7 * 4> kWinogradY{
     1,  1,  1,  1, //
     1,  0,  0,  0, //
     0,  1,  0,  0, //
     0,  0, -1,  0, //
     0,  1,  0,  1, //
     0,  1,  1,  1, //
     0,  0,  1,  1, //
};

constexpr std::array<std::int8_t, 23 * 9> kLadermanX{
     1,  1,  1, -1, -1,  0,  0, -1, -1, //
     1,  0,  0, -1,  0,  0,  0,  0,  0, //
     0,  0,  0,  0,  1,  0,  0,  0,  0, //
    -1,  0,  0,  1,  1,  0,  0,  0,  0, //
     0,  0,  0,  1,  1,  0,  0,  0,  0, //
     1,  0,  0,  0,  0,  0,  0,  0,  0, //
    -1,  0,  0,  0,  0,  0,  1,  1,  0, //
    -1,  0,  0,  0,  0,  0,  1,  0,  0, //
     0,  0,  0,  0,  0,  0,  1,  1,  0, //
     1,  1,  1,  0, -1, -1, -1, -1,  0, //
     0,  0,  0,  0,  0,  0,  0,  1,  0, //
     0,  0, -1,  0,  0,  0,  0,  1,  1, //
     0,  0,  1,  0,  0,  0,  0,  0, -1, //
     0,  0,  1,  0,  0,  0,  0,  0,  0, //
     0,  0,  0,  0,  0,  0,  0,  1,  1, //
     0,  0, -1,  0,  1,  1,  0,  0,  0, //
     0,  0,  1,  0,  0, -1,  0,  0,  0, //
     0,  0,  0,  0,  1,  1,  0,  0,  0, //
     0,  1,  0,  0,  0,  0,  0,  0,  0, //
     0,  0,  0,  0,  0,  1,  0,  0,  0, //
     0,  0,  0,  1,  0,  0,  0,  0,  0, //
     0,  0,  0,  0,  0,  0,  1,  0,  0, //
     0,  0,  0,  0,  0,  0,  0,  0,  1, //
};
constexpr std::array<std::int8_t, 23 * 9> kLadermanW{
     0,  0,  0,  0,  1,  0,  0,  0,  0, //
     0, -1,  0,  0,  1,  0,  0,  0,  0, //
    -1,  1,  0,  1, -1, -1, -1,  0,  1, //
     1, -1,  0,  0,  1,  0,  0,  0,  0, //
    -1,  1,  0,  0,  0,  0,  0,  0,  0, //
     1,  0,  0,  0,  0,  0,  0,  0,  0, //
     1,  0, -1,  0,  0,  1,  0,  0,  0, //
     0,  0,  1,  0,  0, -1,  0,  0,  0, //
    -1,  0,  1,  0,  0,  0,  0,  0,  0, //
     0,  0,  0,  0,  0,  1,  0,  0,  0, //
    -1,  0,  1,  1, -1, -1, -1,  1,  0, //
     0,  0,  0,  0,  1,  0,  1, -1,  0, //
     0,  0,  0,  0,  1,  0,  0, -1,  0, //
     0,  0,  0,  0,  0,  0,  1,  0,  0, //
     0,  0,  0,  0,  0,  0, -1,  1,  0, //
     0,  0,  0,  0,  0,  1,  1,  0, -1, //
     0,  0,  0,  0,  0,  1,  0,  0, -1, //
     0,  0,  0,  0,  0,  0, -1,  0,  1, //
     0,  0,  0,  1,  0,  0,  0,  0,  0, //
     0,  0,  0,  0,  0,  0,  0,  1,  0, //
     0,  0,  1,  0,  0,  0,  0,  0,  0, //
     0,  1,  0,  0,  0,  0,  0,  0,  0, //
     0,  0,  0,  0,  0,  0,  0,  0,  1, //
};
constexpr std::array<std::int8_t, 23 * 9> kLadermanY{
     0,  1,  0,  0,  0,  0,  0,  0,  0, //
     0,  0,  0,  1,  1,  0,  0,  0,  0, //
     0,  0,  0,  1,  0,  0,  0,  0,  0, //
     0,  1,  0,  1,  1,  0,  0,  0,  0, //
     0,  1,  0,  0,  1,  0,  0,  0,  0, //
     1,  1,  1,  1,  1,  0,  1,  0,  1, //
     0,  0,  1,  0,  0,  0,  1,  0,  1, //
     0,  0,  0,  0,  0,  0,  1,  0,  1, //
     0,  0,  1,  0,  0,  0,  0,  0,  1, //
     0,  0,  1,  0,  0,  0,  0,  0,  0, //
     0,  0,  0,  0,  0,  0,  1,  0,  0, //
     0,  1,  0,  0,  0,  0,  1,  1,  0, //
     0,  0,  0,  0,  0,  0,  1,  1,  0, //
     1,  1,  1,  1,  0,  1,  1,  1,  0, //
     0,  1,  0,  0,  0,  0,  0,  1,  0, //
     0,  0,  1,  1,  0,  1,  0,  0,  0, //
     0,  0,  0,  1,  0,  1,  0,  0,  0, //
     0,  0,  1,  0,  0,  1,  0,  0,  0, //
     1,  0,  0,  0,  0,  0,  0,  0,  0, //
     0,  0,  0,  0,  1,  0,  0,  0,  0, //
     0,  0,  0,  0,  0,  1,  0,  0,  0, //
     0,  0,  0,  0,  0,  0,  0,  1,  0, //
     0,  0,  0,  0,  0,  0,  0,  0,  1, //
};
// clang-format on

template <std::size_t N>
StlTriple makeTriple(std::int64_t tile, const std::array<std::int8_t, N>& x,
                     const std::array<std::int8_t, N>& w, const std::array<std::int8_t, N>& y) {
    return {tile,
            static_cast<std::int64_t>(N) / (tile * tile),
            {x.begin(), x.end()},
            {w.begin(), w.end()},
            {y.begin(), y.end()}};
}

/// One matrix of a composition: entry (i1, j1) of the outer tile holds the inner tile, so that
/// row-major position (i1 * inner + i2, j1 * inner + j2) of the whole belongs to entry (i1, j1) of
/// the outer and (i2, j2) of the inner matrix.
std::vector<double> compose(const std::vector<double>& outer, std::int64_t outerTile,
                            std::int64_t outerRank, const std::vector<double>& inner,
                            std::int64_t innerTile, std::int64_t innerRank) {
    const std::int64_t tile = outerTile * innerTile;
    const std::int64_t outerArea = outerTile * outerTile;
    const std::int64_t innerArea = innerTile * innerTile;
    std::vector<double> result(static_cast<std::size_t>(outerRank * innerRank * tile * tile));
    for (std::int64_t l1 = 0; l1 < outerRank; ++l1)
        for (std::int64_t l2 = 0; l2 < innerRank; ++l2)
            for (std::int64_t a1 = 0; a1 < outerArea; ++a1)
                for (std::int64_t a2 = 0; a2 < innerArea; ++a2) {
                    const std::int64_t row = a1 / outerTile * innerTile + a2 / innerTile;
                    const std::int64_t col = a1 % outerTile * innerTile + a2 % innerTile;
                    const std::int64_t l = l1 * innerRank + l2;
                    result[static_cast<std::size_t>((l * tile + row) * tile + col)] =
                        outer[static_cast<std::size_t>(l1 * outerArea + a1)] *
                        inner[static_cast<std::size_t>(l2 * innerArea + a2)];
                }
    return result;
}

} // namespace

StlTriple strassenTriple() {
    return makeTriple(2, kStrassenX, kStrassenW, kStrassenY);
}

StlTriple winogradTriple() {
    return makeTriple(2, kWinogradX, kWinogradW, kWinogradY);
}

StlTriple ladermanTriple() {
    return makeTriple(3, kLadermanX, kLadermanW, kLadermanY);
}

StlTriple composeTriples(const StlTriple& outer, const StlTriple& inner) {
    const auto both = [&](const std::vector<double>& a, const std::vector<double>& b) {
        return compose(a, outer.tile, outer.rank, b, inner.tile, inner.rank);
    };
    return {outer.tile * inner.tile, outer.rank * inner.rank, both(outer.x, inner.x),
            both(outer.w, inner.w), both(outer.y, inner.y)};
}

StlTriple exactTriple(std::int64_t tile) {
    assert(tile >= 2 && tile <= 4);
    if (tile == 2)
        return strassenTriple();
    if (tile == 3)
        return ladermanTriple();
    return composeTriples(strassenTriple(), strassenTriple());
}

} // namespace inlay::engine

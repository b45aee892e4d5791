#include <QtTest>

#include <algorithm>
#include <array>
#include <vector>

#include "kernels/bf16.h"
#include "kernels/cuda/stl_fragments.h"
#include "kernels/cuda/stl_tiles.h"

using namespace inlay::kernels;
using namespace inlay::kernels::cuda;

namespace {

constexpr int kLanes = 32;

std::uint32_t packed(float low, float high) {
    return toBf16(low) | static_cast<std::uint32_t>(toBf16(high)) << 16;
}
float half(std::uint32_t pair, int which) {
    return fromBf16(static_cast<std::uint16_t>(which == 0 ? pair & 0xFFFFu : pair >> 16));
}

/// A matrix of small integers, exact in bf16 as their sums of products are in f32.
struct Numbers {
    int rows;
    int cols;
    std::vector<float> values;

    Numbers(int rowCount, int colCount, std::uint64_t stream)
        : rows(rowCount)
        , cols(colCount)
        , values(static_cast<std::size_t>(rowCount * colCount)) {
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<float>(philox(1, stream, i).word[0] % 9) - 4.0f;
    }
    float operator()(int i, int j) const { return values[static_cast<std::size_t>(i * cols + j)]; }
    /// Eight numbers of row i from column j on, as a lane loads them.
    Octet octet(int i, int j) const {
        Octet loaded;
        for (int w = 0; w < 4; ++w)
            loaded.word[w] = packed((*this)(i, j + 2 * w), (*this)(i, j + 2 * w + 1));
        return loaded;
    }
};

/// The registers of a warp for one instruction.
struct Warp {
    std::array<std::array<std::uint32_t, 4>, kLanes> a{};
    std::array<std::array<std::uint32_t, 2>, kLanes> b{};
};
using Accumulators = std::array<std::array<float, 4>, kLanes>;

/// What m16n8k16 does, from the documented places of its operands.
void multiplyAdd(const Warp& warp, Accumulators& c) {
    float a[16][16];
    float b[16][8];
    for (int lane = 0; lane < kLanes; ++lane)
        for (int h = 0; h < 2; ++h) {
            const auto at = static_cast<std::size_t>(lane);
            for (int reg = 0; reg < 4; ++reg)
                a[mma::aRow(lane, reg)][mma::aCol(lane, reg, h)] =
                    half(warp.a[at][static_cast<std::size_t>(reg)], h);
            for (int reg = 0; reg < 2; ++reg)
                b[mma::bRow(lane, reg, h)][mma::bCol(lane)] =
                    half(warp.b[at][static_cast<std::size_t>(reg)], h);
        }
    for (int lane = 0; lane < kLanes; ++lane)
        for (int reg = 0; reg < 4; ++reg)
            for (int k = 0; k < 16; ++k)
                c[static_cast<std::size_t>(lane)][static_cast<std::size_t>(reg)] +=
                    a[mma::cRow(lane, reg)][k] * b[k][mma::cCol(lane, reg)];
}

/// Elements of tile J of a strip of four rows, in the order of vec.
float tileElement(const Numbers& x, int J, int a) {
    return x(a / 4, 4 * J + a % 4);
}

} // namespace

class TestStlTiles : public QObject {
    Q_OBJECT

private slots:
    void mapIsTheLayout() {
        for (const Grouping grouping : {Grouping::Within, Grouping::Across, Grouping::Single})
            for (const std::int64_t groups : {0, 1, 3, 8})
                for (const std::int64_t rowsPerGroup : {0, 1, 4, 7, 17})
                    for (std::int64_t tile = 1; tile <= 8; ++tile) {
                        const TileLayout layout{tile, 13, {groups, rowsPerGroup}, grouping};
                        const TileMap map = tileMap(layout);
                        QCOMPARE(std::int64_t{map.rowTiles}, layout.rowTiles());
                        QCOMPARE(std::int64_t{map.colTiles}, layout.colTiles());
                        QCOMPARE(map.tiles(), layout.rowTiles() * layout.colTiles());
                        for (std::uint32_t I = 0; I < map.rowTiles; ++I)
                            for (std::uint32_t i = 0; i < map.tile; ++i)
                                QCOMPARE(map.row(I, i), layout.row(I, i));
                    }
    }

    void largeMatricesAreRefused() {
        const TileLayout layout{4, 4, {1, std::int64_t{1} << 31}, Grouping::Within};
        QVERIFY_EXCEPTION_THROWN(tileMap(layout), Error);
    }

    void runsCoverEveryTileOnce() {
        for (const std::int64_t cols : {0, 4, 128, 132, 300}) {
            const TileMap map = tileMap({4, cols, {3, 5}, Grouping::Within});
            const TileRuns runs = tileRuns(map, 32);
            std::vector<int> seen(static_cast<std::size_t>(map.tiles()));
            for (std::uint32_t run = 0; run < runs.count; ++run) {
                QVERIFY(runs.rowTile(run) < map.rowTiles);
                QVERIFY(runs.firstTile(run) < map.colTiles);
                for (std::uint32_t J = runs.firstTile(run);
                     J < std::min(runs.firstTile(run) + runs.width, map.colTiles); ++J)
                    ++seen[runs.rowTile(run) * map.colTiles + J];
            }
            for (const int times : seen)
                QCOMPARE(times, 1);
        }
    }

    void partsStayInTheirBounds() {
        QCOMPARE(gradientParts(0, 16, 384, 396), 1u);
        QCOMPARE(gradientParts(17, 16, 384, 396), 2u);
        QCOMPARE(gradientParts(1 << 20, 16, 384, 396), 396u);
        QCOMPARE(gradientParts(1 << 20, 16, 512 * 64, 396), 64u);
    }

    /// PTX ISA, the figures of the fragments of mma.m16n8k16.
    void documentedPlaces() {
        QCOMPARE(mma::aRow(5, 0), 1);
        QCOMPARE(mma::aCol(5, 0, 1), 3);
        QCOMPARE(mma::aRow(5, 1), 9);
        QCOMPARE(mma::aCol(5, 1, 0), 2);
        QCOMPARE(mma::aRow(5, 2), 1);
        QCOMPARE(mma::aCol(5, 2, 1), 11);
        QCOMPARE(mma::aRow(31, 3), 15);
        QCOMPARE(mma::aCol(31, 3, 1), 15);
        QCOMPARE(mma::bRow(6, 0, 1), 5);
        QCOMPARE(mma::bRow(6, 1, 0), 12);
        QCOMPARE(mma::bCol(6), 1);
        QCOMPARE(mma::cRow(6, 1), 1);
        QCOMPARE(mma::cCol(6, 1), 5);
        QCOMPARE(mma::cRow(6, 2), 9);
        QCOMPARE(mma::cCol(6, 2), 4);
    }

    /// A warp encodes 32 tiles with 16 ranks.
    void encodingOfARun() {
        using namespace encoding;
        const Numbers x(4, 4 * kTiles, 1);
        const Numbers matrix(16, 16, 2);
        std::array<Octet[2], kLanes> loaded;
        for (int lane = 0; lane < kLanes; ++lane)
            for (int o = 0; o < 2; ++o)
                loaded[static_cast<std::size_t>(lane)][o] =
                    x.octet(tileRow(lane), 4 * loadTile(lane) + 8 * o);

        std::array<Accumulators, kProducts> products{};
        for (int b = 0; b < kProducts; ++b) {
            Warp warp;
            for (int lane = 0; lane < kLanes; ++lane) {
                const auto at = static_cast<std::size_t>(lane);
                for (int reg = 0; reg < 4; ++reg)
                    warp.a[at][static_cast<std::size_t>(reg)] =
                        packed(matrix(mma::aRow(lane, reg), element(mma::aCol(lane, reg, 0))),
                               matrix(mma::aRow(lane, reg), element(mma::aCol(lane, reg, 1))));
                for (int reg = 0; reg < 2; ++reg)
                    warp.b[at][static_cast<std::size_t>(reg)] = operand(loaded[at], b, reg);
            }
            multiplyAdd(warp, products[static_cast<std::size_t>(b)]);
        }

        int stored = 0;
        for (int lane = 0; lane < kLanes; ++lane) {
            float own[kProducts][4];
            for (int b = 0; b < kProducts; ++b)
                for (int reg = 0; reg < 4; ++reg)
                    own[b][reg] =
                        products[static_cast<std::size_t>(b)][static_cast<std::size_t>(lane)]
                                [static_cast<std::size_t>(reg)];
            for (int h = 0; h < 2; ++h) {
                const Octet octet = result(own, h, packed);
                for (int e = 0; e < 8; ++e, ++stored) {
                    float expected = 0.0f;
                    for (int a = 0; a < 16; ++a)
                        expected +=
                            matrix(storeRank(lane, h), a) * tileElement(x, storeTile(lane) + e, a);
                    QCOMPARE(half(octet.word[e / 2], e % 2), fromBf16(toBf16(expected)));
                }
            }
        }
        QCOMPARE(stored, 16 * kTiles);
    }

    /// A warp decodes 64 tiles from 16 ranks, and swaps octets before it stores them.
    void decodingOfARun() {
        using namespace decoding;
        const Numbers planes(16, kTiles, 3);
        const Numbers matrix(16, 16, 4);
        std::array<std::array<Accumulators, 2>, kProducts> products{};
        for (int p = 0; p < kProducts; ++p)
            for (int block = 0; block < 2; ++block) {
                Warp warp;
                for (int lane = 0; lane < kLanes; ++lane) {
                    const auto at = static_cast<std::size_t>(lane);
                    Octet loaded[4];
                    for (int q = 0; q < 4; ++q)
                        loaded[q] = planes.octet(loadRank(lane, q), loadTile(lane));
                    std::uint32_t tiles[4];
                    operand(loaded, p, tiles);
                    std::copy_n(tiles, 4, warp.a[at].begin());
                    for (int reg = 0; reg < 2; ++reg) {
                        const int column = element(block, mma::bCol(lane));
                        warp.b[at][static_cast<std::size_t>(reg)] =
                            packed(matrix(rank(mma::bRow(lane, reg, 0)), column),
                                   matrix(rank(mma::bRow(lane, reg, 1)), column));
                    }
                }
                multiplyAdd(warp,
                            products[static_cast<std::size_t>(p)][static_cast<std::size_t>(block)]);
            }

        std::array<Octet[4], kLanes> own;
        for (int lane = 0; lane < kLanes; ++lane) {
            float results[kProducts][2][4];
            for (int p = 0; p < kProducts; ++p)
                for (int block = 0; block < 2; ++block)
                    std::copy_n(products[static_cast<std::size_t>(p)][static_cast<std::size_t>(
                                    block)][static_cast<std::size_t>(lane)]
                                    .begin(),
                                4, results[p][block]);
            for (int o = 0; o < 4; ++o)
                for (int w = 0; w < 4; ++w)
                    own[static_cast<std::size_t>(lane)][o].word[w] =
                        packed(value(results, o, 2 * w), value(results, o, 2 * w + 1));
        }

        std::vector<int> written(static_cast<std::size_t>(16 * kTiles));
        for (int lane = 0; lane < kLanes; ++lane) {
            Octet taken[2];
            for (int n = 0; n < 2; ++n)
                taken[n] =
                    given(own[static_cast<std::size_t>(lane ^ kPartner)], lane ^ kPartner, n);
            for (int s = 0; s < 4; ++s) {
                const Octet octet = stored(own[static_cast<std::size_t>(lane)], taken, lane, s);
                for (int e = 0; e < 8; ++e) {
                    const int column = 8 * storeOctet(lane, s) + e;
                    ++written[static_cast<std::size_t>(tileRow(lane) * 4 * kTiles + column)];
                    float expected = 0.0f;
                    for (int l = 0; l < 16; ++l)
                        expected +=
                            matrix(l, 4 * tileRow(lane) + column % 4) * planes(l, column / 4);
                    QCOMPARE(half(octet.word[e / 2], e % 2), fromBf16(toBf16(expected)));
                }
            }
            // The epilogue's order of a lane's own results.
            for (int o = 0; o < 4; ++o)
                for (int v = 0; v < 8; ++v) {
                    const int column = 4 * loadTile(lane) + 8 * o + v;
                    float expected = 0.0f;
                    for (int l = 0; l < 16; ++l)
                        expected +=
                            matrix(l, 4 * tileRow(lane) + column % 4) * planes(l, column / 4);
                    QCOMPARE(half(own[static_cast<std::size_t>(lane)][o].word[v / 2], v % 2),
                             fromBf16(toBf16(expected)));
                }
        }
        for (const int times : written)
            QCOMPARE(times, 1);
    }

    /// Each store of a decoding warp writes whole sectors of 32 bytes.
    void decodingStoresWholeSectors() {
        for (int lane = 0; lane < kLanes; ++lane)
            for (int s = 0; s < 4; ++s)
                QCOMPARE(decoding::storeOctet(lane, s) ^ decoding::storeOctet(lane ^ 4, s), 1);
    }

    /// A warp sums 16 ranks x 16 elements over 32 tiles.
    void gradientOfARun() {
        using namespace gradient;
        const Numbers x(4, 4 * kTiles, 5);
        const Numbers planes(16, kTiles, 6);
        std::array<Octet[2], kLanes> loaded;
        for (int lane = 0; lane < kLanes; ++lane)
            for (int o = 0; o < 2; ++o)
                loaded[static_cast<std::size_t>(lane)][o] =
                    x.octet(tileRow(lane), 4 * loadTile(lane) + 8 * o);

        std::array<Accumulators, 2> sums{};
        for (int s = 0; s < 2; ++s)
            for (int block = 0; block < 2; ++block) {
                Warp warp;
                for (int lane = 0; lane < kLanes; ++lane) {
                    const auto at = static_cast<std::size_t>(lane);
                    const int partner = lane ^ kPartner;
                    std::uint32_t taken[4];
                    for (int q = 0; q < 4; ++q)
                        taken[q] = given(loaded[static_cast<std::size_t>(partner)], partner, q);
                    std::uint32_t own[8];
                    for (int e = 0; e < 8; ++e)
                        own[e] = columns(loaded[at], taken, lane, e);
                    std::uint32_t a[4];
                    planesOperand(planes.octet(planeRank(lane, 0), planeTile(lane)),
                                  planes.octet(planeRank(lane, 1), planeTile(lane)), s, a);
                    std::copy_n(a, 4, warp.a[at].begin());
                    for (int reg = 0; reg < 2; ++reg)
                        warp.b[at][static_cast<std::size_t>(reg)] = operand(own, s, block, reg);
                }
                multiplyAdd(warp, sums[static_cast<std::size_t>(block)]);
            }

        for (int lane = 0; lane < kLanes; ++lane)
            for (int block = 0; block < 2; ++block)
                for (int reg = 0; reg < 4; ++reg) {
                    const int l = mma::cRow(lane, reg);
                    const int a = element(block, mma::cCol(lane, reg));
                    float expected = 0.0f;
                    for (int J = 0; J < kTiles; ++J)
                        expected += planes(l, J) * tileElement(x, J, a);
                    QCOMPARE(sums[static_cast<std::size_t>(block)][static_cast<std::size_t>(lane)]
                                 [static_cast<std::size_t>(reg)],
                             expected);
                }
    }
};

QTEST_GUILESS_MAIN(TestStlTiles)
#include "test_stl_tiles.moc"

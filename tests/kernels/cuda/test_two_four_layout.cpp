#include <QtTest>

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "kernels/devices.h"
#include "tests/kernels/cuda/sparse_instruction.h"

using namespace inlay::kernels;
using namespace inlay::kernels::cuda;

namespace {

HostTensor wholeNumbers(std::int64_t rows, std::int64_t cols) {
    HostTensor tensor(rows, cols);
    for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t j = 0; j < cols; ++j)
            tensor(i, j) = static_cast<double>((3 * i + 5 * j + i * j) % 9 - 4);
    return tensor;
}

/// W^T X^T for W^T = weights and x by rows: m x n.
HostTensor denseProduct(const HostTensor& weights, const HostTensor& x) {
    HostTensor d(weights.rows, x.rows);
    for (std::int64_t i = 0; i < d.rows; ++i)
        for (std::int64_t j = 0; j < d.cols; ++j)
            for (std::int64_t e = 0; e < x.cols; ++e)
                d(i, j) += weights(i, e) * x(j, e);
    return d;
}

/// The shuffle of the tensor memory accelerator: bits 7 … of the address change bits 4 … .
std::uint32_t shuffled(std::uint32_t address, std::uint32_t mask) {
    return address ^ (address >> 7 & mask) << 4;
}

/// Stage `depth` of a product in shared memory: x behind the values.
struct Filled {
    std::uint32_t inputs;
    Stage stage;

    Filled(const Pruned& weights, const HostTensor& x, std::int64_t depth)
        : inputs(static_cast<std::uint32_t>(64 * weights.m))
        , stage(static_cast<std::size_t>(inputs + 128 * x.rows)) {
        for (std::uint32_t row = 0; row < weights.m; ++row)
            for (std::uint32_t e = 0; e < 32 && 32 * depth + e < weights.k / 2; ++e)
                stage.put(sharedA(row, e / 8) + e % 8 * 2, weights.values(row, 32 * depth + e));
        for (std::uint32_t row = 0; row < x.rows; ++row)
            for (std::uint32_t e = 0; e < 64 && 64 * depth + e < x.cols; ++e)
                stage.put(inputs + sharedB(row, e / 8) + e % 8 * 2, x(row, 64 * depth + e));
    }
    Registers inputsAt(std::uint32_t row, std::uint32_t step) const {
        std::array<std::uint32_t, 32> pointers;
        for (std::uint32_t lane = 0; lane < 32; ++lane)
            pointers[lane] = inputs + 128 * row + laneB(lane, step);
        return stage.loadMatrices(pointers);
    }
    Registers valuesAt(std::uint32_t row, std::uint32_t step) const {
        std::array<std::uint32_t, 32> pointers;
        for (std::uint32_t lane = 0; lane < 32; ++lane)
            pointers[lane] = 64 * row + laneA(lane, step);
        return stage.loadMatrices(pointers);
    }
};

} // namespace

// systems/stl-and-24.md 2.3, 2.4.
class TestTwoFourLayout : public QObject {
    Q_OBJECT

private slots:
    void listedOffsets_data() {
        QTest::addColumn<int>("row");
        QTest::addColumn<int>("column");
        QTest::addColumn<int>("offset");
        const int rows[][3] = {{0, 0, 0},  {8, 0, 1},  {0, 1, 2},  {8, 1, 3}, {16, 0, 4},
                               {24, 0, 5}, {16, 1, 6}, {24, 1, 7}, {1, 0, 8}, {32, 0, 64}};
        for (const auto& [row, column, offset] : rows)
            QTest::addRow("%d %d", row, column) << row << column << offset;
    }
    void listedOffsets() {
        QFETCH(int, row);
        QFETCH(int, column);
        QFETCH(int, offset);
        QCOMPARE(metaHalf(row, column, 64), std::int64_t{offset});
    }

    // The rows of four blocks of eight side by side, then the off-diagonal pair of each 2 x 2 block
    // swapped, then pairs of columns one after the other.
    void reorderingOfTheLibraries() {
        const std::int64_t rows = 96;
        std::set<std::int64_t> seen;
        for (std::int64_t row = 0; row < rows; ++row)
            for (std::int64_t column = 0; column < 6; ++column) {
                std::int64_t r = row / 32 * 32 + 4 * (row % 8) + row % 32 / 8;
                std::int64_t c = column;
                if (r % 2 == 0 && c % 2 == 1) {
                    ++r;
                    --c;
                } else if (r % 2 == 1 && c % 2 == 0) {
                    --r;
                    ++c;
                }
                QCOMPARE(metaHalf(row, column, rows), c / 2 * 2 * rows + 2 * r + c % 2);
                seen.insert(metaHalf(row, column, rows));
            }
        QCOMPARE(seen.size(), std::size_t(rows * 6));
    }

    void lanesOfALine() {
        for (int lane = 0; lane < 32; ++lane) {
            QCOMPARE(metaHalf(metaRow(lane), metaColumn(lane), 32), std::int64_t{2 * lane});
            QCOMPARE(metaHalf(metaRow(lane) + 8, metaColumn(lane), 32), std::int64_t{2 * lane + 1});
        }
    }

    void nibblesInWords() {
        QCOMPARE(packNibbles(0x0D090804u), 0xD984u);
        QCOMPARE(packNibbles(0x04040404u) | packNibbles(0x04040404u) << 16, kMetaPadding);
        QCOMPARE(metaExtent(1, 4).steps, std::int64_t{2});
        for (const std::int64_t m : {1, 31, 32, 33, 500})
            for (std::int64_t first = 0; first < m; first += 64)
                QVERIFY(first + 384 <= metaExtent(m, 64).rows);
    }

    void shufflesOfTheAccelerator() {
        for (std::uint32_t row = 0; row < 64; ++row) {
            for (std::uint32_t chunk = 0; chunk < 4; ++chunk)
                QCOMPARE(sharedA(row, chunk), shuffled(64 * row + 16 * chunk, 3));
            for (std::uint32_t chunk = 0; chunk < 8; ++chunk)
                QCOMPARE(sharedB(row, chunk), shuffled(128 * row + 16 * chunk, 7));
        }
    }

    void lanesThatLoadTogetherHitDifferentBanks() {
        for (std::uint32_t step = 0; step < 2; ++step)
            for (std::uint32_t first = 0; first < 32; first += 8) {
                std::set<std::uint32_t> banksA;
                std::set<std::uint32_t> banksB;
                for (std::uint32_t lane = first; lane < first + 8; ++lane) {
                    banksA.insert(laneA(lane, step) / 16 % 8);
                    banksB.insert(laneB(lane, step) / 16 % 8);
                }
                QCOMPARE(banksA.size(), std::size_t{8});
                QCOMPARE(banksB.size(), std::size_t{8});
            }
    }

    // The second step flips one bit of the first one's offset, which the kernel relies on.
    void stepsFlipOneBit() {
        for (std::uint32_t lane = 0; lane < 32; ++lane) {
            QCOMPARE(laneA(lane, 1), laneA(lane, 0) ^ 32u);
            QCOMPARE(laneB(lane, 1), laneB(lane, 0) ^ 64u);
        }
    }

    void productOfAWarp() {
        const Pruned weights(64, 192);
        const HostTensor x = wholeNumbers(24, 192);
        const MetaExtent extent = metaExtent(weights.m, weights.k);
        HostTensor d(weights.m, x.rows);
        for (std::int64_t depth = 0; depth < extent.steps / 2; ++depth) {
            const Filled filled(weights, x, depth);
            for (std::uint32_t step = 0; step < 2; ++step)
                for (std::uint32_t top = 0; top < weights.m; top += 16) {
                    std::array<std::uint32_t, 32> meta;
                    for (std::size_t lane = 0; lane < 32; ++lane)
                        meta[lane] =
                            weights
                                .words[static_cast<std::size_t>((2 * depth + step) * extent.rows) +
                                       top / 32 * 32 + lane];
                    for (std::uint32_t left = 0; left < x.rows; left += 8)
                        multiplySparse(d, top, left, filled.valuesAt(top, step),
                                       filled.inputsAt(left, step), meta,
                                       static_cast<int>(top / 16 % 2));
                }
        }
        QCOMPARE(d.values, denseProduct(weights.dense, x).values);
    }

    // Inner sizes that are no whole stage, heights that are no whole line.
    void paddingAddsNothing() {
        const Pruned weights(21, 100);
        const HostTensor x = wholeNumbers(8, 100);
        Pruned whole(32, 100);
        whole.values = HostTensor(32, 50);
        std::copy(weights.values.values.begin(), weights.values.values.end(),
                  whole.values.values.begin());
        const MetaExtent extent = metaExtent(weights.m, weights.k);
        HostTensor d(32, 8);
        for (std::int64_t depth = 0; depth < extent.steps / 2; ++depth) {
            const Filled filled(whole, x, depth);
            for (std::uint32_t step = 0; step < 2; ++step)
                for (std::uint32_t top = 0; top < 32; top += 16) {
                    std::array<std::uint32_t, 32> meta;
                    for (std::size_t lane = 0; lane < 32; ++lane)
                        meta[lane] =
                            weights
                                .words[static_cast<std::size_t>((2 * depth + step) * extent.rows) +
                                       lane];
                    multiplySparse(d, top, 0, filled.valuesAt(top, step), filled.inputsAt(0, step),
                                   meta, static_cast<int>(top / 16));
                }
        }
        const HostTensor expected = denseProduct(weights.dense, x);
        for (std::int64_t i = 0; i < 32; ++i)
            for (std::int64_t j = 0; j < 8; ++j)
                QCOMPARE(d(i, j), i < 21 ? expected(i, j) : 0.0);
    }

    // The warpgroup instruction reads A and B from shared memory itself; each warp brings the
    // metadata of its 16 rows, for both steps of a stage in one word a lane.
    void productOfAWarpgroup() {
        const Pruned weights(192, 64);
        const HostTensor x = wholeNumbers(8, 64);
        const MetaExtent extent = metaExtent(weights.m, weights.k);
        const Filled filled(weights, x, 0);
        std::vector<std::uint32_t> lines; // as a block copies them: two lines of its rows
        for (std::int64_t step = 0; step < 2; ++step)
            for (std::int64_t word = 0; word < weights.m; ++word)
                lines.push_back(weights.words[static_cast<std::size_t>(step * extent.rows + word)]);
        HostTensor d(weights.m, x.rows);
        for (int first = 0; first < 192; first += 64)
            for (int warp = 0; warp < 4; ++warp) {
                std::array<std::uint32_t, 32> meta;
                for (int lane = 0; lane < 32; ++lane)
                    meta[static_cast<std::size_t>(lane)] = lines[static_cast<std::size_t>(
                        groupMetaWord(first, warp, lane, static_cast<int>(weights.m)))];
                const auto row = static_cast<std::uint32_t>(first + 16 * warp);
                for (std::uint32_t step = 0; step < 2; ++step)
                    multiplySparse(d, row, 0, filled.valuesAt(row, step), filled.inputsAt(0, step),
                                   meta, static_cast<int>(step));
            }
        QCOMPARE(d.values, denseProduct(weights.dense, x).values);
    }

    // dense -> plain -> device words -> dense, with every filling rule.
    void roundTrip() {
        const std::int64_t in = 68;
        const std::int64_t out = 37;
        HostTensor w(in, out);
        constexpr unsigned kept[] = {0b0011, 0b0101, 0b0110, 0b1001, 0b1010, 0b1100,
                                     0b0000, 0b0001, 0b0010, 0b0100, 0b1000};
        for (std::int64_t i = 0; i < in; ++i)
            for (std::int64_t j = 0; j < out; ++j)
                if (kept[static_cast<std::size_t>((i / 4 + 3 * j) % 11)] >> (i % 4) & 1u)
                    w(i, j) = static_cast<double>((5 * i + 7 * j) % 19 - 9);
        Pruned form(out, in);
        const auto backend = openDevice("reference");
        backend->twoFourCompress(w.view(), form.values.view(),
                                 {form.nibbles.data(), out, in / 4, in / 4, DType::U8});
        form.packWords();
        const MetaExtent extent = metaExtent(out, in);
        for (std::int64_t row = 0; row < out; ++row)
            for (std::int64_t group = 0; group < in / 4; ++group) {
                const std::int64_t at = metaHalf(row, group / 4, extent.rows);
                const std::uint32_t nibble = form.words[static_cast<std::size_t>(at / 2)] >>
                                                 (16 * (at % 2) + 4 * (group % 4)) &
                                             0xFu;
                for (std::int64_t i = 0; i < 4; ++i) {
                    double value = 0.0;
                    if (i == (nibble & 3u))
                        value = form.values(row, 2 * group);
                    else if (i == nibble >> 2)
                        value = form.values(row, 2 * group + 1);
                    QCOMPARE(value, w(4 * group + i, row));
                }
            }
    }

    void everyTileOnce() {
        for (const std::int64_t mTiles : {1, 7, 8, 9, 20})
            for (const std::int64_t nTiles : {1, 5, 16}) {
                std::set<std::pair<std::int64_t, std::int64_t>> seen;
                for (std::int64_t i = 0; i < mTiles * nTiles; ++i) {
                    const TilePlace place = tilePlace(i, mTiles, nTiles);
                    QVERIFY(place.m >= 0 && place.m < mTiles && place.n >= 0 && place.n < nTiles);
                    seen.insert({place.m, place.n});
                }
                QCOMPARE(seen.size(), static_cast<std::size_t>(mTiles * nTiles));
            }
    }
};

QTEST_GUILESS_MAIN(TestTwoFourLayout)
#include "test_two_four_layout.moc"

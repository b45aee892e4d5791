#include <QtTest>

#include <set>
#include <vector>

#include "kernels/cuda/butterfly_blocks.h"

using namespace inlay::kernels;
using namespace inlay::kernels::cuda;

namespace {

std::vector<Butterfly> networks(int leastStages, int mostStages) {
    std::vector<Butterfly> all;
    for (int stages = leastStages; stages <= mostStages; ++stages)
        for (const ButterflyOrder order : {ButterflyOrder::Increasing, ButterflyOrder::Decreasing})
            for (const Transpose transposed : {Transpose::No, Transpose::Yes})
                all.push_back({std::int64_t{1} << stages, order, transposed});
    return all;
}

/// Numbers without a pattern.
std::vector<double> numbers(std::int64_t count, std::uint64_t stream) {
    std::vector<double> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = unitInterval(philox(7, stream, i).word[0]) - 0.5;
    return values;
}

struct Quad {
    double a, b, c, d;
};

void applyPair(const Quad& quad, double& first, double& second) {
    const double sum = quad.a * first + quad.b * second;
    second = quad.c * first + quad.d * second;
    first = sum;
}

Quad quadOf(const Butterfly& spec, const std::vector<double>& weights, int stage, int feature) {
    const auto at =
        static_cast<std::size_t>(4 * (stage * (spec.n / 2) + butterflyPair(stage, feature)));
    if (spec.transposed == Transpose::Yes)
        return {weights[at], weights[at + 2], weights[at + 1], weights[at + 3]};
    return {weights[at], weights[at + 1], weights[at + 2], weights[at + 3]};
}

/// One stage after the other, as struct Butterfly says.
void plain(const Butterfly& spec, const std::vector<double>& weights, std::vector<double>& row) {
    const int stages = static_cast<int>(spec.stages());
    for (int i = 0; i < stages; ++i) {
        const int s = butterflyRises(spec) ? i : stages - 1 - i;
        const int h = 1 << s;
        for (int f = 0; f < spec.n; ++f)
            if ((f & h) == 0)
                applyPair(quadOf(spec, weights, s, f), row[static_cast<std::size_t>(f)],
                          row[static_cast<std::size_t>(f | h)]);
    }
}

/// What the kernels do with a row: passes, tiles, windows, blocks as matrices.
void inBlocks(const Butterfly& spec, const std::vector<double>& weights, std::vector<double>& row) {
    for (const ButterflyPass& pass : butterflyBlockPasses(spec)) {
        const ButterflyTile& tile = pass.tile;
        const BlockWindows windows = butterflyBlockWindows(pass);
        for (int number = 0; number < spec.n / tile.features(); ++number)
            for (int w = 0; w < windows.count; ++w)
                for (int block = 0; block < tile.features() / kBlockSize; ++block) {
                    const BlockWindow& window = windows.window[w];
                    const int low = window.low;
                    const int first =
                        tile.begin(number) + tile.distance(butterflyBlockBase(block, low));
                    std::vector<double> sums(kBlockSize, 0.0);
                    for (int column = 0; column < kBlockSize; ++column) {
                        double values[kBlockSize] = {};
                        values[column] = 1.0;
                        applyBlock(
                            tile, window, first, values,
                            [&](int stage, int feature) {
                                return quadOf(spec, weights, stage, feature);
                            },
                            applyPair);
                        const double x = row[static_cast<std::size_t>(
                            first + tile.distance(window.turned(column) << low))];
                        for (int i = 0; i < kBlockSize; ++i)
                            if (!windows.narrow || i / 8 == column / 8) // the others are not kept
                                sums[static_cast<std::size_t>(i)] += values[i] * x;
                    }
                    for (int i = 0; i < kBlockSize; ++i)
                        row[static_cast<std::size_t>(first +
                                                     tile.distance(window.turned(i) << low))] =
                            sums[static_cast<std::size_t>(i)];
                }
    }
}

/// Banks that 8 features meet, which differ in the given bits of their numbers.
std::size_t banks(unsigned first, int a, int b, int c) {
    std::set<unsigned> met;
    for (unsigned i = 0; i < 8; ++i)
        met.insert(butterflyUnit(first ^ (i & 1) << a ^ (i >> 1 & 1) << b ^ (i >> 2) << c, 1, 1) %
                   8);
    return met.size();
}

} // namespace

// The index arithmetic of butterfly networks on tensor cores, kernels/cuda/butterfly_blocks.h.
class TestButterflyBlocks : public QObject {
    Q_OBJECT

private slots:
    void blocksEqualPlainStages() {
        for (const Butterfly& spec : networks(8, 15)) {
            const std::vector<double> weights = numbers(spec.weights(), 1);
            std::vector<double> expected = numbers(spec.n, 2);
            std::vector<double> row = expected;
            plain(spec, weights, expected);
            inBlocks(spec, weights, row);
            double error = 0.0;
            double size = 0.0;
            for (std::size_t i = 0; i < row.size(); ++i) {
                error += (row[i] - expected[i]) * (row[i] - expected[i]);
                size += expected[i] * expected[i];
            }
            QVERIFY2(error <= 1e-28 * size, qPrintable(QString::number(error / size)));
        }
    }

    void passesTakeEveryStageOnceAndFit() {
        for (const Butterfly& spec : networks(kBlockTileLeast, kBlockStagesMost)) {
            QVERIFY(butterflyHasBlocks(spec));
            const int stages = static_cast<int>(spec.stages());
            std::vector<int> order;
            for (const ButterflyPass& pass : butterflyBlockPasses(spec)) {
                const BlockWindows windows = butterflyBlockWindows(pass);
                QVERIFY(windows.count <= 3);
                for (int w = 0; w < windows.count; ++w)
                    for (int u = 0; u < windows.window[w].steps; ++u)
                        order.push_back(pass.tile.networkBit(windows.window[w].bit[u]));
                QVERIFY(pass.tile.tileBits >= kBlockTileLeast);
                QVERIFY(pass.tile.tileBits <= kBlockTileMost);
                QVERIFY(pass.tile.tileBits <= stages);
                // Pieces of 32 adjacent features, at one distance from each other.
                QVERIFY(pass.tile.laneBits == 0 || pass.tile.laneBits == kBlockLaneBits);
                QVERIFY(pass.tile.firstStage >= pass.tile.laneBits);
            }
            QCOMPARE(static_cast<int>(order.size()), stages);
            for (int i = 0; i < stages; ++i)
                QCOMPARE(order[static_cast<std::size_t>(i)],
                         butterflyRises(spec) ? i : stages - 1 - i);
        }
        QVERIFY(!butterflyHasBlocks({128}));
        QVERIFY(!butterflyHasBlocks({std::int64_t{1} << (kBlockStagesMost + 1)}));
    }

    // Eight lanes load the rows of a matrix together: elements that differ in their three low bits.
    void matricesOfWindowsAreFreeOfConflicts() {
        for (const Butterfly& spec : networks(kBlockTileLeast, kBlockStagesMost))
            for (const ButterflyPass& pass : butterflyBlockPasses(spec)) {
                const BlockWindows windows = butterflyBlockWindows(pass);
                for (int w = 0; w < windows.count; ++w) {
                    const BlockWindow& window = windows.window[w];
                    std::set<unsigned> met;
                    for (int e = 0; e < 8; ++e)
                        met.insert(
                            butterflyUnit(static_cast<unsigned>(window.turned(e) << window.low), 0,
                                          1) %
                            8);
                    QCOMPARE(met.size(), std::size_t{8});
                }
            }
    }

    void narrowFragmentsAreTheKeptWords() {
        for (int row = 0; row < kBlockSize; ++row)
            for (int column = 0; column < kBlockSize; ++column)
                if (row / 8 == column / 8) {
                    const int place = butterflyFragment(row, column); // lane, word, half
                    const int word = place / 2 % 4;
                    QCOMPARE(word, row < 8 ? 0 : 3);
                    QCOMPARE(butterflyNarrowFragment(row, column),
                             place / 8 * 4 + word / 3 * 2 + place % 2);
                }
    }

    void unitsPermuteAndAreLinear() {
        for (int groupBits = 1; groupBits <= 5; ++groupBits) {
            const unsigned features = 1u << (kBlockBatchBits - 3 - groupBits);
            const unsigned groups = 1u << groupBits;
            std::set<unsigned> met;
            for (unsigned f = 0; f < features; ++f)
                for (unsigned g = 0; g < groups; ++g) {
                    const unsigned unit = butterflyUnit(f, g, groupBits);
                    QVERIFY(unit < features * groups);
                    met.insert(unit);
                    QCOMPARE(unit, butterflyUnit(f & 0x555u, g, groupBits) ^
                                       butterflyUnit(f & 0xAAAu, 0, groupBits));
                }
            QCOMPARE(met.size(), std::size_t{features} * groups);
        }
    }

    void unitsAreFreeOfConflicts() {
        for (unsigned first = 0; first < 4096; first += 5) {
            for (int low = 0; low + 3 <= kBlockTileMost; ++low)
                QCOMPARE(banks(first, low, low + 1, low + 2), std::size_t{8});
            QCOMPARE(banks(first, 0, 3, 4), std::size_t{8});
        }
    }

    // PTX ISA, fragments of the left operand of mma.m16n8k16: element i of lane l.
    void fragmentsAsTheProductWantsThem() {
        for (int lane = 0; lane < 32; ++lane)
            for (int i = 0; i < 8; ++i) {
                const bool lowRow = i < 2 || (i >= 4 && i < 6);
                const int row = lane / 4 + (lowRow ? 0 : 8);
                const int column = lane % 4 * 2 + (i & 1) + (i >= 4 ? 8 : 0);
                QCOMPARE(butterflyFragment(row, column), lane * 8 + i);
            }
    }
};

QTEST_GUILESS_MAIN(TestButterflyBlocks)
#include "test_butterfly_blocks.moc"

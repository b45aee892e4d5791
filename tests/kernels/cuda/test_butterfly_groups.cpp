#include <QtTest>

#include <set>
#include <vector>

#include "kernels/cuda/butterfly_plan.h"

using namespace inlay::kernels;
using namespace inlay::kernels::cuda;

namespace {

// Limits that cut small networks into several passes.
constexpr ButterflyLimits kForwardSmall{5, 4, 3, 6, 8};
constexpr ButterflyLimits kBackwardSmall{4, 2, 1, 3, 5};

std::vector<Butterfly> networks(std::int64_t most) {
    std::vector<Butterfly> all;
    for (std::int64_t n = 1; n <= most; n *= 2)
        for (const ButterflyOrder order : {ButterflyOrder::Increasing, ButterflyOrder::Decreasing})
            for (const Transpose transposed : {Transpose::No, Transpose::Yes})
                all.push_back({n, order, transposed});
    return all;
}

std::vector<int> stageOrder(const Butterfly& spec) {
    std::vector<int> order;
    const int stages = static_cast<int>(spec.stages());
    for (int s = 0; s < stages; ++s)
        order.push_back(butterflyRises(spec) ? s : stages - 1 - s);
    return order;
}

/// Numbers without a pattern, exact in double after a few products.
std::vector<double> numbers(std::int64_t count, std::uint64_t stream) {
    std::vector<double> values(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = unitInterval(philox(7, stream, i).word[0]) - 0.5;
    return values;
}

void applyPair(const double* quad, bool transposed, double& first, double& second) {
    const double b = quad[transposed ? 2 : 1];
    const double c = quad[transposed ? 1 : 2];
    const double sum = quad[0] * first + b * second;
    second = c * first + quad[3] * second;
    first = sum;
}

/// One stage after the other, as struct Butterfly says.
void plain(const Butterfly& spec, const std::vector<double>& weights, std::vector<double>& row) {
    for (const int s : stageOrder(spec))
        for (std::int64_t p = 0; p < spec.n / 2; ++p) {
            const std::int64_t h = std::int64_t{1} << s;
            const std::int64_t i = ((p >> s) << (s + 1)) | (p & (h - 1));
            applyPair(&weights[static_cast<std::size_t>((s * (spec.n / 2) + p) * 4)],
                      spec.transposed == Transpose::Yes, row[static_cast<std::size_t>(i)],
                      row[static_cast<std::size_t>(i | h)]);
        }
}

/// What the kernels do with a row: passes, tiles, windows in registers, shared memory in between.
/// `used` counts the uses of every weight.
template <int kBits>
void inWindows(const Butterfly& spec, const ButterflyLimits& limits,
               const std::vector<double>& weights, std::vector<double>& row,
               std::vector<int>& used) {
    constexpr int kElements = 1 << kBits;
    const int n = static_cast<int>(spec.n);
    for (const ButterflyPass& pass : butterflyPasses(spec, limits, kBits)) {
        const ButterflyTile& tile = pass.tile;
        const ButterflyWindows<kBits> windows = butterflyWindows<kBits>(pass, n);
        const int tiles = std::max(1, n / tile.features());
        const int items = tile.features() / kElements;
        for (int number = 0; number < tiles; ++number) {
            std::vector<double> shared(static_cast<std::size_t>(std::max(tile.features(), 256)),
                                       0.0);
            for (int w = 0; w < windows.count; ++w)
                for (int item = 0; item < items; ++item) {
                    const ButterflyWindow<kBits>& window = windows.window[w];
                    const int base = window.base(item);
                    const int feature = tile.begin(number) + tile.distance(base);
                    const unsigned first = butterflyPlace(static_cast<unsigned>(base));
                    double values[kElements];
                    for (int e = 0; e < kElements; ++e) {
                        const auto from = static_cast<std::size_t>(feature) +
                                          butterflyDistance(window.distance, e);
                        values[e] = w > 0 ? shared[butterflyPlaceOf(first, window.place, e)]
                                    : from < row.size() ? row[from]
                                                        : 0.0;
                    }
                    for (int u = 0; u < window.steps; ++u)
                        for (int m = 0; m < kElements / 2; ++m) {
                            const int e = butterflyElement(u, m);
                            if (feature + static_cast<int>(butterflyDistance(window.distance, e)) >=
                                n)
                                continue;
                            const auto at = static_cast<std::size_t>(
                                4 * butterflyPair(window.lowestStage, feature) +
                                window.stepWeights[u] +
                                butterflyDistance(window.pairWeights[u], e));
                            applyPair(&weights[at], spec.transposed == Transpose::Yes, values[e],
                                      values[e | 1 << u]);
                            ++used[at / 4];
                        }
                    for (int e = 0; e < kElements; ++e) {
                        const auto to = static_cast<std::size_t>(feature) +
                                        butterflyDistance(window.distance, e);
                        if (w + 1 < windows.count)
                            shared[butterflyPlaceOf(first, window.place, e)] = values[e];
                        else if (to < row.size())
                            row[to] = values[e];
                    }
                }
        }
    }
}

template <int kBits>
void compareWithPlain(const ButterflyLimits& limits, std::int64_t most) {
    for (const Butterfly& spec : networks(most)) {
        const std::vector<double> weights = numbers(spec.weights(), 1);
        std::vector<double> expected = numbers(spec.n, 2);
        std::vector<double> row = expected;
        std::vector<int> used(static_cast<std::size_t>(spec.weights() / 4), 0);
        plain(spec, weights, expected);
        inWindows<kBits>(spec, limits, weights, row, used);
        QCOMPARE(row, expected);
        QCOMPARE(used, std::vector<int>(used.size(), 1));
    }
}

/// All that differs between the threads of a warp: the windows of 32 neighbors.
template <int kBits>
bool meetsEveryBank(int low, int warp, int element) {
    const ButterflyWindow<kBits> window{low, kBits, {}};
    std::set<unsigned> banks;
    for (int lane = 0; lane < 32; ++lane) {
        const int local = window.base(warp * 32 + lane) | element << low;
        banks.insert(butterflyPlace(static_cast<unsigned>(local)) % 32);
    }
    return banks.size() == 32;
}

} // namespace

// The butterfly kernels' index arithmetic, kernels/cuda/butterfly_index.h and butterfly_plan.h.
class TestButterflyGroups : public QObject {
    Q_OBJECT

private slots:
    void forwardEqualsPlainStages() { compareWithPlain<3>(kButterflyForward, 4096); }
    void forwardInSeveralPasses() { compareWithPlain<3>(kForwardSmall, 4096); }
    void backwardWindowsEqualPlainStages() { compareWithPlain<2>(kButterflyBackward, 4096); }
    void backwardInSeveralPasses() { compareWithPlain<2>(kBackwardSmall, 1024); }
    // The recomputation of what lies between backward passes takes their tiles in larger windows.
    void backwardPassesInForwardWindows() { compareWithPlain<3>(kButterflyBackward, 4096); }

    void largeNetworksOnce() {
        const Butterfly spec{65536};
        const std::vector<double> weights = numbers(spec.weights(), 1);
        std::vector<double> expected = numbers(spec.n, 2);
        std::vector<double> row = expected;
        std::vector<int> used(static_cast<std::size_t>(spec.weights() / 4), 0);
        plain(spec, weights, expected);
        inWindows<3>(spec, kButterflyForward, weights, row, used);
        QCOMPARE(row, expected);
    }

    void passesTakeEveryStageOnce() {
        for (const Butterfly& spec : networks(std::int64_t{1} << 24))
            for (const ButterflyLimits& limits : {kButterflyForward, kButterflyBackward}) {
                std::vector<int> order;
                for (const ButterflyPass& pass : butterflyPasses(spec, limits, 2)) {
                    const int first = pass.tile.networkBit(pass.tile.laneBits);
                    for (int k = 0; k < pass.stages; ++k)
                        order.push_back(pass.rising ? first + k : first + pass.stages - 1 - k);
                    QVERIFY(pass.stages <= limits.lone);
                    QVERIFY(pass.tile.laneBits + pass.stages <= pass.tile.tileBits);
                    // Runs of at least 16 features, or whole tiles of adjacent ones.
                    QVERIFY(pass.tile.laneBits == 0 || pass.tile.laneBits >= 4);
                }
                QCOMPARE(order, stageOrder(spec));
            }
    }

    void passesByNumberOfStages() {
        const auto count = [](std::int64_t n, const ButterflyLimits& limits) {
            return butterflyPasses({n}, limits, 3).size();
        };
        QCOMPARE(count(4096, kButterflyForward), std::size_t{1});
        QCOMPARE(count(8192, kButterflyForward), std::size_t{2});
        QCOMPARE(count(131072, kButterflyForward), std::size_t{2});
        QCOMPARE(count(1024, kButterflyBackward), std::size_t{1});
        QCOMPARE(count(65536, kButterflyBackward), std::size_t{2});
    }

    // Only the window with the highest stages may have fewer of them than it has room for: the
    // kernels take all others, and the one of adjacent features, in full.
    void onlyTheHighestWindowIsPartial() {
        for (const Butterfly& spec : networks(std::int64_t{1} << 20))
            for (const ButterflyPass& pass : butterflyPasses(spec, kButterflyForward, 3)) {
                const auto windows = butterflyWindows<3>(pass, static_cast<int>(spec.n));
                for (int w = 0; w < windows.count; ++w) {
                    const bool highest = w == (pass.rising ? windows.count - 1 : 0);
                    QVERIFY(highest || windows.window[w].steps == 3);
                    QCOMPARE(windows.window[w].adjacent,
                             pass.tile.laneBits == 0 && pass.stages >= 3 &&
                                 w == (pass.rising ? 0 : windows.count - 1));
                }
            }
    }

    void placesAreFreeOfConflicts() {
        for (int low = 0; low < 9; ++low)
            for (int warp = 0; warp < 16; ++warp) {
                for (int element = 0; element < 8; ++element)
                    QVERIFY(meetsEveryBank<3>(low, warp, element));
                for (int element = 0; element < 4; ++element)
                    QVERIFY(meetsEveryBank<2>(low, warp, element));
            }
    }

    void placesPermuteAndAreLinear() {
        std::set<unsigned> places;
        for (unsigned i = 0; i < 256; ++i)
            places.insert(butterflyPlace(i));
        QCOMPARE(places.size(), std::size_t{256});
        QCOMPARE(*places.rbegin(), 255u);
        for (unsigned i = 0; i < 4096; ++i) {
            QCOMPARE(butterflyPlace(i), butterflyPlace(i & 0x0F0Fu) ^ butterflyPlace(i & 0xF0F0u));
            QCOMPARE(butterflyPlace(i + 768), butterflyPlace(i) + 768);
            // Up to whole groups of 32: a batch of a few numbers takes that much room.
            QCOMPARE(butterflyPlace(i) / 32, i / 32);
        }
    }
};

QTEST_GUILESS_MAIN(TestButterflyGroups)
#include "test_butterfly_groups.moc"

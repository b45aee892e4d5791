#include <QtTest>

#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "engine/analysis/bands.h"
#include "engine/analysis/config_diff.h"
#include "engine/analysis/downsample.h"
#include "engine/analysis/pareto.h"
#include "engine/analysis/singular_values.h"
#include "engine/analysis/smoothing.h"
#include "engine/base/random.h"

using namespace inlay::engine;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

std::vector<double> ramp(std::size_t count) {
    std::vector<double> x(count);
    std::iota(x.begin(), x.end(), 0.0);
    return x;
}

std::vector<double> noise(std::size_t count, std::string_view name) {
    RandomStream stream(11, name);
    std::vector<double> y(count);
    for (double& value : y)
        value = stream.normal();
    return y;
}

void compare(const std::vector<double>& got, const std::vector<double>& wanted, double tolerance) {
    QCOMPARE(got.size(), wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i)
        QVERIFY2(std::abs(got[i] - wanted[i]) <= tolerance,
                 qPrintable(QString("%1: %2, not %3").arg(i).arg(got[i]).arg(wanted[i])));
}

bool contains(const std::vector<std::size_t>& indices, std::size_t index) {
    return std::find(indices.begin(), indices.end(), index) != indices.end();
}

} // namespace

class TestAnalysis : public QObject {
    Q_OBJECT

private slots:
    void lttbGolden() {
        const auto x = ramp(20);
        std::vector<double> y;
        for (int i = 0; i < 20; ++i)
            y.push_back((7 * i) % 11);
        QCOMPARE(lttbIndices(x, y, 6), (std::vector<std::size_t>{0, 3, 5, 11, 14, 19}));
        QCOMPARE(lttbIndices(x, y, 2), (std::vector<std::size_t>{0, 19}));
        QCOMPARE(lttbIndices(x, y, 30).size(), std::size_t{20});
    }

    void lttbSkipsNonFinite() {
        const auto x = ramp(100);
        auto y = noise(100, "lttb");
        y[0] = kNaN;
        y[50] = kInf;
        const auto indices = lttbIndices(x, y, 10);
        QCOMPARE(indices.size(), std::size_t{10});
        QCOMPARE(indices.front(), std::size_t{1});
        QVERIFY(!contains(indices, 50));
    }

    void minMaxLttbKeepsEndsAndCount() {
        const auto x = ramp(10000);
        auto y = noise(10000, "minmaxlttb");
        y[7777] = 1000;
        const auto indices = minMaxLttbIndices(x, y, 200);
        QCOMPARE(indices.size(), std::size_t{200});
        QCOMPARE(indices.front(), std::size_t{0});
        QCOMPARE(indices.back(), std::size_t{9999});
        QVERIFY(contains(indices, 7777));
        QVERIFY(std::is_sorted(indices.begin(), indices.end()));
    }

    // Each column of the reduction has the extremes of the full data, whatever the spacing of x.
    void minMaxEqualsFullDataPerColumn() {
        RandomStream stream(3, "x");
        std::vector<double> x;
        double at = 0;
        for (int i = 0; i < 20000; ++i)
            x.push_back(at += stream.uniform() < 0.01 ? 50 : stream.uniform());
        const auto y = noise(x.size(), "y");
        for (const std::size_t columns : {1, 2, 7, 100, 999}) {
            const auto kept = minMaxIndices(x, y, columns);
            QVERIFY(kept.size() <= 2 * columns + 2);
            QVERIFY(std::is_sorted(kept.begin(), kept.end()));
            QCOMPARE(std::adjacent_find(kept.begin(), kept.end()), kept.end());
            const auto extremes = [&](const auto& indices) {
                std::map<std::size_t, std::pair<double, double>> result;
                for (const std::size_t i : indices) {
                    const double width = (x.back() - x.front()) / static_cast<double>(columns);
                    std::size_t c = 0;
                    while (c + 1 < columns &&
                           x[i] >= x.front() + width * static_cast<double>(c + 1))
                        ++c;
                    auto [it, isNew] = result.try_emplace(c, y[i], y[i]);
                    it->second.first = std::min(it->second.first, y[i]);
                    it->second.second = std::max(it->second.second, y[i]);
                }
                return result;
            };
            std::vector<std::size_t> everything(x.size());
            std::iota(everything.begin(), everything.end(), std::size_t{0});
            QCOMPARE(extremes(kept), extremes(everything));
        }
    }

    void minMaxKeepsSpikesAndNonFinite() {
        const auto x = ramp(100000);
        for (const std::size_t spike : {1, 4242, 99998}) {
            std::vector<double> y(x.size(), 1.0);
            y[spike] = 1.5;
            y[50000] = kNaN;
            y[50001] = kInf;
            y[50002] = -kInf;
            for (const std::size_t columns : {1, 10, 1000}) {
                const auto kept = minMaxIndices(x, y, columns);
                for (const std::size_t index : {spike, std::size_t{50000}, std::size_t{50001},
                                                std::size_t{50002}, std::size_t{0}, x.size() - 1})
                    QVERIFY(contains(kept, index));
            }
        }
        // A NaN as the first value of a column must not hide the column's extremes.
        std::vector<double> y(x.size(), kNaN);
        y[70000] = 3;
        QVERIFY(contains(minMaxIndices(x, y, 5), 70000));
    }

    void minMaxDegenerate() {
        QVERIFY(minMaxIndices({}, {}, 10).empty());
        const std::vector<double> x(100, 2.0);
        const auto y = noise(100, "flat");
        const auto kept = minMaxIndices(x, y, 10);
        const auto [low, high] = std::minmax_element(y.begin(), y.end());
        QVERIFY(contains(kept, static_cast<std::size_t>(low - y.begin())));
        QVERIFY(contains(kept, static_cast<std::size_t>(high - y.begin())));
    }

    void debiasedGolden() {
        compare(smoothDebiased(std::vector<double>{1, 2, 3}, 0.5), {1, 5.0 / 3, 17.0 / 7}, 1e-12);
        compare(smoothDebiased(std::vector<double>{0, 10, 0, 10}, 0.6), {0, 6.25, 3.0612245, 6.25},
                5e-8);
        compare(smoothDebiased(std::vector<double>{3, 1, 2}, 0), {3, 1, 2}, 0);
    }

    void debiasedConstantAndLimits() {
        const std::vector<double> constant(1000, 0.1);
        compare(smoothDebiased(constant, 0.999), constant, 0);
        compare(smoothDebiased(std::vector<double>{1, 2}, 1.0),
                smoothDebiased(std::vector<double>{1, 2}, 0.999), 0);
    }

    void nonFinitePassesThroughUncounted() {
        const auto smooth = smoothDebiased(std::vector<double>{1, kNaN, 2, kInf, 3}, 0.5);
        QVERIFY(std::isnan(smooth[1]));
        QCOMPARE(smooth[3], kInf);
        compare({smooth[0], smooth[2], smooth[4]}, {1, 5.0 / 3, 17.0 / 7}, 1e-12);
        const auto mean = runningMean(std::vector<double>{1, kNaN, 2}, 3);
        QCOMPARE(mean[0], 1.0);
        QVERIFY(std::isnan(mean[1]));
        QCOMPARE(mean[2], 2.0);
        const auto timed = smoothTimeWeighted(ramp(3), std::vector<double>{1, kNaN, 1}, 0.5);
        QCOMPARE(timed[2], 1.0);
    }

    // Direct sums of the definition: weights w'^(distance) over all points before.
    void timeWeightedEqualsDirectSum() {
        const std::vector<double> x{0, 1, 4, 4.5, 10};
        const std::vector<double> y{5, -1, 2, 8, 3};
        const double w = std::sqrt(0.9);
        std::vector<double> wanted;
        for (std::size_t i = 0; i < x.size(); ++i) {
            double value = 0;
            double divisor = 0;
            for (std::size_t j = 0; j <= i; ++j) {
                const double weight = std::pow(w, (x[i] - x[j]) / 10 * 1000);
                value += weight * y[j];
                divisor += weight;
            }
            wanted.push_back(value / divisor);
        }
        compare(smoothTimeWeighted(x, y, 0.9), wanted, 1e-12);
        const std::vector<double> same(4, 7.0);
        compare(smoothTimeWeighted(same, std::vector<double>{1, 2, 3, 4}, 0.5), {1, 1.5, 2, 2.5},
                1e-12);
    }

    void runningMeanEqualsDirectMean() {
        const auto y = noise(200, "mean");
        for (const std::size_t window : {1, 2, 3, 10, 51, 1000}) {
            std::vector<double> wanted;
            for (std::size_t i = 0; i < y.size(); ++i) {
                const std::size_t half = window / 2;
                const std::size_t begin = i < half ? 0 : i - half;
                const std::size_t end = std::min(y.size(), i + half + 1);
                double sum = 0;
                for (std::size_t j = begin; j < end; ++j)
                    sum += y[j];
                wanted.push_back(sum / static_cast<double>(end - begin));
            }
            compare(runningMean(y, window), wanted, 1e-12);
        }
        std::vector<double> spike(40, 1.5);
        spike[7] = 1e25;
        const std::vector<double> after = runningMean(spike, 5);
        for (std::size_t i = 10; i < after.size(); ++i)
            QCOMPARE(after[i], 1.5);
        QCOMPARE(runningMeanProvisionalFrom(100, 11), std::size_t{95});
        QCOMPARE(runningMeanProvisionalFrom(3, 11), std::size_t{0});
    }

    void bandOnDifferingGrids() {
        const std::vector<double> xa{0, 10, 20, 30};
        const std::vector<double> ya{1, 2, 3, kNaN};
        const std::vector<double> xb{0, 20, 40};
        const std::vector<double> yb{3, 7, 9};
        const std::vector<SeriesView> members{{xa, ya}, {xb, yb}};
        const Band exact = bandOf(members, Alignment::Exact);
        compare(exact.x, {0, 10, 20, 40}, 0);
        QCOMPARE(exact.count, (std::vector<std::size_t>{2, 1, 2, 1}));
        compare(exact.mean, {2, 2, 5, 9}, 1e-12);
        QVERIFY(std::abs(exact.deviation[2] - std::sqrt(8.0)) < 1e-12);
        QVERIFY(std::isnan(exact.deviation[1]));
        const Band linear = bandOf(members, Alignment::Linear);
        compare(linear.x, {0, 10, 20, 30, 40}, 0);
        QCOMPARE(linear.count, (std::vector<std::size_t>{2, 2, 2, 1, 1}));
        compare(linear.mean, {2, 3.5, 5, 8, 9}, 1e-12);
        compare(linear.min, {1, 2, 3, 8, 9}, 1e-12);
        compare(linear.max, {3, 5, 7, 8, 9}, 1e-12);
    }

    // Reference: long double sums over a shared grid with a large offset.
    void bandEqualsReference() {
        const auto x = ramp(500);
        std::vector<std::vector<double>> y;
        for (const char* name : {"a", "b", "c", "d", "e"}) {
            y.push_back(noise(500, name));
            for (double& value : y.back())
                value += 1000;
        }
        std::vector<SeriesView> members;
        for (const auto& values : y)
            members.push_back({x, values});
        const Band band = bandOf(members, Alignment::Linear);
        for (std::size_t i = 0; i < x.size(); ++i) {
            long double mean = 0;
            for (const auto& values : y)
                mean += values[i];
            mean /= y.size();
            long double squares = 0;
            for (const auto& values : y)
                squares += (values[i] - mean) * (values[i] - mean);
            const double deviation = static_cast<double>(std::sqrt(squares / (y.size() - 1)));
            QVERIFY(std::abs(band.mean[i] / static_cast<double>(mean) - 1) < 1e-12);
            QVERIFY(std::abs(band.deviation[i] - deviation) < 1e-12);
        }
    }

    void duplicateStepsLastWins() {
        const std::vector<double> x{0, 1, 1, 2};
        const std::vector<double> y{0, 5, 7, 8};
        const std::vector<double> x2{0.5};
        const std::vector<double> y2{1};
        const Band band = bandOf(std::vector<SeriesView>{{x, y}, {x2, y2}}, Alignment::Linear);
        compare(band.x, {0, 0.5, 1, 2}, 0);
        compare(band.max, {0, 3.5, 7, 8}, 1e-12);
    }

    void paretoEqualsBruteForce_data() {
        QTest::addColumn<int>("dimensions");
        QTest::addColumn<int>("levels");
        for (const int dimensions : {1, 2, 3, 4})
            for (const int levels : {3, 20, 100000})
                QTest::addRow("%d criteria, %d levels", dimensions, levels) << dimensions << levels;
    }

    void paretoEqualsBruteForce() {
        QFETCH(int, dimensions);
        QFETCH(int, levels);
        RandomStream stream(static_cast<std::uint64_t>(dimensions * levels), "pareto");
        for (int mix = 0; mix < 1 << dimensions; ++mix) {
            std::vector<Goal> goals;
            for (int d = 0; d < dimensions; ++d)
                goals.push_back(mix >> d & 1 ? Goal::Maximize : Goal::Minimize);
            const std::size_t n = 120;
            const auto width = static_cast<std::size_t>(dimensions);
            std::vector<double> values(n * width);
            for (double& value : values)
                value = static_cast<double>(stream.below(static_cast<std::uint64_t>(levels)));
            values[5 * width] = kNaN;
            const auto better = [&](std::size_t i, std::size_t j, std::size_t d) {
                const double a = values[i * width + d];
                const double b = values[j * width + d];
                return goals[d] == Goal::Minimize ? a < b : a > b;
            };
            std::vector<std::size_t> wanted;
            for (std::size_t i = 0; i < n; ++i) {
                bool dominated = i == 5;
                for (std::size_t j = 0; j < n; ++j) {
                    bool some = false;
                    bool none = true;
                    for (std::size_t d = 0; d < width; ++d) {
                        some = some || better(j, i, d);
                        none = none && !better(i, j, d);
                    }
                    dominated = dominated || (j != 5 && some && none);
                }
                if (!dominated)
                    wanted.push_back(i);
            }
            QCOMPARE(paretoFront(values, goals), wanted);
        }
    }

    void diffKeepsOrderAndMissing() {
        const std::vector<FlatConfig> configs{
            {{"epochs", 2}, {"network.operator.kind", "dense"}, {"optimizer.clip", 1}},
            {{"epochs", 2},
             {"network.operator.kind", "stl"},
             {"network.operator.rank", 24},
             {"optimizer.clip", 1.0}},
            {{"epochs", 3}, {"network.operator.kind", "dense"}, {"optimizer.clip", 1}},
        };
        const ConfigDiff diff = diffConfigs(configs);
        QCOMPARE(diff.equalKeys, std::size_t{1});
        QCOMPARE(diff.sections.size(), std::size_t{2});
        QCOMPARE(diff.sections[0].section, std::string());
        QCOMPARE(diff.sections[0].keys[0].name, std::string("epochs"));
        QCOMPARE(diff.sections[0].keys[0].differs, (std::vector<bool>{false, false, true}));
        QCOMPARE(diff.sections[1].section, std::string("network.operator"));
        QCOMPARE(diff.sections[1].keys[1].key, std::string("network.operator.rank"));
        QVERIFY(!diff.sections[1].keys[1].values[0].has_value());
        QCOMPARE(diff.sections[1].keys[1].values[1]->get<int>(), 24);
        QCOMPARE(diffConfigs(configs, 2).sections[0].keys[0].differs,
                 (std::vector<bool>{true, true, false}));
        QVERIFY(diffConfigs({}).sections.empty());
        // The keys that are the same everywhere are listed on wish, and counted as before.
        const ConfigDiff all = diffConfigs(configs, 0, DiffKeys::All);
        QCOMPARE(all.equalKeys, std::size_t{1});
        QCOMPARE(all.sections.size(), std::size_t{3});
        QCOMPARE(all.sections[2].keys[0].key, std::string("optimizer.clip"));
        QCOMPARE(all.sections[2].keys[0].differs, (std::vector<bool>{false, false, false}));
    }

    void singularValuesOfSmallMatrices() {
        // Rotated and scaled: 3 and 2 whatever the rotation.
        const double angle = 0.7;
        const auto c = static_cast<float>(std::cos(angle));
        const auto t = static_cast<float>(std::sin(angle));
        const std::vector<float> rotated = {3 * c, -2 * t, 0, 3 * t, 2 * c, 0};
        const std::vector<double> two = singularValues(rotated, 2, 3);
        QCOMPARE(two.size(), std::size_t{2});
        QVERIFY(std::abs(two[0] - 3) < 1e-6);
        QVERIFY(std::abs(two[1] - 2) < 1e-6);
        // An outer product has one.
        std::vector<float> outer;
        for (int i = 1; i <= 4; ++i)
            for (int j = 1; j <= 3; ++j)
                outer.push_back(static_cast<float>(i * j));
        const std::vector<double> one = singularValues(outer, 4, 3);
        QCOMPARE(one.size(), std::size_t{3});
        QVERIFY(std::abs(one[0] - std::sqrt(30.0 * 14.0)) < 1e-5);
        QVERIFY(one[1] < 1e-6);
    }
};

QTEST_GUILESS_MAIN(TestAnalysis)
#include "test_analysis.moc"

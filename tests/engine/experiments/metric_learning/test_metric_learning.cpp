#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <map>
#include <set>

#include "engine/base/error.h"
#include "engine/experiments/metric_learning/batch_source.h"
#include "engine/experiments/metric_learning/metric_step.h"
#include "engine/experiments/metric_learning/point_losses.h"
#include "engine/experiments/metric_learning/triplet_choice.h"
#include "engine/networks/network.h"

using namespace inlay::engine;
using namespace inlay::engine::metric_learning;

namespace {

Dataset labeled(const std::vector<std::int32_t>& labels, int classes) {
    Dataset data;
    data.count = std::ssize(labels);
    data.labels = labels;
    for (int c = 0; c < classes; ++c)
        data.classNames.push_back(std::to_string(c));
    return data;
}

const RandomStream kStream(3, "test");

std::vector<double> normals(std::int64_t count) {
    RandomStream stream(9, "points");
    std::vector<double> values(static_cast<std::size_t>(count));
    for (double& value : values)
        value = stream.normal();
    return values;
}

} // namespace

// Which triplets are formed, and the loss of a batch with its gradient.
class TestMetricLearning : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    std::string file(const QByteArray& content) {
        const QString path = folder_.filePath("comparisons.csv");
        QFile out(path);
        if (out.open(QIODevice::WriteOnly))
            out.write(content);
        return path.toStdString();
    }

private slots:
    void everyPairGetsANegative() {
        const std::vector<std::int32_t> labels{0, 1, 0, 1, 2, 0};
        const std::vector<double> points = normals(6 * 2);
        const DistanceTable distances(EmbeddedRows{points, 6, 2});
        const auto triplets = chooseTriplets({}, labels, distances, kStream);
        QCOMPARE(triplets.size(), std::size_t(3 * 2 + 2)); // class 2 has no pair
        std::set<std::pair<std::int64_t, std::int64_t>> pairs;
        for (const Triplet& t : triplets) {
            const auto label = [&](std::int64_t i) {
                return labels[static_cast<std::size_t>(i)];
            };
            QCOMPARE(label(t.anchor), label(t.positive));
            QVERIFY(label(t.anchor) != label(t.negative));
            pairs.insert({t.anchor, t.positive});
        }
        QCOMPARE(pairs.size(), triplets.size());
        TripletConfig all;
        all.source = TripletSource::InBatchAll;
        // Of class 0 six pairs with three negatives, of class 1 two with four.
        QCOMPARE(chooseTriplets(all, labels, distances, kStream).size(), std::size_t(26));
    }

    void oneClassHasNoTriplets() {
        const std::vector<std::int32_t> labels{1, 1, 1};
        const std::vector<double> points = normals(6);
        const DistanceTable distances(EmbeddedRows{points, 3, 2});
        QVERIFY(chooseTriplets({}, labels, distances, kStream).empty());
    }

    // Points on a line: anchor 0, positive 1, negatives 0.5, 1.5 and 9.
    void semiHardTakesTheNearestBeyond() {
        const std::vector<double> points{0.0, 1.0, 0.5, 1.5, 9.0};
        const std::vector<std::int32_t> labels{0, 0, 1, 1, 1};
        const DistanceTable distances(EmbeddedRows{points, 5, 1});
        TripletConfig config;
        config.source = TripletSource::SemiHard;
        config.margin = 1.0;
        const auto triplets = chooseTriplets(config, labels, distances, kStream);
        QCOMPARE(triplets.front(), (Triplet{0, 1, 3}));
        // Within 0.2 there is none: any negative will do, but one there is.
        config.margin = 0.2;
        QVERIFY(chooseTriplets(config, labels, distances, kStream).front().negative >= 2);
    }

    // Distances 1 and 9: nine of ten draws are the near one.
    void distanceWeightsAreInverse() {
        const std::vector<double> points{0.0, 0.1, 1.0, 9.0};
        const std::vector<std::int32_t> labels{0, 0, 1, 1};
        const DistanceTable distances(EmbeddedRows{points, 4, 1});
        TripletConfig config;
        config.source = TripletSource::DistanceWeighted;
        int near = 0;
        for (std::uint64_t i = 0; i < 2000; ++i)
            near +=
                chooseTriplets(config, labels, distances, kStream.split(i)).front().negative == 2;
        QVERIFY(std::abs(near / 2000.0 - 0.9) < 0.03);
    }

    // Steps of an epoch go through every sample once; a step does not depend on those before it.
    void plainBatchesCoverAnEpoch() {
        const Dataset data = labeled({0, 1, 0, 1, 0, 1, 0}, 2);
        MetricConfig config;
        config.batchSize = 3;
        BatchSource source(config, data, {}, kStream);
        QCOMPARE(source.stepsPerEpoch(), std::int64_t(3));
        std::multiset<std::int64_t> seen;
        std::vector<std::vector<std::int64_t>> steps;
        for (std::int64_t step = 0; step < 6; ++step) {
            steps.push_back(source.at(step).samples);
            if (step < 3)
                seen.insert(steps.back().begin(), steps.back().end());
        }
        QCOMPARE(seen.size(), std::size_t(7));
        QCOMPARE(std::set<std::int64_t>(seen.begin(), seen.end()).size(), std::size_t(7));
        BatchSource again(config, data, {}, kStream);
        QCOMPARE(again.at(4).samples, steps[4]);
        QCOMPARE(again.at(1).samples, steps[1]);
    }

    void balancedBatches() {
        std::vector<std::int32_t> labels;
        for (int i = 0; i < 60; ++i)
            labels.push_back(i % 5);
        labels.push_back(5); // one item: never fills its part
        MetricConfig config;
        config.balanced = {3, 4};
        BatchSource source(config, labeled(labels, 6), {}, kStream);
        for (std::int64_t step = 0; step < 20; ++step) {
            std::map<std::int32_t, std::set<std::int64_t>> items;
            for (const std::int64_t sample : source.at(step).samples)
                items[labels[static_cast<std::size_t>(sample)]].insert(sample);
            QCOMPARE(items.size(), std::size_t(3));
            for (const auto& [label, own] : items)
                QCOMPARE(own.size(), std::size_t(4));
            QVERIFY(!items.contains(5));
        }
    }

    void paperListHasValidTriplets() {
        const std::vector<std::int32_t> labels{0, 0, 1, 1, 1, 2};
        MetricConfig config;
        config.triplets.source = TripletSource::PaperList;
        config.triplets.perEpoch = 50;
        config.batchSize = 16;
        BatchSource source(config, labeled(labels, 3), {}, kStream);
        QCOMPARE(source.stepsPerEpoch(), std::int64_t(4));
        QCOMPARE(source.at(3).samples.size(), std::size_t(3 * 2)); // 50 - 3 * 16
        for (std::int64_t step = 0; step < 4; ++step) {
            const StepSamples own = source.at(step);
            QVERIFY(own.listed);
            for (std::size_t i = 0; i < own.samples.size(); i += 3) {
                const auto label = [&](std::size_t j) {
                    return labels[static_cast<std::size_t>(own.samples[j])];
                };
                QVERIFY(own.samples[i] != own.samples[i + 1]);
                QCOMPARE(label(i), label(i + 1));
                QVERIFY(label(i) != label(i + 2));
                QVERIFY(label(i) != 2); // has no second item
            }
        }
        QVERIFY(source.at(0).samples != source.at(4).samples); // anew each epoch
    }

    void comparisonsAreRead() {
        const auto triplets = readComparisons(file("anchor,closer,farther\n0,1,2\n\n3;4;5\n"), 6);
        QCOMPARE(triplets, (std::vector<Triplet>{{0, 1, 2}, {3, 4, 5}}));
    }
    void badComparisons_data() {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QByteArray>("sentence");
        QTest::newRow("empty") << QByteArray("a,b,c\n") << QByteArray("holds no comparison");
        QTest::newRow("columns") << QByteArray("0,1,2\n0,1\n")
                                 << QByteArray("line 2: 2 columns, expected 3");
        QTest::newRow("text") << QByteArray("0,1,2\n0,one,2\n")
                              << QByteArray("line 2: \"one\" is not a whole number");
        QTest::newRow("range") << QByteArray("0,1,6\n")
                               << QByteArray("line 1: sample 6, allowed is 0 to 5");
        QTest::newRow("negative") << QByteArray("0,-1,2\n") << QByteArray("sample -1");
        QTest::newRow("twice") << QByteArray("1,1,2\n")
                               << QByteArray("the three samples 1, 1 and 2 must differ");
    }
    void badComparisons() {
        QFETCH(QByteArray, content);
        QFETCH(QByteArray, sentence);
        try {
            readComparisons(file(content), 6);
            QFAIL("no error");
        } catch (const Error& error) {
            QVERIFY2(std::string(error.what()).find(sentence.toStdString()) != std::string::npos,
                     error.what());
        }
    }

    // The numbers of a file are those of the source, whatever the split's order.
    void comparisonsFollowTheOrderOfTheFile() {
        Dataset data = labeled({0, 0, 0}, 1);
        data.sources = {7, 2, 5};
        MetricConfig config;
        config.triplets.source = TripletSource::Comparisons;
        config.triplets.path = file("5,7,2\n");
        QCOMPARE(resolveComparisons(config, data), (std::vector<Triplet>{{2, 0, 1}}));
        config.triplets.path = file("5,7,3\n");
        QVERIFY_EXCEPTION_THROWN(resolveComparisons(config, data), Error);
    }

    void lossGradients_data() {
        QTest::addColumn<int>("loss");
        QTest::addColumn<bool>("normalize");
        QTest::addColumn<bool>("listed");
        for (int loss = 0; loss < 5; ++loss)
            for (const bool normalize : {false, true})
                for (const bool listed : {false, true})
                    if (!(listed && loss == 4))
                        QTest::addRow("%d %d %d", loss, normalize, listed)
                            << loss << normalize << listed;
    }
    // Central differences of the whole batch's loss. The negatives are drawn by the stream alone.
    void lossGradients() {
        QFETCH(int, loss);
        QFETCH(bool, normalize);
        QFETCH(bool, listed);
        MetricConfig config;
        const LossConfig losses[] = {MseRatioConfig{0.7}, NllRatioConfig{1.0}, HingeConfig{0.9},
                                     ContrastiveConfig{2.5}, InfoNceConfig{}};
        config.loss = losses[loss];
        config.embedding.normalize = normalize;
        const std::vector<std::int32_t> labels{0, 1, 0, 1, 2, 0};
        std::vector<double> points = normals(6 * 3);
        const auto run = [&] {
            return batchLoss(config, {points, 6, 3}, labels, listed, kStream);
        };
        const BatchLoss own = run();
        QVERIFY(own.triplets > 0);
        for (std::size_t i = 0; i < points.size(); ++i) {
            constexpr double h = 1e-6;
            const double kept = points[i];
            points[i] = kept + h;
            const double up = run().loss;
            points[i] = kept - h;
            const double down = run().loss;
            points[i] = kept;
            QVERIFY(std::abs((up - down) / (2 * h) - own.gradient[i]) < 1e-7);
        }
    }

    // The same through a network with all its layers, at some of its parameters.
    void networkGradients() {
        MetricConfig config;
        ConvNetConfig net;
        net.preset = ConvPreset::Custom;
        net.stack.resize(3);
        net.stack[0].channels = 4;
        net.stack[0].activation = ConvActivation::LeakyRelu;
        net.stack[1].kind = ConvLayerKind::MaxPool;
        net.stack[1].size = net.stack[1].stride = 2;
        net.stack[2].kind = ConvLayerKind::Linear;
        net.stack[2].channels = 3;
        net.stack[2].activation = ConvActivation::None;
        config.network.model = net;
        const NetworkInput input{8, 8, 1, 0};
        const Device device = Device::open("reference");
        const auto network = makeNetwork(config.network, input, device, RandomStream(2, "net"));
        const std::vector<std::int32_t> labels{0, 1, 0, 1, 2, 0};
        const std::vector<double> images = normals(6 * 64);
        const Tensor x = Tensor::fromHost(device, Shape{6 * 64, 1}, device.computeType(),
                                          std::span<const double>(images));
        const RowLayout rows{6, 64, false};
        const auto lossOf = [&](ModuleContextPtr* saved) {
            const std::vector<double> points = network->forward(x, rows, saved).toDoubles();
            return batchLoss(config, {points, 6, 3}, labels, false, kStream);
        };
        ModuleContextPtr saved;
        const BatchLoss own = lossOf(&saved);
        network->backward(x, rows,
                          Tensor::fromHost(device, Shape{6, 3}, device.computeType(),
                                           std::span<const double>(own.gradient)),
                          *saved, NeedInputGradient::No);
        for (const ParameterPtr& parameter : network->parameters()) {
            const std::vector<double> g = parameter->grad.toDoubles();
            std::vector<double> values = parameter->value.toDoubles();
            for (std::size_t i = 0; i < values.size(); i += 1 + values.size() / 8) {
                constexpr double h = 1e-5;
                const double kept = values[i];
                const auto at = [&](double value) {
                    values[i] = value;
                    parameter->value.copyFrom(Tensor::fromHost(device, parameter->value.shape(),
                                                               parameter->value.dtype(),
                                                               std::span<const double>(values)));
                    ++parameter->version;
                    return lossOf(nullptr).loss;
                };
                const double up = at(kept + h);
                const double down = at(kept - h);
                at(kept);
                QVERIFY(std::abs((up - down) / (2 * h) - g[i]) <=
                        1e-6 * std::max(1.0, std::abs(g[i])));
            }
        }
    }

    // Equal points: each term of InfoNCE is ln of its candidates, the ratio loss a quarter, every
    // triplet wrong.
    void equalPoints() {
        const std::vector<double> points(5 * 3, 0.25);
        const std::vector<std::int32_t> labels{0, 0, 1, 1, 2};
        MetricConfig config;
        const BatchLoss ratio = batchLoss(config, {points, 5, 3}, labels, false, kStream);
        QVERIFY(std::abs(ratio.loss - 0.25) < 1e-12);
        QCOMPARE(ratio.wrong, ratio.triplets);
        QVERIFY(ratio.largestSpread < 1e-7);
        config.loss = InfoNceConfig{};
        const BatchLoss contrast = batchLoss(config, {points, 5, 3}, labels, false, kStream);
        QCOMPARE(contrast.candidates, std::int64_t(4)); // the positive and three others
        QVERIFY(std::abs(contrast.loss - std::log(4.0)) < 1e-12);
        QCOMPARE(contrast.wrong, contrast.triplets); // ties count as wrong
    }

    // On a line: two of a class at 0 and 1, two of another at 3 and 5, one alone, one unlabeled.
    void lossesOfPoints() {
        const std::vector<float> places{0, 1, 3, 5, 100, 7};
        const std::vector<std::int32_t> labels{0, 0, 1, 1, 2, -1};
        const PointsView points{places, 6, 1};
        const auto ratio = [](double positive, double negative) {
            const double s = 1 / (1 + std::exp(negative - positive));
            return s * s;
        };
        const std::vector<float> losses = pointLosses(MseRatioConfig{}, points, labels, kStream);
        // Point 0 has one positive, at distance 1, and negatives at 3, 5 and 100.
        const double most = ratio(1, 3);
        const double least = ratio(1, 100);
        QVERIFY(losses[0] > least && losses[0] < most);
        QVERIFY(std::isnan(losses[4]) && std::isnan(losses[5]));
        // The mean of 16 of three values: some whole numbers of each.
        bool isMean = false;
        for (int near = 0; near <= kPointTriplets; ++near)
            for (int middle = 0; near + middle <= kPointTriplets; ++middle)
                isMean |= std::abs((near * ratio(1, 3) + middle * ratio(1, 5) +
                                    (kPointTriplets - near - middle) * least) /
                                       kPointTriplets -
                                   losses[0]) < 1e-7;
        QVERIFY(isMean);
        // The same triplets again, so a point that moves away from the others has a lower loss.
        QVERIFY(pointLosses(MseRatioConfig{}, points, labels, kStream)[1] == losses[1]);
        std::vector<float> moved = places;
        moved[2] = moved[3] = 200;
        moved[4] = 300;
        QVERIFY(pointLosses(MseRatioConfig{}, {moved, 6, 1}, labels, kStream)[0] < losses[0]);
        // With every distance 2 InfoNCE has 17 equal candidates.
        const std::vector<float> corners{2, 0, 0, 0, 2, 0, 0, 0, 2};
        const std::vector<float> equal = pointLosses(InfoNceConfig{}, {corners, 3, 3},
                                                     std::vector<std::int32_t>{0, 0, 1}, kStream);
        QVERIFY(std::abs(equal[0] - std::log(1.0 + kPointTriplets)) < 1e-5);
        const std::vector<float> none = pointLosses(HingeConfig{}, {corners, 3, 3},
                                                    std::vector<std::int32_t>{0, 0, 0}, kStream);
        QVERIFY(std::isnan(none[0]));
    }

    // More triplets than one block of a list holds give the same as the formula.
    void longListsAreCutInBlocks() {
        const std::int64_t triplets = 150;
        const std::vector<double> points = normals(3 * triplets * 2);
        const std::vector<std::int32_t> labels(static_cast<std::size_t>(3 * triplets), 0);
        const BatchLoss own =
            batchLoss(MetricConfig{}, {points, 3 * triplets, 2}, labels, true, kStream);
        double expected = 0;
        for (std::int64_t i = 0; i < triplets; ++i) {
            const auto distance = [&](std::int64_t a, std::int64_t b) {
                return std::hypot(points[static_cast<std::size_t>(2 * a)] -
                                      points[static_cast<std::size_t>(2 * b)],
                                  points[static_cast<std::size_t>(2 * a + 1)] -
                                      points[static_cast<std::size_t>(2 * b + 1)]);
            };
            const double z = distance(3 * i, 3 * i + 1) - distance(3 * i, 3 * i + 2);
            const double s = 1.0 / (1.0 + std::exp(-z));
            expected += s * s / double(triplets);
        }
        QVERIFY(std::abs(own.loss - expected) < 1e-12);
        QCOMPARE(own.gradient.size(), points.size());
    }
};

QTEST_GUILESS_MAIN(TestMetricLearning)
#include "test_metric_learning.moc"

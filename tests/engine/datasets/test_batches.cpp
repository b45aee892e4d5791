#include <QtTest>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/datasets/batches.h"
#include "engine/datasets/blobs/blobs.h"

using namespace inlay::engine;

namespace {

// Every value is different within a sample: (sample + 7 x position) mod 251.
Dataset countingImages(std::int64_t count, SampleShape shape) {
    Dataset data;
    data.count = count;
    data.shape = shape;
    data.scale = 1.0f / 255.0f;
    for (std::int64_t i = 0; i < count; ++i) {
        for (std::int64_t k = 0; k < shape.values(); ++k)
            data.bytes.push_back(static_cast<std::uint8_t>((i + 7 * k) % 251));
        data.labels.push_back(static_cast<std::int32_t>(i % 3));
    }
    data.classNames = {"a", "b", "c"};
    return data;
}

float expected(const Dataset& data, const Normalization& normalization, std::int64_t sample, int y,
               int x, int channel) {
    const SampleShape& shape = data.shape;
    float value = 0;
    if (y >= 0 && y < shape.height && x >= 0 && x < shape.width)
        value = static_cast<float>(data.bytes[static_cast<std::size_t>(
                    ((sample * shape.height + y) * shape.width + x) * shape.channels + channel)]) *
                data.scale;
    const auto c = static_cast<std::size_t>(channel);
    return (value - normalization.mean[c]) / normalization.deviation[c];
}

} // namespace

class TestBatches : public QObject {
    Q_OBJECT

private slots:
    void everyEpochVisitsEverySampleOnce() {
        EpochOrder order(RandomStream(3, "train.order"), 103);
        std::vector<std::int64_t> firstEpoch;
        for (int epoch = 0; epoch < 3; ++epoch, order.startNextEpoch()) {
            std::vector<std::int64_t> seen;
            std::vector<std::size_t> sizes;
            for (auto batch = order.next(10); !batch.empty(); batch = order.next(10)) {
                seen.insert(seen.end(), batch.begin(), batch.end());
                sizes.push_back(batch.size());
            }
            QCOMPARE(sizes.size(), std::size_t{11});
            QCOMPARE(sizes.back(), std::size_t{3});
            QCOMPARE(std::set<std::int64_t>(seen.begin(), seen.end()).size(), std::size_t{103});
            if (epoch == 0)
                firstEpoch = seen;
            else
                QVERIFY(seen != firstEpoch);
        }
    }

    void emptyDataGivesNoBatch() {
        EpochOrder order(RandomStream(3, "train.order"), 0);
        QVERIFY(order.next(10).empty());
    }

    // A run that stops in the middle of an epoch and continues sees the same batches, shifts and
    // all.
    void resumedBatchesAreEqual() {
        const Dataset data = countingImages(57, {8, 8, 1});
        const Normalization normalization = measureNormalization(data);
        const auto run = [&](std::int64_t epoch, std::int64_t position) {
            BatchAssembler assembler(data, normalization, 4);
            EpochOrder order(RandomStream(9, "train.order"), data.count);
            order.seek(epoch, position);
            std::vector<float> all;
            for (; order.epoch() < 3; order.startNextEpoch()) {
                const ShiftAugmentation shift{2, RandomStream(9, "train.shift"), order.epoch()};
                for (auto batch = order.next(10); !batch.empty(); batch = order.next(10)) {
                    std::vector<float> values(
                        static_cast<std::size_t>(assembler.size(std::ssize(batch))));
                    std::vector<std::int32_t> labels(batch.size());
                    assembler.assemble(batch, &shift, values.data(), labels.data());
                    all.insert(all.end(), values.begin(), values.end());
                    all.insert(all.end(), labels.begin(), labels.end());
                }
            }
            return all;
        };
        const std::vector<float> whole = run(0, 0);
        const std::vector<float> rest = run(1, 30);
        QVERIFY(rest.size() < whole.size());
        QVERIFY(std::equal(rest.rbegin(), rest.rend(), whole.rbegin()));
    }

    void normalizationHasKnownValues() {
        Dataset data;
        data.count = 2;
        data.shape = {1, 2, 2};
        data.scale = 0.5f;
        // Channel 0: 0, 2, 4, 6; channel 1 never changes.
        data.bytes = {0, 9, 2, 9, 4, 9, 6, 9};
        const Normalization bytes = measureNormalization(data);
        QCOMPARE(bytes.mean[0], 1.5f);
        QCOMPARE(bytes.deviation[0], static_cast<float>(0.5 * std::sqrt(5.0)));
        QCOMPARE(bytes.mean[1], 4.5f);
        QCOMPARE(bytes.deviation[1], 1.0f);
        data.floats.assign(data.bytes.begin(), data.bytes.end());
        data.bytes.clear();
        const Normalization floats = measureNormalization(data);
        QCOMPARE(floats.mean, bytes.mean);
        QCOMPARE(floats.deviation, bytes.deviation);
    }

    void assembledValuesMatchTheDefinition_data() {
        QTest::addColumn<int>("height");
        QTest::addColumn<int>("width");
        QTest::addColumn<int>("channels");
        QTest::addColumn<int>("patch");
        QTest::addColumn<int>("shift");
        QTest::newRow("flat") << 5 << 7 << 1 << 0 << 0;
        QTest::newRow("flat, shifted") << 5 << 7 << 1 << 0 << 2;
        QTest::newRow("flat, three channels, shifted") << 4 << 3 << 3 << 0 << 1;
        QTest::newRow("patches") << 6 << 9 << 1 << 3 << 0;
        QTest::newRow("patches, three channels, shifted") << 6 << 4 << 3 << 2 << 2;
        QTest::newRow("shift beyond the image") << 2 << 2 << 1 << 1 << 5;
    }

    void assembledValuesMatchTheDefinition() {
        QFETCH(int, height);
        QFETCH(int, width);
        QFETCH(int, channels);
        QFETCH(int, patch);
        QFETCH(int, shift);
        const Dataset data = countingImages(20, {height, width, channels});
        const Normalization normalization = measureNormalization(data);
        BatchAssembler assembler(data, normalization, patch);
        const std::vector<std::int64_t> samples = {3, 19, 0, 3};
        std::vector<float> values(static_cast<std::size_t>(assembler.size(4)));
        std::vector<std::int32_t> labels(4);
        const ShiftAugmentation augmentation{shift, RandomStream(4, "train.shift"), 6};
        assembler.assemble(samples, &augmentation, values.data(), labels.data());
        QCOMPARE(assembler.columns() * assembler.rowsPerSample(), data.shape.values());
        const int tall = patch ? patch : height;
        const int wide = patch ? patch : width;
        const float* actual = values.data();
        for (std::size_t s = 0; s < samples.size(); ++s) {
            QCOMPARE(labels[s], data.labels[static_cast<std::size_t>(samples[s])]);
            int dx = 0;
            int dy = 0;
            if (shift > 0) {
                RandomStream stream = RandomStream(4, "train.shift")
                                          .split(std::uint64_t{6})
                                          .split(static_cast<std::uint64_t>(samples[s]));
                const auto choices = static_cast<std::uint64_t>(2 * shift + 1);
                dx = static_cast<int>(stream.below(choices)) - shift;
                dy = static_cast<int>(stream.below(choices)) - shift;
            }
            for (int top = 0; top < height; top += tall)
                for (int left = 0; left < width; left += wide)
                    for (int y = top; y < top + tall; ++y)
                        for (int x = left; x < left + wide; ++x)
                            for (int c = 0; c < channels; ++c, ++actual) {
                                const float value =
                                    expected(data, normalization, samples[s], y - dy, x - dx, c);
                                QVERIFY2(std::abs(*actual - value) < 1e-5f,
                                         qPrintable(QString("%1 %2 %3").arg(y).arg(x).arg(c)));
                            }
        }
    }

    void shiftsCoverTheirRangeEvenly() {
        const Dataset data = countingImages(4000, {1, 9, 1});
        Dataset spike = data;
        std::fill(spike.bytes.begin(), spike.bytes.end(), std::uint8_t{0});
        for (std::int64_t i = 0; i < spike.count; ++i)
            spike.bytes[static_cast<std::size_t>(i * 9 + 4)] = 255;
        BatchAssembler assembler(spike, {{0.0f}, {1.0f}});
        std::vector<float> values(9);
        std::int32_t label = 0;
        std::vector<int> hits(9);
        int empty = 0;
        for (std::int64_t i = 0; i < spike.count; ++i) {
            const ShiftAugmentation shift{2, RandomStream(1, "train.shift"), 0};
            assembler.assemble({&i, 1}, &shift, values.data(), &label);
            const auto peak = std::max_element(values.begin(), values.end());
            // The image is one pixel high: only shifts along x leave something to see.
            if (*peak < 0.5f)
                ++empty;
            else
                ++hits[static_cast<std::size_t>(peak - values.begin())];
        }
        QVERIFY(std::abs(empty - 3200) < 150);
        for (std::size_t x = 2; x <= 6; ++x)
            QVERIFY2(std::abs(hits[x] - 160) < 50, qPrintable(QString::number(hits[x])));
        QCOMPARE(hits[0] + hits[1] + hits[7] + hits[8], 0);
    }

    // Every other image, whole pixels of three channels; the same ones again.
    void mirrorsTurnHalfOfTheImages() {
        const Dataset data = countingImages(400, {2, 5, 3});
        BatchAssembler assembler(data, {{0.0f, 0.0f, 0.0f}, {1.0f, 1.0f, 1.0f}});
        ShiftAugmentation mirror{0, RandomStream(1, "mirror"), 3};
        mirror.mirrors = true;
        std::vector<float> plain(30);
        std::vector<float> seen(30);
        std::int32_t label = 0;
        int turned = 0;
        for (std::int64_t i = 0; i < data.count; ++i) {
            assembler.assemble({&i, 1}, nullptr, plain.data(), &label);
            std::vector<float> behind(30);
            for (std::size_t y = 0; y < 2; ++y)
                for (std::size_t x = 0; x < 5; ++x)
                    for (std::size_t c = 0; c < 3; ++c)
                        behind[(y * 5 + x) * 3 + c] = plain[(y * 5 + 4 - x) * 3 + c];
            assembler.assemble({&i, 1}, &mirror, seen.data(), &label);
            QVERIFY(seen == plain || seen == behind);
            turned += seen == behind ? 1 : 0;
            assembler.assemble({&i, 1}, &mirror, plain.data(), &label);
            QVERIFY(plain == seen);
        }
        QVERIFY2(std::abs(turned - 200) < 40, qPrintable(QString::number(turned)));
    }

    void splitSharesValidationAndTest() {
        const Dataset training = countingImages(200, {2, 2, 1});
        const Dataset test = countingImages(40, {2, 2, 1});
        SplitConfig config;
        config.count = 100;
        const DatasetSplit a = splitSource(training, test, config);
        QCOMPARE(a.validation.count, 10);
        QCOMPARE(a.training.count, 90);
        QCOMPARE(a.test.bytes, test.bytes);
        config.count = 0;
        config.validationCount = 10;
        config.testCount = 15;
        const DatasetSplit b = splitSource(training, test, config);
        QCOMPARE(b.validation.bytes, a.validation.bytes);
        QCOMPARE(b.training.count, 190);
        QCOMPARE(b.test.count, 15);
        QVERIFY(
            std::equal(a.training.bytes.begin(), a.training.bytes.end(), b.training.bytes.begin()));
        // Together they are the source, each sample once (the first byte names it).
        std::multiset<int> seen;
        for (const Dataset* part : {&b.training, &b.validation})
            for (std::int64_t i = 0; i < part->count; ++i)
                seen.insert(part->bytes[static_cast<std::size_t>(4 * i)]);
        for (int i = 0; i < 200; ++i)
            QCOMPARE(seen.count(i), std::size_t{1});
        config.seed = 2;
        QVERIFY(splitSource(training, test, config).validation.bytes != b.validation.bytes);
        config.validationCount = 0;
        QCOMPARE(splitSource(training, test, config).validation.count, 0);
    }

    void blobsLieAroundTheirCenters() {
        BlobsConfig config;
        config.classes = 4;
        config.dims = 3;
        config.spread = 0.25;
        config.count = 8000;
        config.validationCount = 0;
        config.testCount = 100;
        const DatasetSplit split = loadBlobs(config);
        const std::vector<float> centers = blobCenters(config);
        QCOMPARE(split.training.count, 8000);
        QCOMPARE(split.test.count, 100);
        QCOMPARE(split.training.shape, (SampleShape{1, 1, 3}));
        std::vector<double> sum(12);
        double squares = 0;
        for (std::size_t i = 0; i < 8000; ++i)
            for (std::size_t d = 0; d < 3; ++d) {
                const auto label = static_cast<std::size_t>(split.training.labels[i]);
                const double value = split.training.floats[i * 3 + d];
                sum[label * 3 + d] += value / 2000;
                const double distance = value - centers[label * 3 + d];
                squares += distance * distance / 24000;
            }
        for (std::size_t k = 0; k < 12; ++k)
            QVERIFY(std::abs(sum[k] - centers[k]) < 0.025);
        QVERIFY(std::abs(std::sqrt(squares) - 0.25) < 0.005);
        QCOMPARE(loadBlobs(config).training.floats, split.training.floats);
    }

    // The goal is 200,000 images a second on one core; the limit leaves room for a busy machine
    // and a debug build.
    void speed() {
        const Dataset data = countingImages(2000, {28, 28, 1});
        const Normalization normalization = measureNormalization(data);
        for (const int patch : {0, 7}) {
            BatchAssembler assembler(data, normalization, patch);
            const ShiftAugmentation shift{2, RandomStream(1, "train.shift"), 0};
            EpochOrder order(RandomStream(1, "train.order"), data.count);
            std::vector<float> values(static_cast<std::size_t>(assembler.size(128)));
            std::vector<std::int32_t> labels(128);
            std::int64_t images = 0;
            QElapsedTimer timer;
            timer.start();
            for (; order.epoch() < 20; order.startNextEpoch())
                for (auto batch = order.next(128); !batch.empty(); batch = order.next(128)) {
                    assembler.assemble(batch, &shift, values.data(), labels.data());
                    images += std::ssize(batch);
                }
            const double rate = 1e9 * static_cast<double>(images) / timer.nsecsElapsed();
            qInfo("patch %d, shifted: %.0f images/s", patch, rate);
            QVERIFY(rate > 20000);
        }
    }
};

QTEST_GUILESS_MAIN(TestBatches)
#include "test_batches.moc"

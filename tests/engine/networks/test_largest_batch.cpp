#include <cstddef>
#include <limits>

#include <QtTest>

#include "engine/datasets/blobs/blobs.h"
#include "engine/networks/largest_batch.h"
#include "tests/engine/networks/small_device.h"

using namespace inlay::engine;
namespace kernels = inlay::kernels;

namespace {

constexpr std::int64_t kBatch = 512;

struct Setting {
    std::size_t limit = std::numeric_limits<std::size_t>::max();
    SmallDevice* backend = nullptr;
    Device device;
    Dataset data;
    NetworkConfig config;
    NetworkInput input;
    InputRows rows;
    std::unique_ptr<Network> network;
    std::unique_ptr<BatchFeed> feed;

    Setting()
        : device(makeDevice())
        , data(loadBlobs(BlobsConfig{}).training) {
        config.model = MlpConfig{{64, 64}};
        input = {data.shape.height, data.shape.width, data.shape.channels, data.classes()};
        rows = inputRows(config, input);
        network = makeNetwork(config, input, device, RandomStream(1, "network"));
        feed = std::make_unique<BatchFeed>(data, measureNormalization(data), rows, device, kBatch);
    }
    std::unique_ptr<kernels::Backend> makeDevice() {
        auto made = std::make_unique<SmallDevice>(limit);
        backend = made.get();
        return made;
    }
    /// What one sample of a step holds at once, beyond what the network always does. The search
    /// below 256 goes by 128, 192 and 224 to 240.
    static double bytesEach() {
        Setting other;
        const std::size_t before = other.device.bytesInUse();
        largestBatchBelow(256, *other.network, *other.feed, other.device);
        return static_cast<double>(other.device.peakBytes() - before) / 240.0;
    }
};

} // namespace

class TestLargestBatch : public QObject {
    Q_OBJECT

private slots:
    void findsWhatFits() {
        Setting setting;
        // Room for a bit more than 100 samples: the answer lies within an eighth below it.
        setting.limit =
            setting.backend->held() + static_cast<std::size_t>(104.0 * Setting::bytesEach());
        const std::int64_t most =
            largestBatchBelow(kBatch, *setting.network, *setting.feed, setting.device);
        QVERIFY2(most >= 88 && most <= 110, qPrintable(QString::number(most)));
        // And it does fit again, where more does not.
        QVERIFY(largestBatchBelow(2 * most, *setting.network, *setting.feed, setting.device) >=
                most);
    }

    void saysWhenNothingFits() {
        Setting setting;
        setting.limit = setting.backend->held() + 64;
        QCOMPARE(largestBatchBelow(kBatch, *setting.network, *setting.feed, setting.device),
                 std::int64_t{0});
        QCOMPARE(largestBatchBelow(1, *setting.network, *setting.feed, setting.device),
                 std::int64_t{0});
    }
};

QTEST_GUILESS_MAIN(TestLargestBatch)
#include "test_largest_batch.moc"

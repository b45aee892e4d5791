#include <QtTest>

#include <utility>

#include "engine/base/error.h"
#include "engine/tensor/device.h"
#include "engine/tensor/tensor.h"
#include "kernels/backend.h"
#include "kernels/devices.h"

using namespace inlay;
using namespace inlay::engine;

class TestTensor : public QObject {
    Q_OBJECT

private:
    static void allDevices() {
        QTest::addColumn<QString>("device");
        for (const char* name : {"reference", "cpu", "check"})
            QTest::newRow(name) << QString(name);
    }
    static Device opened() {
        QFETCH_GLOBAL(QString, device);
        return Device::open(device.toStdString());
    }

private slots:
    void initTestCase_data() { allDevices(); }

    void computeType() {
        const Device device = opened();
        QCOMPARE(device.computeType() == DType::F64, device.name() == "reference");
    }

    void hostRoundTrip() {
        const Device device = opened();
        const std::vector<float> values{1.5f, -2.25f, 0.0f, 3.0f, 1e-3f, 7.0f};
        const std::span<const float> all(values);
        QCOMPARE(Tensor::fromHost(device, {2, 3}, DType::F32, all).toFloats(), values);
        const Tensor wide = Tensor::fromHost(device, {2, 3}, DType::F64, all);
        QCOMPARE(wide.toFloats(), values);
        QCOMPARE(wide.bytes(), std::size_t{48});
        // bf16 keeps 8 bits: 1e-3 moves by less than 2^-9 of itself.
        const auto rounded = Tensor::fromHost(device, {2, 3}, DType::BF16, all).toFloats();
        QCOMPARE(rounded[1], -2.25f);
        QVERIFY(rounded[4] != 1e-3f && std::abs(rounded[4] - 1e-3f) < 1e-3f / 512);
        const std::vector<std::int32_t> integers{3, -4};
        QCOMPARE(
            Tensor::fromHost(device, {2}, std::span<const std::int32_t>(integers)).toIntegers(),
            integers);
    }

    void matrixViews() {
        const Device device = opened();
        Tensor tensor(device, {2, 3, 4}, DType::F32);
        QCOMPARE(tensor.rows(), 6);
        QCOMPARE(tensor.cols(), 4);
        QCOMPARE(tensor.shape().text(), std::string("2 x 3 x 4"));
        QCOMPARE(tensor.viewAs(2, 12).stride, 12);
        Tensor vector(device, {5}, DType::F32);
        QCOMPARE(vector.rows(), 1);
        QCOMPARE(vector.cols(), 5);
    }

    void moveLeavesNothingBehind() {
        const Device device = opened();
        const std::size_t before = device.bytesInUse();
        Tensor a = Tensor::zeros(device, {4}, DType::F32);
        Tensor b = std::move(a);
        QVERIFY(a.empty());
        a = Tensor::zeros(device, {8}, DType::F32);
        b = std::move(a);
        QCOMPARE(b.count(), 8);
        b = Tensor();
        QVERIFY(b.empty());
        QCOMPARE(device.bytesInUse(), before);
    }

    void cloneAndCopyAreDeep() {
        const Device device = opened();
        const std::vector<double> values{1.0, 2.0};
        Tensor a =
            Tensor::fromHost(device, {2}, device.computeType(), std::span<const double>(values));
        Tensor b = a.clone();
        a.zero();
        QCOMPARE(b.toDoubles(), values);
        a.copyFrom(b);
        QCOMPARE(a.toDoubles(), values);
        Tensor c(device, {2}, device.computeType());
        c.setBytes(a.toBytes());
        QCOMPARE(c.toDoubles(), values);
    }

    void releasedBlocksAreUsedAgain() {
        const Device device = opened();
        const void* first = nullptr;
        {
            const Tensor tensor(device, {1000}, DType::F32);
            first = tensor.view().data;
        }
        const Tensor again(device, {990}, DType::F32); // the same multiple of the block grain
        QCOMPARE(again.view().data, first);
    }

    void peakIsTheLargestUse() {
        const Device device = opened();
        const std::size_t before = device.bytesInUse();
        {
            const Tensor a(device, {1 << 16}, DType::F32);
            const Tensor b(device, {1 << 16}, DType::F32);
        }
        const Tensor c(device, {1 << 16}, DType::F32);
        QCOMPARE(device.bytesInUse(), before + (1u << 18));
        QVERIFY(device.peakBytes() >= before + (1u << 19));
    }

    void scratchGrowsAndStays() {
        const Device device = opened();
        const kernels::Workspace small = device.scratch(100);
        QVERIFY(small.bytes >= 100);
        const kernels::Workspace large = device.scratch(100000);
        QVERIFY(large.bytes >= 100000);
        QCOMPARE(device.scratch(50).data, large.data);
    }

    void emptyTensorsHaveAnAddress() {
        const Device device = opened();
        const Tensor none(device, {0, 7}, DType::F32);
        QCOMPARE(none.count(), 0);
        QVERIFY(none.view().given());
        QVERIFY(none.toFloats().empty());
    }

    void absentDeviceNamesWhatThereIs() {
        try {
            Device::open("gpu");
            QFAIL("no error");
        } catch (const Error& error) {
            const QString message(error.what());
            QVERIFY2(message.contains("gpu") && message.contains("cpu"), error.what());
        }
    }

    void autoOpensOneThatExists() {
        const std::string name = Device::open("auto").name();
        QVERIFY(name == "cpu" || name == "cuda:0");
    }
};

QTEST_GUILESS_MAIN(TestTensor)
#include "test_tensor.moc"

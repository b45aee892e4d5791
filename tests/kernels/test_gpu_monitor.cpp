#include <QtTest>

#include "kernels/gpu_monitor.h"

using namespace inlay::kernels;

// NVML as the monitor reads it, over a library that stands in for the driver's.
class TestGpuMonitor : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { qunsetenv("NVML_STUB_STATE"); }

    void readsNameMemoryAndUse() {
        std::string reason;
        const auto monitor = GpuMonitor::open(reason, NVML_STUB);
        QVERIFY2(monitor, reason.c_str());
        QCOMPARE(monitor->count(), 2);
        const auto first = monitor->usage(0);
        QVERIFY(first);
        QCOMPARE(first->name, std::string("Stub 0"));
        QCOMPARE(first->totalBytes, std::uint64_t{80} << 30);
        QCOMPARE(first->usedBytes, std::uint64_t{3} << 30);
        QCOMPARE(first->busyPercent, 87);
        const auto second = monitor->usage(1);
        QVERIFY(second);
        QCOMPARE(second->busyPercent, -1);
        QVERIFY(!monitor->usage(2));
        QVERIFY(!monitor->usage(-1));
    }

    void saysWhyThereIsNone() {
        std::string reason;
        QVERIFY(!GpuMonitor::open(reason, "libnot-there.so.1"));
        QVERIFY(QString::fromStdString(reason).startsWith(
            "libnot-there.so.1 could not be opened: libnot-there.so.1"));
        QVERIFY(!GpuMonitor::open(reason, "libz.so.1"));
        QVERIFY(QString::fromStdString(reason).contains("lacks functions"));
        qputenv("NVML_STUB_STATE", "fails");
        QVERIFY(!GpuMonitor::open(reason, NVML_STUB));
        QVERIFY(QString::fromStdString(reason).endsWith("answers with error 9"));
        qputenv("NVML_STUB_STATE", "empty");
        QVERIFY(!GpuMonitor::open(reason, NVML_STUB));
        QVERIFY(QString::fromStdString(reason).endsWith("finds no GPU"));
    }
};

QTEST_GUILESS_MAIN(TestGpuMonitor)
#include "test_gpu_monitor.moc"

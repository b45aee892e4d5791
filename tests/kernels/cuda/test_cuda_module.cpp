#include <QtTest>

#include <numeric>

#include "kernels/cuda/module.h"
#include "kernels/devices.h"
#include "kernels/error.h"
#include "tests/kernels/open_message.h"

using namespace inlay::kernels;

// The module that was built with this program, on a machine with or without a GPU.
class TestCudaModule : public QObject {
    Q_OBJECT

private slots:
    void moduleIsFound() {
        for (const DeviceEntry& entry : listCudaDevices())
            QVERIFY2(entry.reason.find("libinlay_cuda.so") == std::string::npos,
                     entry.reason.c_str());
    }

    void reasonsArePartOfASentence() {
        for (const DeviceEntry& entry : listCudaDevices()) {
            if (entry.available)
                continue;
            const QString reason = QString::fromStdString(entry.reason);
            QVERIFY(!reason.isEmpty() && !reason.endsWith('.'));
            const QString message = messageOf(entry.name);
            QVERIFY2(message.startsWith(QString::fromStdString(entry.name) + " is not available: " +
                                        reason + "; available devices are cpu, reference, check"),
                     qPrintable(message));
            QVERIFY(message.endsWith('.'));
        }
    }

    void noDriver() {
        if (QFile::exists("/proc/driver/nvidia/version"))
            QSKIP("this machine has an NVIDIA driver");
        const std::vector<DeviceEntry> entries = listCudaDevices();
        QCOMPARE(entries.size(), std::size_t{1});
        QCOMPARE(entries[0].name, std::string("cuda:0"));
        QVERIFY(!entries[0].available);
        QCOMPARE(entries[0].reason, std::string("no NVIDIA driver was found"));
        QCOMPARE(messageOf("check:cuda:3"),
                 QString("cuda:3 is not available: no NVIDIA driver was found; available devices "
                         "are cpu, reference, check."));
    }

    void absentGpuIsRefused() {
        const QString message = messageOf("cuda:63");
        QVERIFY2(message.startsWith("cuda:63 is not available: "), qPrintable(message));
        if (listCudaDevices().front().available)
            QVERIFY2(message.contains("there is no such device, "), qPrintable(message));
    }

    // What needs no kernel: memory, copies larger than the staging buffers, marks.
    void memoryOfAGpu() {
        if (!listCudaDevices().front().available)
            QSKIP("this machine has no GPU for CUDA");
        const auto backend = openDevice("cuda:0");
        QCOMPARE(backend->name(), std::string("cuda:0"));
        QVERIFY(backend->description().find("compute capability") != std::string::npos);
        backend->release(backend->allocate(0));
        backend->release(nullptr);
        std::vector<std::uint32_t> numbers(12'345'678);
        std::iota(numbers.begin(), numbers.end(), 1u);
        const std::size_t bytes = numbers.size() * sizeof numbers[0];
        void* memory = backend->allocate(bytes);
        const std::int64_t before = backend->mark();
        backend->copyToDevice(memory, numbers.data(), bytes);
        const std::int64_t after = backend->mark();
        std::vector<std::uint32_t> back(numbers.size());
        backend->copyToHost(back.data(), memory, bytes);
        QVERIFY(back == numbers);
        QVERIFY(backend->elapsed(before, after) > 0.0);
        backend->zero(memory, bytes);
        backend->copyToHost(back.data(), memory, 4);
        QCOMPARE(back[0], 0u);
        backend->release(memory);
        backend->synchronize();
        for (int i = 0; i < 5000; ++i)
            backend->mark();
        QVERIFY_EXCEPTION_THROWN(backend->elapsed(before, after), Error);
        try {
            backend->release(backend->allocate(std::size_t{1} << 50));
            QFAIL("a petabyte was found");
        } catch (const Error& error) {
            const QString message = error.what();
            QVERIFY2(message.startsWith("cuda:0 has no memory left for 1125899906842624 bytes") &&
                         message.contains("this process holds"),
                     qPrintable(message));
        }
    }
};

QTEST_GUILESS_MAIN(TestCudaModule)
#include "test_cuda_module.moc"

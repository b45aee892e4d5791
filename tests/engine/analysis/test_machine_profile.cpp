#include <QtTest>

#include <cmath>
#include <fstream>
#include <set>
#include <tuple>

#include "engine/analysis/machine_profile.h"
#include "engine/analysis/op_probe.h"
#include "engine/analysis/predicted_time.h"
#include "engine/analysis/training_cost.h"
#include "engine/base/error.h"
#include "engine/networks/network.h"
#include "engine/operators/catalog.h"

using namespace inlay::engine;

namespace {

KernelCall gemm(std::int64_t m, std::int64_t n, std::int64_t k) {
    KernelCall call;
    call.op = "gemm";
    call.m = m;
    call.n = n;
    call.k = k;
    call.multiplyAdds = double(m) * double(n) * double(k);
    call.bytes = 4.0 * double(m * n + m * k + k * n);
    return call;
}

KernelCall streaming(const char* op, std::int64_t m, std::int64_t n, double bytes) {
    KernelCall call;
    call.op = op;
    call.m = m;
    call.n = n;
    call.bytes = bytes;
    return call;
}

KernelCall blocks(bool ofColumns, bool sumsRows) {
    KernelCall call = gemm(64, 64, 64);
    call.op = "batchedGemm";
    call.batch = 4;
    call.multiplyAdds *= 4;
    call.bytes *= 4;
    call.ofColumns = ofColumns;
    call.sumsRows = sumsRows;
    return call;
}

MachineProfile madeUp() {
    MachineProfile profile;
    profile.backend = "made up";
    profile.threads = 3;
    profile.overheadSeconds = 1e-6;
    profile.copies = {{1e4, 4e9}, {1e6, 1e9}};
    // 2e6 flops in 1e-3 s above the overhead: 2 GFLOP/s; the skinny one 0.2 GFLOP/s.
    profile.ops = {{gemm(100, 100, 100), 1e-6 + 1e-3},
                   {gemm(1000, 2, 500), 1e-6 + 1e-2},
                   {streaming("layerNorm", 10, 10, 800), 1e-6 + 8e-7}};
    // The same sizes in planes, in columns of one matrix, and for the gradient of the weights: 1, 2
    // and 4 ms.
    for (const auto& [ofColumns, sumsRows, seconds] :
         {std::tuple(false, false, 1e-3), std::tuple(true, false, 2e-3),
          std::tuple(true, true, 4e-3)})
        profile.ops.push_back({blocks(ofColumns, sumsRows), 1e-6 + seconds});
    return profile;
}

bool near(double a, double b) {
    return std::abs(a - b) <= 1e-9 * std::abs(b);
}

} // namespace

class TestMachineProfile : public QObject {
    Q_OBJECT

private slots:
    void roundTrips() {
        QTemporaryDir folder;
        const std::string path = folder.filePath("new/machine.json").toStdString();
        QVERIFY(!loadProfile(path).has_value());
        saveProfile(madeUp(), path);
        const std::optional<MachineProfile> read = loadProfile(path);
        QVERIFY(read.has_value());
        QCOMPARE(read->backend, std::string("made up"));
        QCOMPARE(read->threads, 3);
        QCOMPARE(read->overheadSeconds, 1e-6);
        QCOMPARE(read->copies.size(), std::size_t{2});
        QCOMPARE(read->copies[1].bytesPerSecond, 1e9);
        QCOMPARE(read->ops.size(), std::size_t{6});
        QCOMPARE(read->ops[1].call.op, std::string("gemm"));
        QCOMPARE(read->ops[1].call.k, std::int64_t{500});
        QCOMPARE(read->ops[1].seconds, 1e-6 + 1e-2);
        QVERIFY(!read->ops[3].call.ofColumns && !read->ops[3].call.sumsRows);
        QVERIFY(read->ops[4].call.ofColumns && !read->ops[4].call.sumsRows);
        QVERIFY(read->ops[5].call.ofColumns && read->ops[5].call.sumsRows);
    }

    void damageIsASentence_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("not JSON") << QByteArray("{\"format\": 1");
        QTest::newRow("empty object") << QByteArray("{}");
        QTest::newRow("another version") << QByteArray("{\"format\": 99}");
        QTest::newRow("wrong type") << QByteArray("{\"format\": \"one\"}");
        QTest::newRow("no rate") << QByteArray(
            "{\"format\": 1, \"device\": \"cpu\", \"backend\": \"x\", \"threads\": 1,"
            "\"overhead_seconds\": 0, \"copies\": [], \"ops\": []}");
    }
    void damageIsASentence() {
        QFETCH(QByteArray, text);
        QTemporaryDir folder;
        const std::string path = folder.filePath("machine.json").toStdString();
        std::ofstream(path) << text.toStdString();
        try {
            loadProfile(path);
            QFAIL("damage went unseen");
        } catch (const Error& error) {
            QVERIFY(QString(error.what()).contains(QString::fromStdString(path)));
            QVERIFY(QString(error.what()).contains("inlay devices --measure"));
        }
    }

    void pathNamesMachineAndThreads() {
        qputenv("XDG_CACHE_HOME", "/cache");
        const QString path = QString::fromStdString(profilePath("cpu", 3));
        QVERIFY2(path.startsWith("/cache/inlay/machine-") && path.endsWith("-3.json"),
                 qPrintable(path));
        QCOMPARE(profilePath("auto", 3), profilePath("cpu", 3));
        QVERIFY(profilePath("cuda:0", 3) != profilePath("cpu", 3));
        qunsetenv("XDG_CACHE_HOME");
    }

    void autoTakesTheMeasuredGpu() {
        const QTemporaryDir folder;
        qputenv("XDG_CACHE_HOME", folder.path().toUtf8());
        QVERIFY(!loadProfileFor("auto", 3));
        MachineProfile profile = madeUp();
        saveProfile(profile, profilePath("cpu", 3));
        QCOMPARE(loadProfileFor("auto", 3)->device, profile.device);
        profile.device = "cuda:0";
        saveProfile(profile, profilePath("cuda:0", 3));
        QCOMPARE(loadProfileFor("auto", 3)->device, std::string("cuda:0"));
        QVERIFY(loadProfileFor("cpu", 3)->device != "cuda:0");
        qunsetenv("XDG_CACHE_HOME");
    }

    void predictionAddsUp() {
        const MachineProfile profile = madeUp();
        // At a probe's own size: its time.
        QVERIFY(near(predictSeconds(profile, std::vector{gemm(100, 100, 100)}), 1.001e-3));
        // Eight times the work at the nearest probe's rate, and the sum over calls.
        const std::vector<KernelCall> calls{gemm(200, 200, 200), gemm(100, 100, 100)};
        QVERIFY(near(predictSeconds(profile, calls), 8e-3 + 1e-6 + 1.001e-3));
        // A skinny product goes at the skinny rate.
        QVERIFY(near(predictSeconds(profile, std::vector{gemm(1000, 4, 500)}), 2e-2 + 1e-6));
        // How operands lie decides which probe is like the call.
        QVERIFY(near(predictSeconds(profile, std::vector{blocks(false, false)}), 1e-3 + 1e-6));
        QVERIFY(near(predictSeconds(profile, std::vector{blocks(true, false)}), 2e-3 + 1e-6));
        QVERIFY(near(predictSeconds(profile, std::vector{blocks(true, true)}), 4e-3 + 1e-6));
        // 800 bytes in 0.8 us is 1e9 bytes a second.
        QVERIFY(near(predictSeconds(profile, std::vector{streaming("layerNorm", 20, 10, 1600)}),
                     1.6e-6 + 1e-6));
        // Bound by memory: few multiply-adds, many bytes.
        KernelCall wide = gemm(100, 100, 100);
        wide.bytes = 1e7;
        QVERIFY(near(predictSeconds(profile, std::vector{wide}), 1e-2 + 1e-6));
        // Not probed: at the speed of a copy.
        QVERIFY(near(predictSeconds(profile, std::vector{streaming("unheardOf", 1, 1, 1e6)}),
                     1e-3 + 1e-6));
        QCOMPARE(predictSeconds(profile, std::vector<KernelCall>{}), 0.0);
    }

    void activationsInsideProductsCount() {
        NetworkConfig config;
        config.model = VitConfig{};
        const NetworkPlan plan = planNetwork(config, {28, 28, 1, 10}, 128);
        int activations = 0;
        for (const KernelCall& call : forwardCalls(plan)) {
            if (call.op != "activate")
                continue;
            ++activations;
            QCOMPARE(call.m, std::int64_t{2048});
            QCOMPARE(call.n, std::int64_t{192});
            QCOMPARE(call.bytes, 2.0 * 4.0 * 2048 * 192);
        }
        QCOMPARE(activations, 4); // one a block
    }

    void copyRateLiesBetweenItsProbes() {
        const MachineProfile profile = madeUp();
        QVERIFY(near(copyRate(profile, 1e2), 4e9));
        QVERIFY(near(copyRate(profile, 1e5), 2e9));
        QVERIFY(near(copyRate(profile, 1e8), 1e9));
    }

    /// Every op that any plan names can be timed.
    void everyPlannedOpHasAProbe() {
        const Device device = Device::open("cpu");
        std::set<std::string> ops;
        for (const KernelCall& call : probeCalls()) {
            const auto run = prepareCall(device, call);
            QVERIFY2(bool(run), call.op.c_str());
            if (ops.insert(call.op).second) {
                run();
                device.synchronize();
            }
        }
        for (const char* op : {"gemm", "batchedGemm", "stlEncode", "stlDecode", "butterfly",
                               "butterflyBackward", "twoFourMultiply", "attention",
                               "attentionBackward", "layerNormBackward", "adamwStep", "sgdStep"})
            QVERIFY2(ops.contains(op), op);
        QVERIFY(!prepareCall(device, streaming("unheardOf", 2, 2, 32)));
    }

    void measuresThisMachine() {
        QElapsedTimer timer;
        timer.start();
        double last = -1;
        const MachineProfile profile = measureMachine(Device::open("cpu"), [&last](double share) {
            QVERIFY(share >= last);
            last = share;
        });
        QCOMPARE(last, 1.0);
        QVERIFY2(timer.elapsed() < 25000, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(profile.ops.size(), probeCalls().size());
        for (const OpProbe& probe : profile.ops)
            QVERIFY2(probe.seconds > 0 && probe.seconds < 5, probe.call.op.c_str());
        // A probed call is predicted as it, or another of its size, was measured, unless memory
        // bounds it.
        for (const OpProbe& probe : profile.ops) {
            double least = probe.seconds;
            for (const OpProbe& other : profile.ops)
                if (other.call.op == probe.call.op && other.call.batch == probe.call.batch &&
                    other.call.m == probe.call.m && other.call.n == probe.call.n &&
                    other.call.k == probe.call.k && other.call.ofColumns == probe.call.ofColumns &&
                    other.call.sumsRows == probe.call.sumsRows)
                    least = std::min(least, other.seconds);
            QVERIFY2(predictSeconds(profile, std::vector{probe.call}) >= 0.5 * least,
                     probe.call.op.c_str());
        }
    }

    void costOfOtherConfigsIsNothing() {
        QVERIFY(!trainingCost(Json::object(), nullptr).has_value());
        QVERIFY(!trainingCost({{"network", 3}, {"dataset", 4}}, nullptr).has_value());
    }
};

QTEST_GUILESS_MAIN(TestMachineProfile)
#include "test_machine_profile.moc"

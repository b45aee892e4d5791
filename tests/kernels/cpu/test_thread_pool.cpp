#include <QtTest>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "kernels/parallel.h"

using namespace inlay::kernels;

class TestThreadPool : public QObject {
    Q_OBJECT

private slots:
    void cleanup() { setThreadCount(0); }

    void chunksDependOnShapeOnly_data() {
        QTest::addColumn<int>("threads");
        for (const int threads : {1, 2, 3, 5})
            QTest::addRow("%d threads", threads) << threads;
    }

    void chunksDependOnShapeOnly() {
        QFETCH(int, threads);
        setThreadCount(threads);
        QCOMPARE(threadCount(), threads);
        for (const std::int64_t count : {1, 2, 7, 64, 1001})
            for (const std::int64_t grain : {1, 3, 64, 2000}) {
                std::mutex mutex;
                std::set<std::pair<std::int64_t, std::int64_t>> chunks;
                parallelFor(count, grain, [&](std::int64_t begin, std::int64_t end) {
                    const std::lock_guard lock(mutex);
                    QVERIFY(chunks.emplace(begin, end).second);
                });
                std::set<std::pair<std::int64_t, std::int64_t>> expected;
                for (std::int64_t begin = 0; begin < count; begin += grain)
                    expected.emplace(begin, std::min(begin + grain, count));
                QCOMPARE(chunks, expected);
            }
    }

    void nothingToDo() {
        setThreadCount(3);
        bool called = false;
        parallelFor(0, 4, [&](std::int64_t, std::int64_t) { called = true; });
        parallelFor(-1, 4, [&](std::int64_t, std::int64_t) { called = true; });
        QVERIFY(!called);
    }

    void everyThreadTakesPart() {
        setThreadCount(3);
        std::atomic<int> waiting{0};
        std::mutex mutex;
        std::set<std::thread::id> threads;
        // Each chunk waits until three threads hold one.
        parallelFor(3, 1, [&](std::int64_t, std::int64_t) {
            {
                const std::lock_guard lock(mutex);
                threads.insert(std::this_thread::get_id());
            }
            ++waiting;
            while (waiting < 3)
                std::this_thread::yield();
        });
        QCOMPARE(threads.size(), std::size_t{3});
    }

    void nestedCallsAreSerial() {
        setThreadCount(3);
        std::atomic<int> wrong{0};
        std::atomic<std::int64_t> total{0};
        parallelFor(16, 1, [&](std::int64_t begin, std::int64_t) {
            const auto outer = std::this_thread::get_id();
            parallelFor(10, 1, [&](std::int64_t i, std::int64_t) {
                if (std::this_thread::get_id() != outer)
                    ++wrong;
                total += begin * 10 + i;
            });
        });
        QCOMPARE(wrong.load(), 0);
        QCOMPARE(total.load(), std::int64_t{159 * 160 / 2});
    }

    void exceptionsAreRethrown() {
        for (const int threads : {1, 3}) {
            setThreadCount(threads);
            std::atomic<int> ended{0};
            bool caught = false;
            try {
                parallelFor(50, 1, [&](std::int64_t begin, std::int64_t) {
                    if (begin == 49)
                        throw std::runtime_error("chunk 49");
                    ++ended;
                });
            } catch (const std::runtime_error& error) {
                caught = std::string(error.what()) == "chunk 49";
            }
            QVERIFY(caught);
            QCOMPARE(ended.load(), 49);
            // The pool works on.
            std::atomic<int> chunks{0};
            parallelFor(50, 1, [&](std::int64_t, std::int64_t) { ++chunks; });
            QCOMPARE(chunks.load(), 50);
        }
    }

    void callersFromSeveralThreads() {
        setThreadCount(2);
        std::atomic<std::int64_t> total{0};
        std::vector<std::thread> callers;
        for (int caller = 0; caller < 4; ++caller)
            callers.emplace_back([&total] {
                for (int repeat = 0; repeat < 500; ++repeat)
                    parallelFor(20, 3, [&total](std::int64_t begin, std::int64_t end) {
                        total += end - begin;
                    });
            });
        for (std::thread& caller : callers)
            caller.join();
        QCOMPARE(total.load(), std::int64_t{4 * 500 * 20});
    }

    void manySmallJobsWithSleepsBetween() {
        setThreadCount(3);
        std::int64_t sums[200] = {};
        for (int job = 0; job < 2000; ++job) {
            parallelFor(200, 7, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t i = begin; i < end; ++i)
                    sums[i] += i;
            });
            if (job % 100 == 0)
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        for (std::int64_t i = 0; i < 200; ++i)
            QCOMPARE(sums[i], 2000 * i);
    }
};

QTEST_APPLESS_MAIN(TestThreadPool)
#include "test_thread_pool.moc"

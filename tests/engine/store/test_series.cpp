#include <QtTest>

#include <bit>
#include <cmath>
#include <limits>

#include "engine/base/crc32c.h"
#include "engine/base/random.h"
#include "engine/store/database.h"
#include "engine/store/series_chunk.h"
#include "engine/store/series_reader.h"
#include "engine/store/series_writer.h"
#include "tests/engine/store/sample_run.h"

using namespace inlay::engine;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool sameBits(const std::vector<double>& a, const std::vector<double>& b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](double x, double y) {
               return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y);
           });
}

double noise(std::int64_t i) {
    return std::sin(0.37 * static_cast<double>(i)) + 1.0 / static_cast<double>(i + 1);
}

} // namespace

class TestSeries : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    int files_ = 0;

    RunStore newStore() {
        return RunStore::open(folder_.filePath(QString("%1.db").arg(files_++)).toStdString(),
                              OpenMode::Create);
    }

    std::int64_t countRows(RunStore& store, const char* table) {
        Statement row = store.database().prepareOnce(std::string("SELECT count(*) FROM ") + table);
        row.step();
        return row.integer(0);
    }

private slots:
    // Check value of the CRC catalogue, and 32 zero bytes of RFC 3720, B.4.
    void crc32cKnownAnswers() {
        const std::string digits = "123456789";
        const auto bytes = std::as_bytes(std::span(digits.data(), digits.size()));
        QCOMPARE(crc32c(bytes), 0xe3069283u);
        QCOMPARE(crc32c(bytes.subspan(4), crc32c(bytes.first(4))), 0xe3069283u);
        QCOMPARE(crc32c(std::vector<std::byte>(32)), 0x8a9136aau);
    }

    void chunkCodecs_data() {
        QTest::addColumn<int>("codec");
        QTest::addColumn<qint64>("stride");
        QTest::addColumn<qint64>("wallStride");
        QTest::newRow("no wall times") << 0 << qint64(3) << qint64(0);
        QTest::newRow("usual") << 1 << qint64(1) << qint64(20);
        QTest::newRow("clock set back") << 1 << qint64(7) << qint64(-5);
        QTest::newRow("steps far apart") << 2 << (qint64(1) << 40) << qint64(1);
        QTest::newRow("years between") << 2 << qint64(1) << (qint64(1) << 33);
    }
    void chunkCodecs() {
        QFETCH(int, codec);
        QFETCH(qint64, stride);
        QFETCH(qint64, wallStride);
        std::vector<std::int64_t> steps;
        std::vector<std::int64_t> walls;
        std::vector<double> values = {-0.0, kNaN, kInfinity, -kInfinity, 5e-324, 0.1};
        for (std::size_t i = 0; i < values.size(); ++i) {
            steps.push_back(-4 + stride * static_cast<qint64>(i));
            walls.push_back(wallStride == 0 ? 0
                                            : 1700000000000 + wallStride * static_cast<qint64>(i));
        }
        const EncodedChunk chunk = encodeChunk(steps, values, walls);
        QCOMPARE(static_cast<int>(chunk.codec), codec);
        QCOMPARE(*chunk.stats.firstNonFiniteStep, steps[1]);
        QCOMPARE(*chunk.stats.maximum, 0.1);
        StoredChunk stored{steps.front(), steps.back(), 6, codec, chunk.crc32c, chunk.data};
        SeriesData all;
        QVERIFY(decodeChunk(stored, SeriesReader::kFirst, SeriesReader::kLast, all));
        QCOMPARE(all.steps, steps);
        QCOMPARE(all.wallMs, walls);
        QVERIFY(sameBits(all.values, values));
        SeriesData part;
        QVERIFY(decodeChunk(stored, steps[2], steps[4] - 1, part));
        QCOMPARE(part.steps, (std::vector<std::int64_t>{steps[2], steps[3]}));
        std::vector<std::byte> broken = chunk.data;
        broken[7] ^= std::byte{1};
        stored.data = broken;
        QVERIFY(!decodeChunk(stored, SeriesReader::kFirst, SeriesReader::kLast, all));
        QCOMPARE(all.size(), std::size_t{6});
    }

    void sealsAcrossChunkBorders_data() {
        QTest::addColumn<int>("points");
        QTest::addColumn<int>("batch");
        for (const int points : {1, 1023, 1024, 1025, 2048, 2049, 5000}) {
            for (const int batch : {1, 100, 1024, 10000}) {
                if (batch != 1 || points < 1100)
                    QTest::addRow("%d by %d", points, batch) << points << batch;
            }
        }
    }
    void sealsAcrossChunkBorders() {
        QFETCH(int, points);
        QFETCH(int, batch);
        RunStore store = newStore();
        const RunId run = store.insertRun(sampleRun("seal"));
        store.beginAttempt(run, 0, "start");
        SeriesWriter writer(store, run, 1);
        const int loss = writer.series("train/loss", "nats");
        std::vector<double> values;
        for (int i = 0; i < points; ++i) {
            values.push_back(i == 700 ? kNaN : noise(i));
            writer.add(loss, 10 * i, values.back(), 1000 + i);
            if ((i + 1) % batch == 0)
                writer.commit();
        }
        writer.commit();
        QCOMPARE(writer.pendingPoints(), std::size_t{0});
        SeriesReader reader(store);
        const auto info = reader.find(run, "train/loss");
        QVERIFY(info.has_value());
        QCOMPARE(info->unit, std::string("nats"));
        const auto check = [&] {
            const SeriesData data = reader.read(info->id);
            QVERIFY(sameBits(data.values, values));
            QCOMPARE(data.steps.back(), std::int64_t{10} * (points - 1));
            QCOMPARE(data.wallMs.back(), std::int64_t{999} + points);
            QCOMPARE(reader.find(run, "train/loss")->count, std::int64_t{points});
            QCOMPARE(info->lastValue, values.back());
            QCOMPARE(info->firstNonFiniteStep.has_value(), points > 700);
            const SeriesData part = reader.read(info->id, 95, 10 * (points - 1) - 1);
            QCOMPARE(part.size(), static_cast<std::size_t>(std::max(0, points - 11)));
        };
        check();
        QVERIFY(countRows(store, "tail") <= 1024);
        QCOMPARE(countRows(store, "chunk"), std::int64_t{(points - 1) / 1024});
        writer.seal();
        QCOMPARE(countRows(store, "tail"), std::int64_t{0});
        check();
        // A second writer of the same attempt takes up where the first one stood.
        SeriesWriter second(store, run, 1);
        second.add("train/loss", 10 * points, 0.5, 0);
        QVERIFY_EXCEPTION_THROWN(second.add("train/loss", 3, 0.5, 0), Error);
        second.commit();
        values.push_back(0.5);
        QVERIFY(sameBits(reader.read(info->id).values, values));
        QCOMPARE(reader.find(run, "train/loss")->count, std::int64_t{points} + 1);
    }

    void equalStepReplaces() {
        RunStore store = newStore();
        const RunId run = store.insertRun(sampleRun("equal"));
        store.beginAttempt(run, 0, "start");
        SeriesWriter writer(store, run, 1);
        writer.add("x", 5, 100.0, 0);
        writer.add("x", 5, 2.0, 0);
        writer.commit();
        writer.add("x", 5, 3.0, 0);
        QCOMPARE(writer.pendingPoints(), std::size_t{1});
        writer.commit();
        SeriesReader reader(store);
        const auto info = reader.find(run, "x");
        QCOMPARE(info->count, std::int64_t{1});
        QCOMPARE(*info->maximum, 3.0);
        QCOMPARE(reader.read(info->id).values, std::vector<double>{3.0});
        QVERIFY_EXCEPTION_THROWN(writer.add("x", 4, 1.0, 0), Error);
    }

    void failedCommitLosesNothing() {
        RunStore store = newStore();
        const RunId run = store.insertRun(sampleRun("retry"));
        store.beginAttempt(run, 0, "start");
        SeriesWriter writer(store, run, 1);
        for (int i = 0; i < 3000; ++i)
            writer.add("x", i, noise(i), 0);
        QVERIFY_EXCEPTION_THROWN(writer.commit([] { throw Error("refused"); }), Error);
        QCOMPARE(countRows(store, "chunk"), std::int64_t{0});
        QCOMPARE(countRows(store, "series"), std::int64_t{0});
        writer.add("x", 3000, 1.0, 0);
        writer.commit();
        SeriesReader reader(store);
        QCOMPARE(reader.find(run, "x")->count, std::int64_t{3001});
        QCOMPARE(reader.read(reader.find(run, "x")->id).size(), std::size_t{3001});
    }

    void effectiveSeriesAcrossAttempts_data() {
        QTest::addColumn<bool>("sealed");
        QTest::newRow("tails") << false;
        QTest::newRow("chunks") << true;
    }
    void effectiveSeriesAcrossAttempts() {
        QFETCH(bool, sealed);
        RunStore store = newStore();
        const RunId run = store.insertRun(sampleRun("attempts"));
        SeriesReader reader(store);
        // (from, to) of each attempt; the third goes back below the second.
        const std::vector<std::pair<int, int>> spans = {{0, 3000}, {2000, 2500}, {1500, 4000}};
        std::map<std::int64_t, double> expected;
        std::vector<SeriesCursor> cursor(1);
        std::map<std::int64_t, double> live;
        const auto follow = [&] {
            for (const SeriesUpdate& update : reader.poll(cursor)) {
                if (update.dropFrom)
                    live.erase(live.lower_bound(*update.dropFrom), live.end());
                for (std::size_t i = 0; i < update.points.size(); ++i)
                    live[update.points.steps[i]] = update.points.values[i];
            }
        };
        for (const auto& [from, to] : spans) {
            const AttemptRecord attempt = store.beginAttempt(run, from, "resumed");
            follow();
            expected.erase(expected.lower_bound(from), expected.end());
            if (cursor[0].series != 0)
                QCOMPARE(live, expected);
            SeriesWriter writer(store, run, attempt.n);
            for (int step = from; step < to; ++step) {
                const double value = attempt.n + noise(step);
                writer.add("x", step, value, step);
                expected[step] = value;
                if (step % 333 == 0) {
                    writer.commit();
                    cursor[0].series = reader.find(run, "x")->id;
                    follow();
                    QCOMPARE(live, expected);
                }
            }
            writer.commit();
            if (sealed)
                writer.seal();
            follow();
            QCOMPARE(live, expected);
        }
        follow();
        const auto info = reader.find(run, "x");
        const SeriesData data = reader.read(info->id);
        std::map<std::int64_t, double> read;
        for (std::size_t i = 0; i < data.size(); ++i)
            read[data.steps[i]] = data.values[i];
        QCOMPARE(data.size(), expected.size());
        QCOMPARE(read, expected);
        QCOMPARE(info->count, static_cast<std::int64_t>(expected.size()));
        double low = kInfinity;
        for (const auto& [step, value] : expected)
            low = std::min(low, value);
        QCOMPARE(*info->minimum, low);
        // Attempt 1 keeps 1,500 of 3,000 points, attempt 2 none of its 500.
        QCOMPARE(reader.readSuperseded(info->id).size(), std::size_t{2000});
        QVERIFY(reader.poll(cursor).empty());
    }

    void reducedReading_data() {
        QTest::addColumn<int>("points");
        QTest::addColumn<int>("buckets");
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("to");
        QTest::newRow("all") << 50000 << 20 << -10 << 10000000;
        QTest::newRow("one bucket") << 50000 << 1 << -10 << 10000000;
        QTest::newRow("more buckets than chunks") << 50000 << 300 << -10 << 10000000;
        QTest::newRow("zoom") << 50000 << 100 << 30011 << 90003;
        QTest::newRow("raw") << 50000 << 100 << 30000 << 30300;
        QTest::newRow("short") << 90 << 50 << 0 << 1000;
    }
    void reducedReading() {
        QFETCH(int, points);
        QFETCH(int, buckets);
        QFETCH(int, from);
        QFETCH(int, to);
        RunStore store = newStore();
        const RunId run = store.insertRun(sampleRun("reduce"));
        store.beginAttempt(run, 0, "start");
        SeriesWriter writer(store, run, 1);
        RandomStream random(7, "reduce");
        std::vector<std::pair<std::int64_t, double>> inside;
        std::int64_t step = 0;
        for (int i = 0; i < points; ++i) {
            step += 1 + static_cast<std::int64_t>(random.below(5));
            double value = random.normal();
            if (i % 5003 == 4000)
                value = i % 2 == 0 ? 1e6 + i : -1e6 - i;
            if (i % 7001 == 6000)
                value = i % 2 == 0 ? kNaN : kInfinity;
            writer.add("x", step, value, 0);
            if (step >= from && step <= to)
                inside.emplace_back(step, value);
        }
        writer.commit();
        SeriesReader reader(store);
        const auto info = reader.find(run, "x");
        const ReducedSeries view = reader.readReduced(info->id, buckets, from, to);
        QCOMPARE(view.count, static_cast<std::int64_t>(inside.size()));
        QCOMPARE(view.isRaw, inside.size() <= 2u * static_cast<std::size_t>(buckets));
        QVERIFY(std::is_sorted(view.steps.begin(), view.steps.end()));
        std::map<std::int64_t, double> shown;
        for (std::size_t i = 0; i < view.steps.size(); ++i)
            shown[view.steps[i]] = view.values[i];
        QCOMPARE(shown.size(), view.steps.size());
        if (view.isRaw) {
            QCOMPARE(shown.size(), inside.size());
            return;
        }
        QVERIFY(shown.size() <= 3u * static_cast<std::size_t>(buckets) + 2);
        QVERIFY(shown.count(inside.front().first) && shown.count(inside.back().first));
        const std::int64_t first = std::max<std::int64_t>(from, info->firstStep);
        const std::int64_t last = std::min<std::int64_t>(to, info->lastStep);
        const double scale = buckets / static_cast<double>(last - first + 1);
        std::map<std::size_t, std::vector<std::pair<std::int64_t, double>>> groups;
        for (const auto& point : inside)
            groups[static_cast<std::size_t>(static_cast<double>(point.first - first) * scale)]
                .push_back(point);
        for (const auto& [index, group] : groups) {
            double low = kInfinity;
            double high = -kInfinity;
            bool finite = true;
            for (const auto& [s, value] : group) {
                if (!std::isfinite(value)) {
                    if (finite)
                        QVERIFY(shown.count(s));
                    finite = false;
                    continue;
                }
                low = std::min(low, value);
                high = std::max(high, value);
            }
            bool hasLow = low == kInfinity;
            bool hasHigh = hasLow;
            for (const auto& [s, value] : group) {
                hasLow = hasLow || (value == low && shown.count(s) && shown[s] == value);
                hasHigh = hasHigh || (value == high && shown.count(s) && shown[s] == value);
            }
            QVERIFY2(hasLow && hasHigh, qPrintable(QString("bucket %1").arg(index)));
        }
    }

    void badChunkIsAGap() {
        RunStore store = newStore();
        const RunId run = store.insertRun(sampleRun("gap"));
        store.beginAttempt(run, 0, "start");
        SeriesWriter writer(store, run, 1);
        for (int i = 0; i < 5000; ++i)
            writer.add("x", i, noise(i), 0);
        writer.commit();
        store.database().execute("UPDATE chunk SET crc32c = crc32c + 1 WHERE first_step = 2048");
        SeriesReader reader(store);
        const auto info = reader.find(run, "x");
        const SeriesData data = reader.read(info->id);
        QCOMPARE(data.size(), std::size_t{5000 - 1024});
        QCOMPARE(data.gaps.size(), std::size_t{1});
        QCOMPARE(data.gaps[0].first, std::int64_t{2048});
        QCOMPARE(data.gaps[0].last, std::int64_t{3071});
        QCOMPARE(reader.readReduced(info->id, 10, 2000, 2500).gaps[0].last, std::int64_t{2500});
    }

    void readsLeaveNoStatementOpen() {
        RunStore store = newStore();
        const RunId run = store.insertRun(sampleRun("wal"));
        store.beginAttempt(run, 0, "start");
        SeriesWriter writer(store, run, 1);
        RunStore other = RunStore::open(store.path(), OpenMode::ReadOnly);
        SeriesReader reader(other);
        const std::int64_t before = other.dataVersion();
        for (int i = 0; i < 20000; ++i)
            writer.add("x", i, noise(i), 0);
        writer.commit();
        QVERIFY(other.dataVersion() != before);
        std::vector<SeriesCursor> cursors = {{reader.find(run, "x")->id}};
        QCOMPARE(reader.poll(cursors).at(0).points.size(), std::size_t{20000});
        QVERIFY(store.walBytes() > 0);
        QVERIFY(store.truncateWal());
        QCOMPARE(store.walBytes(), std::int64_t{0});
    }

    void ingestFigure() {
        RunStore store = newStore();
        const RunId run = store.insertRun(sampleRun("ingest"));
        store.beginAttempt(run, 0, "start");
        SeriesWriter writer(store, run, 1);
        QElapsedTimer timer;
        timer.start();
        std::vector<int> handles;
        for (int s = 0; s < 10; ++s)
            handles.push_back(writer.series("series/" + std::to_string(s)));
        for (int i = 0; i < 100000; ++i) {
            for (const int handle : handles)
                writer.add(handle, i, noise(i), 1700000000000 + i);
            if (i % 10000 == 9999)
                writer.commit();
        }
        writer.seal();
        const double seconds = static_cast<double>(timer.nsecsElapsed()) * 1e-9;
        store.truncateWal();
        const double bytes = static_cast<double>(store.database().pragma("page_count") * 4096);
        qInfo("1e6 points in %.3f s: %.2f million points/s, %.2f B/point", seconds, 1 / seconds,
              bytes / 1e6);
        QVERIFY(bytes / 1e6 <= 20.0);
        SeriesReader reader(store);
        QCOMPARE(reader.list(run).size(), std::size_t{10});
        QCOMPARE(reader.list(run)[9].count, std::int64_t{100000});
    }
};

QTEST_GUILESS_MAIN(TestSeries)
#include "test_series.moc"

#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <cstring>

#include "engine/experiments/embed/embed_frames.h"
#include "engine/experiments/embed/embed_kind.h"
#include "engine/interop/npy.h"
#include "engine/runner/point_frames.h"
#include "engine/schema/assignments.h"
#include "tests/engine/experiments/run_harness.h"

using namespace inlay::engine;
using namespace run_tests;
using embed::embedKind;

class TestEmbedRun : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    static Assigned assigned(const std::vector<Assignment>& assignments) {
        return assign(embedKind().schema(), Json::object(), assignments);
    }

    static Json config(const std::vector<Assignment>& assignments) {
        const Assigned result = assigned(assignments);
        for (const Issue& issue : result.issues)
            qWarning("%s: %s", issue.key.c_str(), issue.message.c_str());
        return embedKind().schema().complete(result.config);
    }

    static std::vector<Assignment> digits(int count, std::vector<Assignment> more = {}) {
        std::vector<Assignment> all = {{"source.kind", "dataset"},
                                       {"source.dataset.count", 10},
                                       {"source.dataset.validation_count", 0},
                                       {"source.dataset.test_count", count},
                                       {"projection.kind", "tsne"}};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }

    std::string storePath() const { return folder_.filePath("store.db").toStdString(); }

    static RunId insert(RunStore& store, const Json& config) {
        return insertRun(store, "embed", config);
    }

    std::string write(const char* name, const QByteArray& text) {
        const QString path = folder_.filePath(name);
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("cannot write %s", qPrintable(path));
        return path.toStdString();
    }

    static FrameRecord onlyFrame(RunStore& store, RunId run, const char* name) {
        const std::vector<FrameRecord> frames = store.frames(run, name);
        if (frames.size() != 1)
            qFatal("%zu frames %s", frames.size(), name);
        return *store.frame(run, name, frames.front().attempt, frames.front().step);
    }

    static std::vector<float> floats(const FrameRecord& frame) {
        std::vector<float> values(frame.data.size() / 4);
        std::memcpy(values.data(), frame.data.data(), frame.data.size());
        return values;
    }

    std::string message(const std::vector<Assignment>& assignments) {
        return joinMessages(embedKind().check(config(assignments), "cpu"));
    }

private slots:
    void recordsThePicture() {
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        const RunId run = insert(store, config(digits(300, {{"projection.iterations", 400}})));
        const ExecuteResult result = executeRun(storePath(), run, embedKind(), nullptr);
        QVERIFY2(result.status == RunStatus::Finished, result.message.c_str());
        QCOMPARE(metric(result.metrics, "points"), 300.0);
        QCOMPARE(metric(result.metrics, "dimensions"), 784.0);
        QVERIFY2(metric(result.metrics, "trustworthiness") > 0.8,
                 qPrintable(QString::number(metric(result.metrics, "trustworthiness"))));
        QVERIFY(metric(result.metrics, "continuity") > 0.75);
        QVERIFY(metric(result.metrics, "neighbors_kept") > 0.4);
        QVERIFY(metric(result.metrics, "input/knn5_accuracy") > 0.6);
        QVERIFY(metric(result.metrics, "layout/knn5_accuracy") > 0.6);
        QVERIFY(metric(result.metrics, "cost") > 0);
        // 300 vectors of 784 fit into one frame.
        QVERIFY((onlyFrame(store, run, "embedding").shape == std::vector<std::int64_t>{300, 784}));
        QVERIFY((onlyFrame(store, run, "labels").shape == std::vector<std::int64_t>{300}));
        QVERIFY(
            (onlyFrame(store, run, "thumbnails").shape == std::vector<std::int64_t>{300, 28, 28}));
        QCOMPARE(store.resultRows(run, "classes").size(), std::size_t(10));
        // The last frame is the picture that the files hold.
        const FrameRecord last = store.frames(run, "layout").back();
        QCOMPARE(last.step, std::int64_t(400));
        const FrameRecord picture = *store.frame(run, "layout", last.attempt, last.step);
        QVERIFY((picture.shape == std::vector<std::int64_t>{300, 2}));
        std::vector<std::string> names;
        for (const ArtifactRecord& artifact : store.artifacts(run)) {
            names.push_back(artifact.name);
            const std::string path = store.absolutePath(artifact.path);
            if (artifact.name != "layout.npy")
                continue;
            const NpyArray array = readNpy(path);
            QVERIFY(
                (std::vector<float>(array.values.begin(), array.values.end()) == floats(picture)));
        }
        QVERIFY((names == std::vector<std::string>{"layout.csv", "layout.npy", "layout.tsv",
                                                   "metadata.tsv"}));
    }

    // t-SNE evaluates its cost every 50 iterations once nothing is exaggerated: those are its
    // points.
    void costsAreRecordedOnce() {
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        const RunId run = insert(store, config(digits(60, {{"projection.perplexity", 5},
                                                           {"projection.iterations", 500}})));
        const ExecuteResult result = executeRun(storePath(), run, embedKind(), nullptr);
        QCOMPARE(result.message, std::string());
        const SeriesData cost = series(store, result.run, "layout/cost");
        QCOMPARE(cost.size(), std::size_t(6)); // after 250, 300, … 450 and at the end
        QVERIFY(std::is_sorted(cost.values.rbegin(), cost.values.rend()));
    }

    void sameSeedSameBits() {
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        for (const char* projection : {"tsne", "umap", "pca"}) {
            const Json set = config(digits(80, {{"projection.kind", projection}}));
            Metrics metrics[2];
            for (Metrics& one : metrics) {
                one = executeRun(storePath(), insert(store, set), embedKind(), nullptr).metrics;
                one = withoutTimes(one);
            }
            QVERIFY(!metrics[0].empty());
            QVERIFY(metrics[0] == metrics[1]);
        }
    }

    void bothPartsOfADataset() {
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        const RunId run = insert(store, config({{"source.kind", "dataset"},
                                                {"source.dataset.kind", "digits"},
                                                {"source.dataset.count", 50},
                                                {"source.dataset.validation_count", 0},
                                                {"source.dataset.test_count", 30},
                                                {"source.part", "both"},
                                                {"projection.kind", "pca"}}));
        const ExecuteResult result = executeRun(storePath(), run, embedKind(), nullptr);
        QVERIFY2(result.status == RunStatus::Finished, result.message.c_str());
        const FrameRecord split = onlyFrame(store, run, "split");
        QVERIFY((split.shape == std::vector<std::int64_t>{80}));
        std::vector<std::int32_t> parts(80);
        std::memcpy(parts.data(), split.data.data(), split.data.size());
        QCOMPARE(std::count(parts.begin(), parts.begin() + 50, 0), std::ptrdiff_t(50));
        QCOMPARE(std::count(parts.begin() + 50, parts.end(), 2), std::ptrdiff_t(30));
    }

    // Cut in the middle and resumed: the same picture to the bit, and no second set of points.
    void resumeRepeatsTheBits_data() {
        QTest::addColumn<QString>("kind");
        QTest::addColumn<QString>("length");
        QTest::newRow("t-SNE") << "tsne"
                               << "projection.iterations";
        QTest::newRow("UMAP") << "umap"
                              << "projection.epochs";
    }
    void resumeRepeatsTheBits() {
        QFETCH(const QString, kind);
        QFETCH(const QString, length);
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        const Json set = config(digits(90, {{"projection.kind", kind.toStdString()},
                                            {length.toStdString(), 120},
                                            {"checkpoint.every_seconds", 1e-6}}));
        const RunId whole = insert(store, set);
        const ExecuteResult uncut = executeRun(storePath(), whole, embedKind(), nullptr);
        QVERIFY2(uncut.status == RunStatus::Finished, uncut.message.c_str());
        Interrupter interrupter(20);
        const RunId cut = insert(store, set);
        QCOMPARE(executeRun(storePath(), cut, embedKind(), &interrupter).status, RunStatus::Failed);
        QVERIFY(store.claimForResume(cut, ProcessIdentity::current()));
        const ExecuteResult resumed = executeRun(storePath(), cut, embedKind(), nullptr);
        QVERIFY2(resumed.status == RunStatus::Finished, resumed.message.c_str());
        QVERIFY(store.attempts(cut).back().fromStep > 0);
        QCOMPARE(store.frames(cut, "embedding").size(), std::size_t(1));
        const auto last = [&](RunId run) {
            const FrameRecord header = store.frames(run, "layout").back();
            return store.frame(run, "layout", header.attempt, header.step)->data;
        };
        QCOMPARE(last(cut), last(whole));
        for (const char* name : {"points", "trustworthiness", "cost", "layout/recall@1"})
            QCOMPARE(metric(resumed.metrics, name), metric(uncut.metrics, name));
    }

    void tableWithoutLabels() {
        RunStore store = RunStore::open(storePath(), OpenMode::Create);
        QByteArray text = "a,b,c,d\n";
        for (int i = 0; i < 40; ++i)
            text += QByteArray::number(i % 7) + "," + QByteArray::number(i * i % 11) + "," +
                    QByteArray::number(i) + ",1\n";
        const RunId run = insert(store, config({{"source.path", write("plain.csv", text)},
                                                {"scaling", "standardize"},
                                                {"projection.kind", "pca"},
                                                {"projection.dimension", 3}}));
        const ExecuteResult result = executeRun(storePath(), run, embedKind(), nullptr);
        QVERIFY2(result.status == RunStatus::Finished, result.message.c_str());
        // Three columns of variance 1 and one of none: three axes hold everything.
        QVERIFY(std::abs(metric(result.metrics, "explained_variance") - 1) < 1e-6);
        QVERIFY(std::abs(metric(result.metrics, "trustworthiness") - 1) < 1e-9);
        QVERIFY(store.frames(run, "labels").empty());
        QVERIFY(store.frames(run, "thumbnails").empty());
        QVERIFY((onlyFrame(store, run, "layout").shape == std::vector<std::int64_t>{40, 3}));
        QCOMPARE(store.resultRows(run, "axes").size(), std::size_t(3));
    }

    void badValues_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* key, const char* value, const char* words) {
            QTest::newRow(words) << QString(key) << QByteArray(value) << QString(words);
        };
        row("projection.perplexity", "1", "projection.perplexity is 1");
        row("projection.perplexity", "101", "projection.perplexity is 101");
        row("projection.dimension", "4", "projection.dimension is 4");
        row("projection", "{\"kind\": \"tsne\", \"dimension\": 3, \"method\": \"grid\"}",
            "method is grid, which has two dimensions");
        row("projection", "{\"kind\": \"umap\", \"min_distance\": 2}", "min_distance is 2");
        row("projection.kind", "\"lda\"", "lda");
        row("count", "-1", "count is -1");
        row("source.bad_values", "\"ignore\"", "ignore");
    }

    void badValues() {
        QFETCH(const QString, key);
        QFETCH(const QByteArray, value);
        QFETCH(const QString, words);
        const Assigned result =
            assigned({{key.toStdString(), parseJson(value.toStdString(), "value")}});
        std::vector<Issue> issues = result.issues;
        if (issues.empty())
            issues = embedKind().schema().validate(result.config);
        QVERIFY2(joinMessages(issues).find(words.toStdString()) != std::string::npos,
                 joinMessages(issues).c_str());
    }

    void badSourcesAreIssues() {
        const auto has = [&](const std::vector<Assignment>& assignments, const char* words) {
            const std::string found = message(assignments);
            if (found.find(words) == std::string::npos)
                qWarning("%s", found.c_str());
            return found.find(words) != std::string::npos;
        };
        QVERIFY(has({{"source.path", "/no/such/file"}}, "/no/such/file"));
        const std::string three = write("three.csv", "1,2,3\n4,5,6\n7,8,9\n");
        QVERIFY(has({{"source.path", three}}, "3 points cannot be projected"));
        const std::string five = write("five.csv", "1,2,3\n4,5,6\n7,8,9\n1,1,1\n2,4,2\n");
        QVERIFY(message({{"source.path", five}}).empty());
        QVERIFY(has({{"source.path", five}, {"count", 6}}, "count is 6, allowed is 0 to 5"));
        QVERIFY(has({{"source.path", write("nan.csv", "1,2\n3,nan\n5,6\n7,8\n")}},
                    "line 2, column 2: NaN"));
        QVERIFY(has({{"source.path", five}, {"source.labels", write("two.txt", "a\nb\n")}},
                    "holds 5 vectors, but"));
        QVERIFY(has({{"source.kind", "dataset"},
                     {"source.dataset.kind", "idx"},
                     {"source.dataset.path", "/nowhere"}},
                    "/nowhere does not exist"));
        const auto device = embedKind().check(config({{"source.path", five}}), "cuda:0");
        QCOMPARE(device.size(), std::size_t(1));
        QCOMPARE(device[0].key, std::string("device"));
    }

    // Before hours are spent, and only where they would be.
    void longExactRunsAreAskedFor() {
        QByteArray text;
        for (int i = 0; i < 50'001; ++i)
            text += QByteArray::number(i % 101) + "," + QByteArray::number(i % 97) + "," +
                    QByteArray::number(i) + "\n";
        const std::string path = write("long.csv", text);
        const std::string found = message(
            {{"source.path", path}, {"projection.kind", "tsne"}, {"projection.method", "exact"}});
        QVERIFY2(found.find("every pair of 50001 points takes about") != std::string::npos,
                 found.c_str());
        QVERIFY(message({{"source.path", path},
                         {"projection.kind", "tsne"},
                         {"projection.method", "exact"},
                         {"projection.accept_long", true}})
                    .empty());
        QVERIFY(message({{"source.path", path}, {"projection.kind", "tsne"}}).empty());
        QVERIFY(message({{"source.path", path},
                         {"projection.kind", "tsne"},
                         {"projection.method", "exact"},
                         {"count", 1000}})
                    .empty());
    }

    // Known bit patterns of IEEE 754 binary16.
    void halves_data() {
        QTest::addColumn<float>("value");
        QTest::addColumn<int>("bits");
        QTest::newRow("one") << 1.0f << 0x3c00;
        QTest::newRow("minus two") << -2.0f << 0xc000;
        QTest::newRow("largest") << 65504.0f << 0x7bff;
        QTest::newRow("beyond") << 65520.0f << 0x7c00;
        QTest::newRow("least normal") << 6.103515625e-05f << 0x0400;
        QTest::newRow("least") << 5.9604644775390625e-08f << 0x0001;
        QTest::newRow("half of the least, to even") << 2.98023223876953125e-08f << 0x0000;
        QTest::newRow("tie to even, down") << 1.00048828125f << 0x3c00;
        QTest::newRow("tie to even, up") << 1.00146484375f << 0x3c02;
        QTest::newRow("third") << 0.333251953125f << 0x3555;
        QTest::newRow("infinity") << std::numeric_limits<float>::infinity() << 0x7c00;
    }

    void halves() {
        QFETCH(const float, value);
        QFETCH(const int, bits);
        QCOMPARE(static_cast<int>(point_frames::halfOf(value)), bits);
    }

    void whatHalvesHold() {
        QVERIFY(point_frames::fitsHalves(std::vector<float>{0, -65504, 65504}));
        QVERIFY(!point_frames::fitsHalves(std::vector<float>{0, 65505}));
        QVERIFY(
            !point_frames::fitsHalves(std::vector<float>{std::numeric_limits<float>::quiet_NaN()}));
    }

    // 3 x 3 pixels of three points in cells of 1, kept; of many points, averaged down.
    void thumbnailsFitAFrame() {
        embed::EmbedPoints points;
        points.count = 20'000;
        points.height = points.width = 28;
        points.channels = 1;
        points.dimension = 784;
        points.values.assign(static_cast<std::size_t>(points.count * 784), 51.0f);
        std::vector<std::int64_t> all(static_cast<std::size_t>(points.count));
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i] = static_cast<std::int64_t>(i);
        const auto frames = embed::thumbnailFrames(points, all);
        QCOMPARE(frames.size(), std::size_t(1));
        QVERIFY(frames.front().data.size() <= std::size_t{1} << 20);
        QVERIFY((frames.front().shape == std::vector<std::int64_t>{20'000, 7, 7}));
        QCOMPARE(static_cast<int>(frames.front().data.front()), 51);
        points.channels = 2;
        QVERIFY(embed::thumbnailFrames(points, all).empty());
    }
};

QTEST_GUILESS_MAIN(TestEmbedRun)
#include "test_embed_run.moc"

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>

#include "engine/experiments/train/train_kind.h"
#include "engine/interop/safetensors.h"
#include "engine/runner/executor.h"
#include "engine/runner/fork.h"
#include "engine/schema/assignments.h"
#include "engine/store/series_reader.h"

using namespace inlay::engine;

namespace {

QByteArray bigEndian(std::uint32_t value) {
    QByteArray out;
    for (int shift = 24; shift >= 0; shift -= 8)
        out.append(static_cast<char>(value >> shift));
    return out;
}

// Images of one gray each that say nothing about their labels.
QByteArray images(std::uint32_t count, std::uint32_t side) {
    QByteArray out = bigEndian(0x803) + bigEndian(count) + bigEndian(side) + bigEndian(side);
    for (std::uint32_t i = 0; i < count; ++i)
        out.append(QByteArray(static_cast<int>(side * side), static_cast<char>(37 * i)));
    return out;
}

QByteArray labels(std::uint32_t count) {
    QByteArray out = bigEndian(0x801) + bigEndian(count);
    for (std::uint32_t i = 0; i < count; ++i)
        out.append(static_cast<char>(i % 7 % 3));
    return out;
}

} // namespace

class TestTrainSession : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::string path_;
    int stores_ = 0;

    RunStore freshStore() {
        path_ = folder_.filePath(QString("store%1.db").arg(stores_++)).toStdString();
        return RunStore::open(path_, OpenMode::Create);
    }

    // Small blobs that overlap, so that nothing is learned perfectly.
    static std::vector<Assignment> blobs() {
        return {{"dataset.kind", "blobs"},
                {"dataset.count", 400},
                {"dataset.test_count", 50},
                {"dataset.spread", 2},
                {"network.hidden", {16}},
                {"batch_size", 32},
                {"epochs", 3}};
    }

    static Json config(const std::vector<Assignment>& assignments) {
        const Assigned assigned = assign(train::trainKind().schema(), Json::object(), assignments);
        for (const Issue& issue : assigned.issues)
            qWarning("%s: %s", issue.key.c_str(), issue.message.c_str());
        return train::trainKind().schema().complete(assigned.config);
    }

    static std::vector<Assignment> blobsWith(const std::vector<Assignment>& assignments) {
        std::vector<Assignment> all = blobs();
        all.insert(all.end(), assignments.begin(), assignments.end());
        return all;
    }

    RunId insert(RunStore& store, const Json& config) {
        NewRun run;
        run.name = "train";
        run.kind = "train";
        run.config = config;
        run.device = "cpu";
        run.threads = 1;
        run.status = RunStatus::Running;
        run.process = ProcessIdentity::current();
        return store.insertRun(run);
    }

    ExecuteResult execute(RunStore& store, const std::vector<Assignment>& assignments) {
        return executeRun(path_, insert(store, config(assignments)), train::trainKind(), nullptr);
    }

    static double metric(const Metrics& metrics, const std::string& name) {
        for (const auto& [key, value] : metrics)
            if (key == name)
                return value;
        return -1;
    }

    static Metrics withoutTimes(Metrics metrics) {
        std::erase_if(metrics, [](const auto& m) { return m.first.starts_with("time/"); });
        return metrics;
    }

    static SeriesData series(RunStore& store, RunId run, const std::string& name) {
        SeriesReader reader(store);
        const auto info = reader.find(run, name);
        return info ? reader.read(info->id) : SeriesData{};
    }

private slots:
    void precisionNeedsADevice() {
        const auto messages = [](const char* precision, const char* device) {
            std::vector<std::string> found;
            for (const Issue& issue :
                 train::trainKind().check(config(blobsWith({{"precision", precision}})), device))
                found.push_back(issue.key + ": " + issue.message);
            return found;
        };
        QVERIFY(messages("f32", "cpu").empty());
        QVERIFY(messages("bf16", "cuda:0").empty());
        QVERIFY(messages("tf32", "auto").empty());
        QCOMPARE(messages("bf16", "cpu"),
                 std::vector<std::string>{"precision: precision is bf16, which needs a cuda "
                                          "device; on cpu only f32 is allowed"});
    }

    void precisionHidesNoOtherIssue() {
        std::vector<std::string> keys;
        for (const Issue& issue : train::trainKind().check(
                 config(blobsWith({{"precision", "bf16"}, {"batch_size", 65536}})), "cpu"))
            keys.push_back(issue.key);
        QCOMPARE(keys, (std::vector<std::string>{"precision", "batch_size"}));
    }

    // What is chosen by validation needs something to validate with.
    void choosingNeedsValidationSamples() {
        const Assignment none{"dataset.validation_count", 0};
        const auto keys = [](const std::vector<Assignment>& assignments) {
            std::vector<std::string> found;
            for (const Issue& issue :
                 train::trainKind().check(config(blobsWith(assignments)), "cpu"))
                found.push_back(issue.key);
            return found;
        };
        QVERIFY(keys({none}).empty());
        QCOMPARE(keys({none, {"keep", "best_validation"}}), std::vector<std::string>{"keep"});
        QCOMPARE(keys({none, {"early_stop.patience", 2}}),
                 std::vector<std::string>{"early_stop.patience"});
        QVERIFY(keys({{"keep", "best_validation"}, {"early_stop.patience", 2}}).empty());
    }

    // With fewer steps than lie between two recorded ones the last step is recorded all the same.
    void theLastStepIsRecorded() {
        RunStore store = freshStore();
        const ExecuteResult often =
            execute(store, blobsWith({{"log_every", 1}, {"batch_size", 360}}));
        const ExecuteResult rarely =
            execute(store, blobsWith({{"log_every", 1000}, {"batch_size", 360}}));
        QCOMPARE(rarely.status, RunStatus::Finished);
        const SeriesData points = series(store, rarely.run, "train/loss");
        QCOMPARE(points.steps, std::vector<std::int64_t>{2});
        const SeriesData all = series(store, often.run, "train/loss");
        QCOMPARE(all.size(), std::size_t{3});
        const double mean = (all.values[0] + all.values[1] + all.values[2]) / 3;
        QVERIFY(std::abs(points.values[0] - mean) < 1e-5 * mean);
        QCOMPARE(metric(rarely.metrics, "train/loss"), points.values[0]);
        QVERIFY(metric(rarely.metrics, "time/step_seconds") > 0);
    }

    // A run that ended early and whose process then died does not train on when it is resumed.
    void earlyStopIsFinalOnResume() {
        RunStore store = freshStore();
        const ExecuteResult whole = execute(
            store, blobsWith({{"early_stop.patience", 1}, {"learning_rate", 0.3}, {"epochs", 40}}));
        QCOMPARE(whole.status, RunStatus::Finished);
        const SeriesData before = series(store, whole.run, "validation/loss");
        QVERIFY2(before.size() < 40, "the run did not stop early");
        store.setStatus(whole.run, RunStatus::Lost, "");
        QVERIFY(store.claimForResume(whole.run, ProcessIdentity::current()));
        const ExecuteResult again = executeRun(path_, whole.run, train::trainKind(), nullptr);
        QCOMPARE(again.status, RunStatus::Finished);
        QCOMPARE(series(store, whole.run, "validation/loss").values, before.values);
        QCOMPARE(withoutTimes(again.metrics), withoutTimes(whole.metrics));
        // Nothing was timed in the second attempt.
        QCOMPARE(metric(again.metrics, "time/step_seconds"), -1.0);
    }

    // The weights of the best epoch are kept as they were.
    void bestWeightsAreKeptUnchanged() {
        RunStore store = freshStore();
        const ExecuteResult result =
            execute(store, blobsWith({{"keep", "best_validation"},
                                      {"network.operator.kind", "two_four"},
                                      {"network.operator.training", "sr_ste"},
                                      {"network.operator.lambda_on", "decoupled"},
                                      {"network.operator.lambda", 0.1}}));
        QCOMPARE(result.status, RunStatus::Finished);
        const SafetensorsFile checkpoint(
            store.absolutePath(store.checkpoints(result.run).front().path));
        const SafetensorsFile kept(store.absolutePath(store.artifacts(result.run).front().path));
        const std::string name = "blocks.0/weight";
        QCOMPARE(kept.readFloats(kept.at(name)),
                 checkpoint.readFloats(checkpoint.at("best/" + name)));
    }

    // A fork may choose by validation where its parent kept the last weights and never stopped.
    void forksMayChooseByValidation() {
        RunStore store = freshStore();
        const ExecuteResult parent = execute(store, blobs());
        for (const Assignment& choice :
             {Assignment{"keep", "best_validation"}, Assignment{"early_stop.patience", 2}}) {
            const ForkResult fork = forkRun(store, *store.run(parent.run), train::trainKind(),
                                            std::nullopt, {{"epochs", 5}, choice}, {});
            QVERIFY(fork.issues.empty());
            ClaimFilter own;
            own.ids = {*fork.run};
            QVERIFY(store.claimRun(own, ProcessIdentity::current()));
            const ExecuteResult result = executeRun(path_, *fork.run, train::trainKind(), nullptr);
            QCOMPARE(result.message, std::string());
            QCOMPARE(result.status, RunStatus::Finished);
            QCOMPARE(series(store, *fork.run, "validation/loss").size(), std::size_t{2});
        }
    }

    // Half an epoch of a larger training set is no place in a smaller one.
    void forksFitTheirTrainingSet() {
        RunStore store = freshStore();
        const ExecuteResult parent =
            execute(store, blobsWith({{"checkpoint.every_seconds", 1e-6}}));
        const std::int64_t last = store.checkpoints(parent.run).front().step;
        const auto runFork = [&](std::int64_t at) {
            const ForkResult fork = forkRun(store, *store.run(parent.run), train::trainKind(), at,
                                            {{"epochs", 4}, {"dataset.count", 200}}, {});
            ClaimFilter own;
            own.ids = {*fork.run};
            store.claimRun(own, ProcessIdentity::current());
            return executeRun(path_, *fork.run, train::trainKind(), nullptr);
        };
        QCOMPARE(runFork(last).status, RunStatus::Finished);
        const ExecuteResult middle = runFork(last - 1);
        QCOMPARE(middle.status, RunStatus::Failed);
        QVERIFY(middle.message.find("after 352 samples of an epoch, but there are only 180 "
                                    "training samples") != std::string::npos);
    }

    // The update of the last step may be the one that ends in NaN.
    void divergenceInTheLastStepIsSeen() {
        RunStore store = freshStore();
        const auto run = [&](std::int64_t steps) {
            return execute(store, blobsWith({{"optimizer.kind", "sgd"},
                                             {"schedule.kind", "constant"},
                                             {"schedule.warmup", 0},
                                             {"learning_rate", 10},
                                             {"network.hidden", {64, 64, 64, 64}},
                                             {"batch_size", 360},
                                             {"epochs", steps}}));
        };
        const ExecuteResult whole = run(200);
        QCOMPARE(whole.status, RunStatus::Diverged);
        const std::int64_t step = series(store, whole.run, "train/loss").steps.back();
        QVERIFY(step > 0);
        const ExecuteResult cut = run(step);
        QCOMPARE(series(store, cut.run, "train/loss").steps.back(), step - 1);
        QCOMPARE(cut.status, RunStatus::Diverged);
        QVERIFY(cut.message.starts_with("test/loss is "));
    }

    // Forty pictures of this size are more than a frame may hold.
    void mistakesOfLargeImagesFitAFrame() {
        QTemporaryDir data;
        const auto write = [&](const char* name, const QByteArray& content) {
            QFile file(data.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly));
            file.write(content);
        };
        write("train-images-idx3-ubyte", images(100, 200));
        write("train-labels-idx1-ubyte", labels(100));
        write("t10k-images-idx3-ubyte", images(10, 200));
        write("t10k-labels-idx1-ubyte", labels(10));
        RunStore store = freshStore();
        const ExecuteResult result = execute(store, {{"dataset.kind", "idx"},
                                                     {"dataset.path", data.path().toStdString()},
                                                     {"dataset.classes", 3},
                                                     {"dataset.count", 0},
                                                     {"dataset.test_count", 0},
                                                     {"dataset.validation_count", 80},
                                                     {"network.hidden", {16}},
                                                     {"batch_size", 20},
                                                     {"epochs", 1}});
        QCOMPARE(result.status, RunStatus::Finished);
        const auto frames = store.frames(result.run, "mistakes/images");
        QCOMPARE(frames.size(), std::size_t{1});
        QCOMPARE(frames[0].shape, (std::vector<std::int64_t>{26, 200, 200}));
        QCOMPARE(store.resultRows(result.run, "mistakes").size(), std::size_t{26});
    }
};

QTEST_GUILESS_MAIN(TestTrainSession)
#include "test_train_session.moc"

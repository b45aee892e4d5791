#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QtTest>

namespace {

struct Outcome {
    int code = -1;
    QString output;
    QString error;
};

Outcome run(const QString& program, const QStringList& arguments) {
    QProcess process;
    process.start(program, arguments);
    if (!process.waitForFinished(240000)) {
        process.kill();
        process.waitForFinished();
        return {-1, {}, "the program did not end in time"};
    }
    return {process.exitCode(), QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

Outcome check(const QStringList& arguments) {
    return run(INLAY_GPU_CHECK, arguments);
}

/// Every line of a file of results; empty when one is no JSON object.
QList<QJsonObject> rowsOf(const QString& path) {
    QFile file(path);
    QList<QJsonObject> rows;
    if (!file.open(QIODevice::ReadOnly))
        return rows;
    for (const QByteArray& line : file.readAll().trimmed().split('\n')) {
        const QJsonDocument json = QJsonDocument::fromJson(line);
        if (!json.isObject())
            return {};
        rows << json.object();
    }
    return rows;
}

} // namespace

class TestGpuCheck : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    QString path(const char* name) const { return folder_.filePath(name); }

private slots:
    void helpNamesCommandsAndOptions() {
        for (const QStringList& arguments : {QStringList{}, QStringList{"ops", "--help"}}) {
            const Outcome outcome = check(arguments);
            QCOMPARE(outcome.code, 0);
            QVERIFY(outcome.output.contains("bench train"));
            QVERIFY(outcome.output.contains("--precision"));
        }
    }

    void badInput_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("sentence");
        const auto add = [](const char* name, const QStringList& arguments, const char* sentence) {
            QTest::newRow(name) << arguments << QString(sentence);
        };
        add("no such command", {"dance"}, "There is no command \"dance\"");
        add("half a command", {"bench"}, "the commands are ops, gradients");
        add("no such option", {"ops", "--fast"}, "There is no option --fast");
        add("option of another", {"ops", "--steps", "3"},
            "--steps is no option of ops, but of train");
        add("no value", {"ops", "--device"}, "--device needs a value");
        add("no number", {"ops", "--threads", "many"}, "--threads takes a whole number");
        add("precision", {"gradients", "--precision", "f32,f16"}, "not \"f16\"");
        add("operator", {"bench", "train", "--operator", ""}, "--operator knows dense");
        add("about", {"ops", "--about", "commit"}, "--about takes KEY=VALUE");
        add("resume", {"ops", "--resume"}, "--resume needs --out");
        add("train without file", {"train"}, "either --reference FILE or --write FILE");
        add("no such file", {"train", "--reference", "/no/such", "--device", "reference"},
            "/no/such cannot be read");
        add("no such op", {"ops", "--filter", "zzz", "--device", "reference"}, "No op has \"zzz\"");
        add("no such device", {"ops", "--device", "tpu"}, "\"tpu\" is not a device");
        add("no such GPU", {"ops", "--device", "cuda:77"}, "cuda:77 is not available");
        add("file", {"ops", "--device", "reference", "--out", "/no/such/x"}, "cannot be written");
    }

    void badInput() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, sentence);
        const Outcome outcome = check(arguments);
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.error.contains(sentence), qPrintable(outcome.error));
        QCOMPARE(outcome.error.count('\n'), 1);
    }

    void opsAgreeAndAreResumed() {
        const QString out = path("ops.jsonl");
        const QStringList command{"ops",   "--device", "cpu",     "--filter",   "sum",
                                  "--out", out,        "--about", "commit=one", "--resume"};
        const Outcome outcome = check(command);
        QVERIFY2(outcome.code == 0, qPrintable(outcome.output + outcome.error));
        QVERIFY(outcome.output.contains("cases on cpu against reference, 0 outside their limit"));
        const QList<QJsonObject> rows = rowsOf(out);
        QVERIFY(rows.size() >= 5);
        QCOMPARE(rows[0].value("stage").toString(), QString("header"));
        QCOMPARE(rows[0].value("commit").toString(), QString("one"));
        QSet<QString> names;
        for (const QJsonObject& row : rows.mid(1)) {
            QVERIFY(row.value("ok").toBool());
            names << row.value("case").toString();
        }
        QVERIFY(names.contains("sumRows") && names.contains("sumRows f32"));
        QVERIFY(!names.contains("sumRows bf16")); // cpu does not compute in it

        QCOMPARE(check(command).code, 0);
        QCOMPARE(rowsOf(out).size(), rows.size());
        QStringList other = command;
        other[8] = "commit=two";
        QCOMPARE(check(other).code, 0);
        QCOMPARE(rowsOf(out).size(), 2 * rows.size());
    }

    void bothDtypesOfAQuickCheck() {
        const QString out = path("quick.jsonl");
        const Outcome outcome = check({"ops", "--device", "reference", "--small", "--in-process",
                                       "--filter", "gemm", "--out", out});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        QCOMPARE(rowsOf(out).size(), 4);
        QCOMPARE(rowsOf(out).last().value("cases").toInt(), 24);
    }

    void gradientsAgree() {
        const QString out = path("gradients.jsonl");
        const Outcome cpu =
            check({"gradients", "--device", "cpu", "--filter", "vit, ", "--out", out});
        QVERIFY2(cpu.code == 0, qPrintable(cpu.output + cpu.error));
        const QList<QJsonObject> rows = rowsOf(out);
        QVERIFY(rows.size() >= 9);
        for (const QJsonObject& row : rows.mid(1))
            QVERIFY(row.value("error").toDouble() < row.value("limit").toDouble());
        // A precision that a device does not have is a failure with the reason.
        const Outcome half = check(
            {"gradients", "--device", "cpu", "--filter", "mlp, dense", "--precision", "bf16"});
        QCOMPARE(half.code, 1);
        QVERIFY2(half.output.contains("does not compute in bf16"), qPrintable(half.output));
        QCOMPARE(check({"gradients", "--device", "reference", "--filter", "mlp, stl", "--precision",
                        "bf16"})
                     .code,
                 0);
    }

    void lossesAreComparedWithThoseOfTheFile() {
        const QStringList command{"train", "--device", "cpu", "--steps", "4", "--reference"};
        const Outcome same = check(command + QStringList{INLAY_TRAIN_REFERENCE});
        QVERIFY2(same.code == 0, qPrintable(same.output + same.error));
        const QString own = path("own.txt");
        QCOMPARE(check({"train", "--device", "cpu", "--steps", "4", "--write", own}).code, 0);
        QCOMPARE(check(command + QStringList{own}).code, 0);
        QFile file(own);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray text = file.readAll();
        QVERIFY(text.startsWith("# "));
        QCOMPARE(text.count('\n'), 7); // three comments
        QFile other(path("other.txt"));
        QVERIFY(other.open(QIODevice::WriteOnly) && other.write("2\n2\n2\n2\n") > 0);
        other.close();
        const Outcome apart = check(command + QStringList{other.fileName()});
        QCOMPARE(apart.code, 1);
        QVERIFY2(apart.output.startsWith("FAILED"), qPrintable(apart.output));
    }

    void opsAreTimed() {
        const QString out = path("bench.jsonl");
        const Outcome outcome = check({"bench", "ops", "--device", "reference", "--small", "--out",
                                       out, "--precision", "bf16,f32"});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.output + outcome.error));
        int beside = 0;
        for (const QJsonObject& row : rowsOf(out).mid(1)) {
            QCOMPARE(row.value("stage").toString(), QString("bench ops small"));
            if (row.contains("speedup")) {
                ++beside;
                QVERIFY(row.value("least").toDouble() <= row.value("seconds").toDouble());
                QVERIFY(row.value("dense_seconds").toDouble() > 0.0);
            }
        }
        QVERIFY(beside >= 20);
        QVERIFY(outcome.output.contains("dense"));
    }

    void trainingIsTimed() {
        const QString out = path("steps.jsonl");
        const Outcome outcome =
            check({"bench", "train", "--device", "cpu", "--small", "--network", "base",
                   "--operator", "dense,stl", "--precision", "f32,bf16", "--out", out});
        QCOMPARE(outcome.code, 1); // bf16 is not for the processor
        const QList<QJsonObject> rows = rowsOf(out);
        QCOMPARE(rows.size(), 5);
        QVERIFY(rows[1].value("steps_per_second").toDouble() > 0.0);
        QVERIFY(rows[2].value("error").toString().contains("bf16"));
        const Outcome summary = check({"summary", "--out", out});
        QCOMPARE(summary.code, 1);
    }

    void theScriptKeepsToItsBudget() {
        const QString out = path("script.jsonl");
        const QStringList common{
            "--device",         "reference", "--small", "--no-build", "--build",
            INLAY_BUILD_FOLDER, "--commit",  "one",     "--out",      out};
        const Outcome done =
            run(INLAY_GPU_CHECK_SCRIPT, common + QStringList{"--stages", "bench-train"});
        QVERIFY2(done.code == 0, qPrintable(done.output + done.error));
        QVERIFY(done.output.contains("device: reference"));
        const Outcome late = run(INLAY_GPU_CHECK_SCRIPT,
                                 common + QStringList{"--stages", "ops,train", "--budget", "1"});
        QCOMPARE(late.code, 3);
        QVERIFY2(late.output.contains("not run: ops"), qPrintable(late.output + late.error));
        QVERIFY(!rowsOf(out).isEmpty());
        QCOMPARE(rowsOf(out).last().value("stage").toString(), QString("train"));
        QCOMPARE(run(INLAY_GPU_CHECK_SCRIPT, {"--stages", "sleep"}).code, 2);
        QCOMPARE(run(INLAY_GPU_CHECK_SCRIPT, {"--budget", "long"}).code, 2);
    }

    void theScriptIsClean() {
        const QString shellcheck = QStandardPaths::findExecutable("shellcheck");
        if (shellcheck.isEmpty())
            QSKIP("shellcheck is not installed");
        const Outcome outcome = run(shellcheck, {"-x", INLAY_GPU_CHECK_SCRIPT});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.output));
    }
};

QTEST_GUILESS_MAIN(TestGpuCheck)
#include "test_gpu_check.moc"

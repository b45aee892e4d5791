#include <QDir>
#include <QFile>
#include <QtTest>

#include "engine/store/database.h"
#include "tests/app/cli/inlay_program.h"

using namespace inlay;
using app_tests::InlayProgram;
using app_tests::Outcome;
using app_tests::projectFile;

namespace {

QByteArray bigEndian(quint32 value) {
    QByteArray bytes(4, '\0');
    for (int i = 0; i < 4; ++i)
        bytes[i] = static_cast<char>(value >> (24 - 8 * i));
    return bytes;
}

QByteArray idxImages(quint32 count, quint32 stored) {
    return bigEndian(0x803) + bigEndian(count) + bigEndian(28) + bigEndian(28) +
           QByteArray(static_cast<int>(stored) * 784, '\x40');
}

QByteArray idxLabels(quint32 count) {
    QByteArray labels = bigEndian(0x801) + bigEndian(count);
    for (quint32 i = 0; i < count; ++i)
        labels.append(static_cast<char>(i % 10));
    return labels;
}

void writeFile(const QString& path, const QByteArray& bytes) {
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QCOMPARE(file.write(bytes), bytes.size());
}

} // namespace

class TestBadInput : public QObject {
    Q_OBJECT

    static QStringList blobs(const QStringList& sets) {
        QStringList arguments = {"run", projectFile("blobs-mlp")};
        for (const QString& set : sets)
            arguments << "--set" << set;
        return arguments;
    }

    // Exit code 2, a sentence with every wanted part on standard error and in the error object,
    // and no row.
    static void verifyRefused(const InlayProgram& program, const Outcome& outcome,
                              const QStringList& wanted, std::size_t rows = 0) {
        QVERIFY2(outcome.code == 2, qPrintable(outcome.error));
        QVERIFY(!outcome.lines.empty());
        QVERIFY2(!outcome.issueText().isEmpty(), outcome.output.constData());
        for (const QString& part : wanted) {
            QVERIFY2(outcome.issueText().contains(part), qPrintable(outcome.issueText()));
            QVERIFY2(outcome.error.contains(part), qPrintable(outcome.error));
        }
        QCOMPARE(program.runCount(), rows);
    }

private slots:
    void configurationsAreRefused_data();
    void configurationsAreRefused();
    void projectFilesAreRefused_data();
    void projectFilesAreRefused();
    void datasetsAreRefused_data();
    void datasetsAreRefused();
    void commandLinesAreRefused_data();
    void commandLinesAreRefused();
    void allIssuesAreNamedAtOnce();
    void issuesNameTheirKey();
    void unknownRunsAreRefused_data();
    void unknownRunsAreRefused();
    void aNewerStoreIsReadButNotWritten();
    void aLockedStoreIsRefused();
    void whatIsNoStoreIsRefused();
    void aFullDiskLeavesNoRow();
    void aSmallDiskHoldsNoHalfStore();
    void aRunWaitsForRoomOnItsDisk();
};

void TestBadInput::configurationsAreRefused_data() {
    QTest::addColumn<QStringList>("sets");
    QTest::addColumn<QStringList>("wanted");
    QTest::newRow("unknown key") << QStringList{"epoch=1"} << QStringList{"epoch", "epochs"};
    QTest::newRow("out of range") << QStringList{"epochs=0"} << QStringList{"epochs", "1 to"};
    QTest::newRow("negative rate")
        << QStringList{"learning_rate=-1"} << QStringList{"learning_rate", "more than 0 to 10"};
    QTest::newRow("wrong type") << QStringList{"epochs=many"}
                                << QStringList{"epochs", "whole number"};
    QTest::newRow("fraction") << QStringList{"epochs=1.5"} << QStringList{"epochs", "whole number"};
    QTest::newRow("unknown choice")
        << QStringList{"keep=first"} << QStringList{"keep", "last", "best_validation"};
    QTest::newRow("unknown operator") << QStringList{"network.operator.kind=sparse"}
                                      << QStringList{"network.operator.kind", "low_rank", "stl"};
    QTest::newRow("tile 0") << QStringList{"network.operator.kind=stl", "network.operator.tile=0"}
                            << QStringList{"network.operator.tile", "1 to 8"};
    QTest::newRow("tile 9") << QStringList{"network.operator.kind=stl", "network.operator.tile=9"}
                            << QStringList{"network.operator.tile", "1 to 8"};
    QTest::newRow("rank above tile cubed")
        << QStringList{"network.operator.kind=stl", "network.operator.tile=2",
                       "network.operator.rank=9"}
        << QStringList{"network.operator.rank", "1 to 8"};
    QTest::newRow("batch above samples")
        << QStringList{"dataset.count=50", "batch_size=500"} << QStringList{"batch_size", "1 to"};
    QTest::newRow("attention of an mlp")
        << QStringList{"network.operator.kind=low_rank", "network.apply=attention"}
        << QStringList{"network.apply"};
    QTest::newRow("rule that matches nothing")
        << QStringList{R"(network.layers=[{"match": "nowhere.*", "operator": {"kind": "dense"}}])"}
        << QStringList{"network.layers", "nowhere.*"};
}

void TestBadInput::configurationsAreRefused() {
    QFETCH(const QStringList, sets);
    QFETCH(const QStringList, wanted);
    InlayProgram program;
    verifyRefused(program, program.json(blobs(sets)), wanted);
    QVERIFY(!QFile::exists(program.path("store.db")));
}

void TestBadInput::projectFilesAreRefused_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QStringList>("wanted");
    QTest::newRow("not JSON") << QByteArray("{\n  \"inlay\": 1,\n  \"kind\" \"train\"\n}")
                              << QStringList{"it.inlay.json", "line 3", "column"};
    QTest::newRow("cut short") << QByteArray("{\"inlay\": 1,\n \"kind\": ")
                               << QStringList{"it.inlay.json", "line 2"};
    QTest::newRow("empty") << QByteArray() << QStringList{"it.inlay.json", "line 1"};
    QTest::newRow("missing kind") << QByteArray(R"({"inlay": 1, "version": 1})")
                                  << QStringList{"kind", "missing", "train"};
    QTest::newRow("unknown kind") << QByteArray(R"({"inlay": 1, "kind": "trane", "version": 1})")
                                  << QStringList{"kind", "trane", "train"};
    QTest::newRow("newer kind") << QByteArray(R"({"inlay": 1, "kind": "train", "version": 999})")
                                << QStringList{"version", "999"};
    QTest::newRow("newer format") << QByteArray(R"({"inlay": 999, "kind": "train", "version": 1})")
                                  << QStringList{"inlay", "999"};
    QTest::newRow("unknown field")
        << QByteArray(R"({"inlay": 1, "kind": "train", "version": 1, "confg": {}})")
        << QStringList{"confg", "config"};
    QTest::newRow("config no object")
        << QByteArray(R"({"inlay": 1, "kind": "train", "version": 1, "config": []})")
        << QStringList{"config"};
    QTest::newRow("bad variant") << QByteArray(R"({"inlay": 1, "kind": "train", "version": 1,
              "variants": [{"name": "a", "set": {"epochs": 0}}]})")
                                 << QStringList{"epochs", "1 to"};
    QTest::newRow("bad grid") << QByteArray(R"({"inlay": 1, "kind": "train", "version": 1,
              "grid": {"epoch": [1, 2]}})")
                              << QStringList{"epoch", "epochs"};
}

void TestBadInput::projectFilesAreRefused() {
    QFETCH(const QByteArray, text);
    QFETCH(const QStringList, wanted);
    InlayProgram program;
    const QString file = program.write("it.inlay.json", text);
    verifyRefused(program, program.json({"run", file}), wanted);
    verifyRefused(program, program.json({"sweep", file}), wanted);
}

void TestBadInput::datasetsAreRefused_data() {
    QTest::addColumn<QByteArray>("images");
    QTest::addColumn<QByteArray>("labels");
    QTest::addColumn<QStringList>("wanted");
    const QByteArray good = idxImages(60, 60);
    QTest::newRow("truncated") << idxImages(60, 59) << idxLabels(60)
                               << QStringList{"train-images-idx3-ubyte"};
    QTest::newRow("cut in its header")
        << good.left(10) << idxLabels(60) << QStringList{"train-images-idx3-ubyte"};
    QTest::newRow("not IDX") << QByteArray("no images here, only words and words") << idxLabels(60)
                             << QStringList{"train-images-idx3-ubyte"};
    QTest::newRow("other number of labels")
        << good << idxLabels(59) << QStringList{"train-labels-idx1-ubyte", "60", "59"};
    QTest::newRow("labels missing")
        << good << QByteArray() << QStringList{"train-labels-idx1-ubyte"};
    QTest::newRow("nothing there") << QByteArray() << QByteArray() << QStringList{"dataset.path"};
}

void TestBadInput::datasetsAreRefused() {
    QFETCH(const QByteArray, images);
    QFETCH(const QByteArray, labels);
    QFETCH(const QStringList, wanted);
    InlayProgram program;
    QVERIFY(QDir().mkpath(program.path("digits")));
    writeFile(program.path("digits/t10k-images-idx3-ubyte"), idxImages(20, 20));
    writeFile(program.path("digits/t10k-labels-idx1-ubyte"), idxLabels(20));
    if (!images.isEmpty())
        writeFile(program.path("digits/train-images-idx3-ubyte"), images);
    if (!labels.isEmpty())
        writeFile(program.path("digits/train-labels-idx1-ubyte"), labels);
    verifyRefused(program, program.json(blobs({"dataset.kind=idx", "dataset.path=digits"})),
                  wanted);
}

void TestBadInput::commandLinesAreRefused_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QStringList>("wanted");
    const QString file = projectFile("blobs-mlp");
    QTest::newRow("missing file") << QStringList{"run", "nowhere.inlay.json"}
                                  << QStringList{"nowhere.inlay.json"};
    QTest::newRow("no file") << QStringList{"run"} << QStringList{"project file"};
    QTest::newRow("absent device")
        << QStringList{"run", file, "--device", "cuda:7"} << QStringList{"cuda:7", "cpu"};
    QTest::newRow("unknown device")
        << QStringList{"run", file, "--device", "tpu"} << QStringList{"tpu", "cpu"};
    QTest::newRow("set without value")
        << QStringList{"run", file, "--set", "epochs"} << QStringList{"epochs", "="};
    QTest::newRow("unknown option") << QStringList{"run", file, "--fast"} << QStringList{"--fast"};
    QTest::newRow("unknown command") << QStringList{"train"} << QStringList{"train"};
    QTest::newRow("threads") << QStringList{"run", file, "--threads", "-1"}
                             << QStringList{"--threads"};
    QTest::newRow("kind to describe")
        << QStringList{"describe", "trane"} << QStringList{"trane", "train"};
    QTest::newRow("grid") << QStringList{"sweep", file, "--grid", "epoch=1,2"}
                          << QStringList{"epoch", "epochs"};
}

void TestBadInput::commandLinesAreRefused() {
    QFETCH(const QStringList, arguments);
    QFETCH(const QStringList, wanted);
    InlayProgram program;
    verifyRefused(program, program.json(arguments), wanted);
    QVERIFY(!QFile::exists(program.path("store.db")));
}

void TestBadInput::allIssuesAreNamedAtOnce() {
    InlayProgram program;
    verifyRefused(program, program.json(blobs({"epochs=0", "batch_size=0", "keep=first"})),
                  {"epochs", "batch_size", "keep"});
}

void TestBadInput::issuesNameTheirKey() {
    InlayProgram program;
    const Outcome outcome =
        program.json(blobs({"network.operator.kind=stl", "network.operator.tile=9", "epochs=0"}));
    QStringList keys;
    for (const engine::Json& issue : outcome.last()["error"]["issues"])
        keys << QString::fromStdString(issue["key"].get<std::string>());
    keys.sort();
    QCOMPARE(keys, (QStringList{"epochs", "network.operator.tile"}));
}

void TestBadInput::unknownRunsAreRefused_data() {
    QTest::addColumn<QStringList>("arguments");
    for (const char* command : {"resume", "stop", "pause", "continue", "fork", "runs show",
                                "runs star", "runs delete", "runs restore"})
        QTest::newRow(command) << QString(command).split(' ') + QStringList{"4711"};
    QTest::newRow("set") << QStringList{"set", "4711", "learning_rate=0.1"};
    QTest::newRow("compare") << QStringList{"runs", "compare", "4711", "4712"};
    QTest::newRow("export") << QStringList{"runs", "export", "4711", "--csv", "out"};
    QTest::newRow("tag") << QStringList{"runs", "tag", "4711", "--add", "x"};
    QTest::newRow("run") << QStringList{"run", "--run", "4711"};
}

void TestBadInput::unknownRunsAreRefused() {
    QFETCH(const QStringList, arguments);
    InlayProgram program;
    { engine::RunStore::open(program.storePath(), engine::OpenMode::Create); }
    verifyRefused(program, program.json(arguments), {"4711"});
}

void TestBadInput::aNewerStoreIsReadButNotWritten() {
    InlayProgram program;
    QCOMPARE(program.json(blobs({"epochs=1"})).code, 0);
    {
        engine::RunStore store =
            engine::RunStore::open(program.storePath(), engine::OpenMode::ReadWrite);
        store.database().execute("PRAGMA user_version=999");
    }
    for (const QStringList& arguments :
         {blobs({"epochs=1"}), QStringList{"sweep", projectFile("blobs-mlp")},
          QStringList{"resume", "1"}, QStringList{"runs", "star", "1"},
          QStringList{"runs", "delete", "1"}})
        verifyRefused(program, program.json(arguments), {"store.db", "newer"}, 1);
    const Outcome listed = program.json({"runs", "list"});
    QCOMPARE(listed.code, 0);
    QCOMPARE(listed.ofType("row").size(), std::size_t{1});
    QCOMPARE(program.json({"runs", "show", "1"}).code, 0);
}

void TestBadInput::aLockedStoreIsRefused() {
    InlayProgram program;
    engine::RunStore store = engine::RunStore::open(program.storePath(), engine::OpenMode::Create);
    Outcome outcome;
    store.transaction([&] {
        store.database().execute("UPDATE project SET title = title");
        outcome = program.json(blobs({"epochs=1"}));
    });
    verifyRefused(program, outcome, {"store.db", "locked"});
    QCOMPARE(program.json(blobs({"epochs=1"})).code, 0);
}

void TestBadInput::whatIsNoStoreIsRefused() {
    InlayProgram program;
    const QByteArray text = "these are only words, and no store at all\n";
    const QString file = program.write("words.db", text);
    for (const QStringList& arguments :
         {blobs({}), QStringList{"runs", "list"}, QStringList{"resume", "1"},
          QStringList{"sweep", projectFile("blobs-mlp")}})
        verifyRefused(program, program.json(arguments + QStringList{"--store", file}),
                      {"words.db", "not an Inlay store"});
    QFile unchanged(file);
    QVERIFY(unchanged.open(QIODevice::ReadOnly));
    QCOMPARE(unchanged.readAll(), text);
}

void TestBadInput::aFullDiskLeavesNoRow() {
    InlayProgram program;
    const Outcome outcome =
        program.shell(QString("trap '' XFSZ; ulimit -f 4; \"$INLAY\" run %1 --json | cat")
                          .arg(projectFile("blobs-mlp")) +
                      "; exit ${PIPESTATUS[0]}");
    QVERIFY2(outcome.code == 2, qPrintable(outcome.error));
    QVERIFY2(outcome.issueText().contains("store.db"), qPrintable(outcome.issueText()));
    const Outcome listed = program.json({"runs", "list"});
    QVERIFY(listed.ofType("row").empty());
    // With room again the same path serves.
    const Outcome again = program.json(blobs({"epochs=1"}));
    QVERIFY2(again.code == 0, qPrintable(again.error));
}

void TestBadInput::aSmallDiskHoldsNoHalfStore() {
    InlayProgram program;
    const Outcome outcome = program.shell(
        QString("unshare -m true 2>/dev/null || exit 77\n"
                "unshare -m bash -c '\n"
                "mkdir disk && mount -t tmpfs -o size=1m tmpfs disk || exit 77\n"
                "for size in 40 100 160 220 260 280 300 320; do\n"
                "  mount -o remount,size=${size}k disk\n"
                "  timeout 5 \"$INLAY\" run %1 --store disk/s.db --set epochs=1 > out.txt 2>&1\n"
                "  echo \"$size: $? $(ls disk | wc -l) \"\n"
                "  grep damaged out.txt\n"
                "  [[ -e disk/s.db ]] && break\n"
                "done\n"
                "mount -o remount,size=8m disk\n"
                "\"$INLAY\" run %1 --store disk/s.db --set epochs=1 > out.txt 2>&1\n"
                "echo \"run: $?\"\n'")
            .arg(projectFile("blobs-mlp")));
    if (outcome.code == 77)
        QSKIP("this system does not let the test mount a small disk");
    QVERIFY2(outcome.output.contains("40: 2 0 "), outcome.output + outcome.error.toUtf8());
    QVERIFY2(outcome.output.contains("260: 2 0 "), outcome.output);
    QVERIFY2(!outcome.output.contains("damaged"), outcome.output);
    QVERIFY2(outcome.output.contains("run: 0"), outcome.output);
}

void TestBadInput::aRunWaitsForRoomOnItsDisk() {
    InlayProgram program;
    // A small disk in a mount namespace of its own; room is made while the run waits for it.
    const Outcome outcome = program.shell(
        QString("unshare -m true 2>/dev/null || exit 77\n"
                "unshare -m bash -c '\n"
                "mkdir disk && mount -t tmpfs -o size=700k tmpfs disk || exit 77\n"
                "(sleep 4; mount -o remount,size=64m disk) &\n"
                "\"$INLAY\" run %1 --store disk/s.db --json --set epochs=200 "
                "--set dataset.count=1000 --set network.hidden=[16] > out.txt 2> err.txt\n"
                "echo \"run: $?\"\n"
                "\"$INLAY\" runs show 1 --store disk/s.db --json > shown.txt\n'")
            .arg(projectFile("digits-mlp")));
    if (outcome.code == 77)
        QSKIP("this system does not let the test mount a small disk");
    QVERIFY2(outcome.output.contains("run: 0"), outcome.output + outcome.error.toUtf8());
    QFile shown(program.path("shown.txt"));
    QVERIFY(shown.open(QIODevice::ReadOnly));
    const engine::Json run = engine::Json::parse(shown.readAll().toStdString());
    QCOMPARE(run["state"].get<std::string>(), std::string("finished"));
    for (const engine::Json& series : run["series"])
        if (series["name"] == "train/loss")
            QCOMPARE(series["points"].get<std::int64_t>(),
                     series["last_step"].get<std::int64_t>() + 1);
}

QTEST_GUILESS_MAIN(TestBadInput)
#include "test_bad_input.moc"

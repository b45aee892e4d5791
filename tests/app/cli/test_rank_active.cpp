#include <QFile>
#include <QtTest>

#include <csignal>

#include "tests/app/cli/inlay_program.h"

using namespace inlay;
using app_tests::InlayProgram;
using app_tests::Outcome;
using app_tests::waitUntil;
using engine::Json;
using engine::OpenMode;
using engine::RunStatus;
using engine::RunStore;

namespace {

const char* const kItems = "hen\nant\nfox\ncat\nbee\ngnu\ndog\neel\n";

/// `inlay rank active` with a script at its other end.
class Session {
public:
    explicit Session(std::unique_ptr<QProcess> process)
        : process_(std::move(process)) {}
    ~Session() {
        process_->closeWriteChannel();
        process_->waitForFinished(10000);
    }

    /// The next question; null when the program ended.
    Json next() {
        for (;;) {
            while (!process_->canReadLine()) {
                if (!process_->waitForReadyRead(10000))
                    return nullptr;
            }
            Json line = Json::parse(process_->readLine().toStdString());
            if (line.value("type", "") == "question")
                return line;
            if (line.value("table", "") == "ranking")
                ranking.push_back(line.at("name"));
            if (!line.contains("type")) {
                last = line;
                return nullptr;
            }
        }
    }
    void say(const QByteArray& word) {
        process_->write(word + '\n');
        process_->waitForBytesWritten(5000);
    }
    /// Answers by the alphabet; `count` < 0: to the end. Returns what was asked.
    std::vector<std::string> answer(int count) {
        std::vector<std::string> asked;
        while (std::ssize(asked) != count) {
            const Json question = next();
            if (question.is_null())
                break;
            const std::string left = question.at("left");
            const std::string right = question.at("right");
            asked.push_back(left + " " + right);
            say(left < right ? "left" : "right");
        }
        return asked;
    }
    QProcess& process() { return *process_; }

    std::vector<std::string> ranking;
    Json last;

private:
    std::unique_ptr<QProcess> process_;
};

} // namespace

/// The terminal's half of ranking by eye.
class TestRankActive : public QObject {
    Q_OBJECT

    InlayProgram program_;
    QString items_;

    Session begin(const QStringList& more, const QString& store) {
        return Session(program_.start(QStringList{"rank", "active"} + more +
                                      QStringList{"--json", "--store", program_.path(store)}));
    }

private slots:
    void initTestCase() { items_ = program_.write("items.txt", kItems); }

    void aScriptRanksByTheAlphabet() {
        Session session = begin({items_}, "whole.db");
        const auto asked = session.answer(-1);
        QVERIFY(asked.size() > 15);
        QCOMPARE(session.ranking, (std::vector<std::string>{"ant", "bee", "cat", "dog", "eel",
                                                            "fox", "gnu", "hen"}));
        QCOMPARE(session.last.at("state").get<std::string>(), std::string("finished"));
        QCOMPARE(session.last.at("metrics").at("answered").get<std::size_t>(), asked.size());
    }

    // Acceptance check 14: killed after answer j, the resumed session asks what the uninterrupted
    // one asked, and ends with the same ranking.
    void aKilledSessionGoesOnWithTheSameQuestion() {
        std::vector<std::string> expected;
        std::vector<std::string> ranking;
        {
            Session whole = begin({items_, "--seed", "7"}, "expected.db");
            expected = whole.answer(-1);
            ranking = whole.ranking;
        }
        for (const int killAfter : {1, 6, 13}) {
            const QString store = QString("killed%1.db").arg(killAfter);
            std::vector<std::string> asked;
            {
                Session session = begin({items_, "--seed", "7"}, store);
                asked = session.answer(killAfter);
                // The answer counts once it is in the store; then nothing may lose it.
                const std::string path = program_.storePath(store);
                QVERIFY(waitUntil(
                    [&] {
                        return std::ssize(RunStore::open(path, OpenMode::ReadOnly).answers(1)) ==
                               killAfter;
                    },
                    5000));
                ::kill(static_cast<pid_t>(session.process().processId()), SIGKILL);
                session.process().waitForFinished(5000);
            }
            Session resumed = begin({"--resume", "1"}, store);
            const auto rest = resumed.answer(-1);
            asked.insert(asked.end(), rest.begin(), rest.end());
            QCOMPARE(asked, expected);
            QCOMPARE(resumed.ranking, ranking);
        }
    }

    void theEndOfTheInputStopsAndCanBeResumed() {
        Session session = begin({items_, "--effort", "quick"}, "stopped.db");
        session.answer(2);
        session.next();
        session.process().closeWriteChannel();
        QVERIFY(session.process().waitForFinished(10000));
        QCOMPARE(session.process().exitCode(), 3);
        Session resumed = begin({"--resume", "1"}, "stopped.db");
        resumed.answer(-1);
        QCOMPARE(resumed.ranking.front(), std::string("ant"));
    }

    // Two recorded runs, told by their figures; who answered is kept.
    void runsAreRankedByTheirFigures() {
        for (const char* flips : {"0.05", "0.4"}) {
            const Outcome made = program_.json(
                {"run",
                 program_.write("p.inlay.json",
                                "{\"inlay\": 1, \"kind\": \"active_ranking\", \"version\": "
                                "1, \"title\": \"p\", \"config\": {\"oracle\": {\"items\": "
                                "12}, \"replicates\": 1}}"),
                 "--set", QString("oracle.noise.probability=%1").arg(flips), "--name",
                 QString("flips %1").arg(flips), "--store", program_.path("runs.db")});
            QVERIFY2(made.code == 0, qPrintable(made.error));
        }
        Session session = begin({"--run", "1", "--run", "2", "--annotator", "ada"}, "runs.db");
        const Json question = session.next();
        QVERIFY(!question.is_null());
        const Json& left = question.at("cards").at("left");
        QCOMPARE(left.at("name"), question.at("left"));
        QVERIFY(left.at("lines").size() > 0 && left.at("curve").at("x").size() > 1);
        const bool isFirst = question.at("left") == "flips 0.05";
        session.say(isFirst ? "left" : "right");
        QVERIFY(session.next().is_null());
        QCOMPARE(session.ranking, (std::vector<std::string>{"flips 0.05", "flips 0.4"}));
        QCOMPARE(session.last.at("state").get<std::string>(), std::string("finished"));
        const auto answers =
            RunStore::open(program_.storePath("runs.db"), OpenMode::ReadOnly).answers(3);
        QCOMPARE(Json::parse(answers.at(0).payload).at("annotator"), Json("ada"));
        // The places as a column of the runs, which queries find.
        const QString runs = program_.path("runs.db");
        const Outcome column = program_.json({"rank", "column", "3", "--store", runs});
        QVERIFY2(column.code == 0, qPrintable(column.error));
        QCOMPARE(column.last().at("metric"), Json("by_eye/3"));
        QCOMPARE(column.last().at("places").at(0).at("place"), Json(1));
        const Outcome first =
            program_.json({"runs", "list", "--query", "by_eye/3<2", "--store", runs});
        QVERIFY2(first.code == 0, qPrintable(first.error));
        const std::vector<Json> listed = first.ofType("row");
        QCOMPARE(listed.size(), std::size_t{1});
        QCOMPARE(listed.front().at("name"), Json("flips 0.05"));
        for (const QStringList& words :
             {QStringList{"1"}, QStringList{"9"}, QStringList{"3", "--name", "a b"}}) {
            const Outcome wrong =
                program_.json(QStringList{"rank", "column"} + words + QStringList{"--store", runs});
            QCOMPARE(wrong.code, 2);
        }
        const Outcome refused =
            program_.json({"rank", "active", "--run", "1", "--store", program_.path("runs.db")});
        QCOMPARE(refused.code, 2);
        QVERIFY2(refused.issueText().contains("comparing needs two"),
                 qPrintable(refused.issueText()));
    }

    void undoAsksTheSameAgain() {
        Session session = begin({items_}, "undo.db");
        const Json first = session.next();
        session.say("tie");
        const Json second = session.next();
        QCOMPARE(second.at("n").get<int>(), 2);
        session.say("undo");
        const Json again = session.next();
        QCOMPARE(again.at("n").get<int>(), 1);
        QCOMPARE(again.at("left"), first.at("left"));
        QCOMPARE(again.at("right"), first.at("right"));
        session.say("nonsense");
        session.say("quit");
        session.process().waitForFinished(10000);
        QCOMPARE(session.process().exitCode(), 3);
        QVERIFY(session.process().readAllStandardError().contains("\"nonsense\" is no answer"));
    }

    void badInputIsNamed_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("sentence");
        QTest::newRow("nothing") << QStringList{} << "needs a list of items";
        QTest::newRow("no file") << QStringList{"/nowhere.txt"} << "/nowhere.txt";
        QTest::newRow("effort") << QStringList{items_, "--effort", "quik"} << "quick";
        QTest::newRow("share") << QStringList{items_, "--repeat-share", "0.9"} << "0 to 0.5";
        QTest::newRow("count") << QStringList{items_, "--count", "9"} << "2 to 8";
        QTest::newRow("unknown run") << QStringList{"--resume", "99"} << "99";
    }
    void badInputIsNamed() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, sentence);
        // The last row needs a store to look into.
        RunStore::open(program_.storePath("bad.db"), OpenMode::Create);
        const Outcome outcome = program_.json(QStringList{"rank", "active"} + arguments +
                                              QStringList{"--store", program_.path("bad.db")});
        QCOMPARE(outcome.code, 2);
        QVERIFY2(outcome.issueText().contains(sentence) || outcome.error.contains(sentence),
                 qPrintable(outcome.error));
        QCOMPARE(program_.runCount("bad.db"), std::size_t{0});
    }
};

QTEST_GUILESS_MAIN(TestRankActive)
#include "test_rank_active.moc"

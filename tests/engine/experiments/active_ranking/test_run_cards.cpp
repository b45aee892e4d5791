#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <fstream>
#include <thread>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/experiments/active_ranking/active_ranking_kind.h"
#include "engine/experiments/active_ranking/agreement.h"
#include "engine/experiments/active_ranking/item_list.h"
#include "engine/experiments/active_ranking/place_column.h"
#include "engine/experiments/active_ranking/run_cards.h"
#include "engine/experiments/catalog.h"
#include "engine/runner/executor.h"
#include "engine/runner/question_desk.h"

using namespace inlay::engine;
using namespace inlay::engine::active_ranking;

namespace {

AnsweredPair answered(Item left, Item right, Answer answer) {
    return {{{left, right}, false}, answer};
}

template <class Call>
std::string failure(Call&& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

} // namespace

/// Recorded runs as cards to compare, and several people who answer.
class TestRunCards : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::string path_;

    RunStore freshStore() {
        static int count = 0;
        path_ = folder_.filePath(QString("store%1.db").arg(++count)).toStdString();
        return RunStore::open(path_, OpenMode::Create);
    }

    RunId insert(RunStore& store, const char* kind, const Json& config, const char* name) {
        NewRun run;
        run.name = name;
        run.kind = kind;
        run.config = findKind(kind)->schema().complete(config);
        run.device = "cpu";
        run.status = RunStatus::Running;
        run.process = ProcessIdentity::current();
        return store.insertRun(run);
    }

    // A real run of 20 items, to be looked at by eye.
    RunId ranked(RunStore& store, const char* name, double flips) {
        const RunId run = insert(store, "active_ranking",
                                 {{"oracle",
                                   {{"kind", "simulated"},
                                    {"items", 20},
                                    {"noise", {{"kind", "flip"}, {"probability", flips}}}}},
                                  {"replicates", 1}},
                                 name);
        executeRun(path_, run, *findKind("active_ranking"), nullptr);
        return run;
    }

    std::string write(const char* name, const std::string& text) {
        const std::string path = folder_.filePath(name).toStdString();
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }

    // Answers until the end; `who` names the annotator of question n. Returns the questions.
    int answerAll(RunId run, const std::function<std::string(std::int64_t)>& who,
                  const std::function<bool(int, int, std::int64_t)>& isLeft) {
        RunStore store = RunStore::open(path_, OpenMode::ReadWrite);
        QuestionDesk desk(run);
        int count = 0;
        for (const double end = monotonicSeconds() + 30; monotonicSeconds() < end;) {
            const std::optional<OpenQuestion> question = desk.current(store);
            if (!question) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
                continue;
            }
            if (question->isDone())
                break;
            const bool left =
                isLeft(question->content.at("left"), question->content.at("right"), question->n);
            desk.answer(store, *question, left ? "left" : "right",
                        {{"ms", 5}, {"annotator", who(question->n)}});
            ++count;
        }
        return count;
    }

    static std::vector<Json> rows(RunStore& store, RunId run, const char* table) {
        std::vector<Json> found;
        for (const ResultRow& row : store.resultRows(run, table)) {
            Json data = Json::parse(row.data);
            if (!data.empty())
                found.push_back(std::move(data));
        }
        return found;
    }

private slots:
    // What a card shows is what the store has: name, judged metrics, a curve.
    void cardsShowWhatTheStoreHas() {
        RunStore store = freshStore();
        const RunId a = ranked(store, "few flips", 0.05);
        const RunId b = ranked(store, "many flips", 0.3);
        const RunId c = ranked(store, "many flips", 0.2);
        const Json cards = makeRunCards(store, {a, b, c}, findKind).at("items");
        QCOMPARE(cards.size(), std::size_t{3});
        QCOMPARE(cards[0].at("name"), Json("few flips"));
        QCOMPARE(cards[1].at("name"), Json("many flips (run " + std::to_string(b) + ")"));
        QCOMPARE(cards[2].at("run"), Json(c));
        for (const Json& card : cards) {
            QCOMPARE(card.at("lines").size(), kMostCardLines);
            const auto& curve = card.at("curve");
            QVERIFY(curve.at("x").size() > 5);
            QCOMPARE(curve.at("x").size(), curve.at("y").size());
        }
        // The figures are those of the run; "opt" has no better direction and is none of them.
        bool hasRegret = false;
        for (const Json& line : cards[0].at("lines")) {
            QVERIFY(line.at("title") != "opt");
            if (line.at("title") != "regret/active_ring")
                continue;
            hasRegret = true;
            for (const auto& [name, value] : store.metrics(a))
                if (name == "regret/active_ring")
                    QVERIFY(std::abs(std::stod(line.at("text").get<std::string>()) - value) <=
                            1e-3 * std::abs(value));
        }
        QVERIFY(hasRegret);
        const Json chosen = makeRunCards(store, {a, b}, findKind, "loss/uniform/1").at("items");
        QCOMPARE(chosen[0].at("curve").at("title"), Json("loss/uniform/1"));
        QVERIFY(failure([&] { makeRunCards(store, {a}, findKind); }).find("comparing needs two") !=
                std::string::npos);
        QVERIFY(failure([&] {
                    makeRunCards(store, {a, a}, findKind);
                }).find("given twice") != std::string::npos);
        QVERIFY(failure([&] {
                    makeRunCards(store, {a, 999}, findKind);
                }).find("there is no run 999") != std::string::npos);
        QVERIFY(failure([&] {
                    makeRunCards(store, {a, b}, findKind, "none/such");
                }).find("no run has the series none/such; they have ") != std::string::npos);
    }

    // A person ranks runs; the session keeps what was on the cards.
    void runsAreRankedByEye() {
        RunStore store = freshStore();
        std::vector<RunId> runs;
        for (const double flips : {0.3, 0.1, 0.2, 0.4})
            runs.push_back(ranked(store, ("flips " + std::to_string(flips)).c_str(), flips));
        const std::filesystem::path path = writeRunCards(store, runs, findKind);
        QCOMPARE(writeRunCards(store, runs, findKind), path); // named by its content
        const RunId run =
            insert(store, "active_ranking",
                   {{"oracle", {{"kind", "person"}, {"items", path.string()}}}}, "by eye");
        std::jthread runner([&] { executeRun(path_, run, *findKind("active_ranking"), nullptr); });
        answerAll(
            run, [](std::int64_t) { return ""; },
            [](int left, int right, std::int64_t) { return left > right; });
        runner.join();
        QCOMPARE(store.run(run)->status, RunStatus::Finished);
        const std::vector<Json> ranking = rows(store, run, "ranking");
        QCOMPARE(ranking.size(), std::size_t{4});
        for (std::size_t place = 0; place < 4; ++place)
            QCOMPARE(ranking[place].at("item"), Json(3 - place));
        const std::vector<Json> items = rows(store, run, "items");
        QCOMPARE(items[1].at("card").at("run"), Json(runs[1]));
        QVERIFY(items[1].at("card").at("curve").at("y").size() > 1);
        // Other models beside the result, and how they agree with it.
        QCOMPARE(rows(store, run, "scores").size(), std::size_t{4});
        const std::vector<Json> agreement = rows(store, run, "score_agreement");
        QCOMPARE(agreement.size(), std::size_t{4});
        QCOMPARE(agreement[0].at("kendall"), Json(1.0));
        QVERIFY(rows(store, run, "annotators").empty()); // nobody gave a name

        // The places become results of the runs, beside those they have.
        const auto placeOf = [&](RunId one, const std::string& name) {
            for (const auto& [key, value] : store.metrics(one))
                if (key == name)
                    return value;
            return -1.0;
        };
        const Metrics before = store.metrics(runs[0]);
        const PlaceColumn column = writePlaceColumn(store, run);
        QCOMPARE(column.metric, "by_eye/" + std::to_string(run));
        QCOMPARE(column.places.size(), std::size_t{4});
        QCOMPARE(column.places.front().run, runs[3]);
        QVERIFY(column.leftOut.empty());
        for (std::size_t i = 0; i < 4; ++i)
            QCOMPARE(placeOf(runs[i], column.metric), static_cast<double>(4 - i));
        QCOMPARE(store.metrics(runs[0]).size(), before.size() + 1);
        writePlaceColumn(store, run); // again: not a second one
        QCOMPARE(store.metrics(runs[0]).size(), before.size() + 1);
        QCOMPARE(writePlaceColumn(store, run, "ada").metric, std::string("by_eye/ada"));
        removePlaceColumn(store, run, "ada");
        removePlaceColumn(store, run);
        QCOMPARE(store.metrics(runs[0]), before);

        // Without an answer the order is the one the runs were given in: no ranking of theirs.
        Metrics unanswered = store.metrics(run);
        for (auto& [name, value] : unanswered)
            if (name == "answered")
                value = 0;
        const Metrics answered = store.metrics(run);
        store.setMetrics(run, unanswered);
        QCOMPARE(failure([&] { writePlaceColumn(store, run); }),
                 "run " + std::to_string(run) + " has no ranking yet: no question was answered");
        store.setMetrics(run, answered);

        // A run that still computes will write its own results; one that is gone has none.
        const std::vector<RunId> doomed = {runs[1]};
        store.purge(doomed);
        store.setStatus(runs[2], RunStatus::Running);
        const PlaceColumn rest = writePlaceColumn(store, run);
        QCOMPARE(rest.places.size(), std::size_t{2});
        QCOMPARE(rest.leftOut.size(), std::size_t{2});
        QCOMPARE(rest.leftOut[0], "run " + std::to_string(runs[2]) +
                                      " has not ended and will write its own results");
        QCOMPARE(rest.leftOut[1], "run " + std::to_string(runs[1]) + " is deleted");
        QVERIFY(failure([&] {
                    writePlaceColumn(store, run, "two words");
                }).find("\"two words\" cannot name a column") != std::string::npos);
        QCOMPARE(failure([&] { writePlaceColumn(store, runs[0]); }),
                 "run " + std::to_string(runs[0]) + " is no ranking of recorded runs by eye");
        QCOMPARE(failure([&] { writePlaceColumn(store, 999); }),
                 std::string("there is no run 999"));
    }

    void badCardFilesAreNamed_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("sentence");
        const auto row = [](const char* name, const char* text, const char* sentence) {
            QTest::newRow(name) << QByteArray(text) << QString::fromUtf8(sentence);
        };
        row("not JSON", "{", "cards.json");
        row("another file", "{\"inlay\": 1}", "is no file of cards");
        row("no name", "{\"inlay_cards\": 1, \"items\": [{\"name\": \"a\"}, {}]}",
            "card 2: it has no name");
        row("twice", "{\"inlay_cards\": 1, \"items\": [{\"name\": \"a\"}, {\"name\": \"a\"}]}",
            "card 2: the name \"a\" is taken by an earlier card");
        row("line", "{\"inlay_cards\": 1, \"items\": [{\"name\": \"a\", \"lines\": [{}]}]}",
            "card 1: a line needs a title and a text");
        row("curve",
            "{\"inlay_cards\": 1, \"items\": [{\"name\": \"a\", \"curve\": {\"x\": [1], \"y\": "
            "[]}}]}",
            "card 1: the curve needs two lists of as many numbers, x and y");
        row("one", "{\"inlay_cards\": 1, \"items\": [{\"name\": \"a\"}]}",
            "has 1 items; a person ranks 2 to 200");
    }

    void badCardFilesAreNamed() {
        QFETCH(const QByteArray, text);
        QFETCH(const QString, sentence);
        const ItemList list = readItems(write("cards.json", text.toStdString()), 0);
        QVERIFY2(QString::fromStdString(list.problem).contains(sentence), list.problem.c_str());
    }

    // Two who agree and one who says the opposite: by hand.
    void agreementByHand() {
        const std::vector<AnsweredPair> history = {
            answered(0, 1, Answer::Left),  answered(1, 2, Answer::Left),
            answered(0, 2, Answer::Left),  answered(2, 1, Answer::Right),
            answered(1, 0, Answer::Right), answered(0, 1, Answer::Right),
            answered(1, 2, Answer::Tie),   answered(0, 2, Answer::Skip)};
        const std::vector<std::string> who = {"ada", "ada", "ada", "bob", "bob", "cy", "cy", "cy"};
        const auto agreements = annotatorAgreements(history, who, {0, 1, 2});
        QCOMPARE(agreements.size(), std::size_t{3});
        QCOMPARE(agreements[0].annotator, std::string("ada"));
        QCOMPARE(agreements[0].consensus, 1.0);
        QCOMPARE(agreements[1].consensus, 1.0);
        QCOMPARE(agreements[2].answers, std::int64_t{3});
        QCOMPARE(agreements[2].decided, std::int64_t{1});
        QCOMPARE(agreements[2].consensus, 0.0);
        QCOMPARE(agreements[2].leaveOneOut, 0.0);
        QCOMPARE(agreements[2].tauWithout, 1.0);
        // Without ada: 0 against 1 is even, 1 above 2 stays; bob still agrees without himself.
        QCOMPARE(agreements[1].leaveOneOut, 1.0);
        const auto alone = annotatorAgreements({history[0]}, {"ada"}, {0, 1, 2});
        QVERIFY(std::isnan(alone[0].leaveOneOut) && std::isnan(alone[0].tauWithout));
    }

    // Annotators come with the answers, and an undone answer is nobody's.
    void annotatorsAreRecorded() {
        RunStore store = freshStore();
        const std::string items = write("items.txt", "ant\nbee\ncat\ndog\neel\nfox\ngnu\nhen\n");
        const RunId run = insert(
            store, "active_ranking",
            {{"oracle", {{"kind", "person"}, {"items", items}, {"effort", "thorough"}}}}, "two");
        std::jthread runner([&] { executeRun(path_, run, *findKind("active_ranking"), nullptr); });
        const auto isRandom = [](std::int64_t n) {
            return n % 4 == 0;
        };
        const int asked = answerAll(
            run, [&](std::int64_t n) { return isRandom(n) ? "dice" : "ada"; },
            [&](int left, int right, std::int64_t n) {
                return isRandom(n) ? n % 8 == 0 : left < right;
            });
        runner.join();
        const std::vector<Json> people = rows(store, run, "annotators");
        QCOMPARE(people.size(), std::size_t{2});
        QCOMPARE(people[0].at("annotator"), Json("ada"));
        QCOMPARE(people[1].at("annotator"), Json("dice"));
        QCOMPARE(people[0].at("answers").get<int>() + people[1].at("answers").get<int>(), asked);
        QVERIFY(people[0].at("consensus").get<double>() >= 0.9);
        QVERIFY(people[1].at("leave_one_out").get<double>() <
                people[0].at("consensus").get<double>());
    }
};

QTEST_GUILESS_MAIN(TestRunCards)
#include "test_run_cards.moc"

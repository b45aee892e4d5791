#include <QtTest>

#include <numeric>
#include <set>

#include "engine/base/clock.h"
#include "engine/experiments/active_ranking/human_session.h"

using namespace inlay::engine;
using namespace inlay::engine::active_ranking;

namespace {

const RandomStream kStream(21, "session");

// Prefers the smaller number, wrong every so often by the pair alone.
Answer oracle(const ShownPair& shown) {
    const auto [low, high] = std::minmax(shown.pair.left, shown.pair.right);
    const bool isWrong = (low * 31 + high * 17) % 23 == 0;
    return (shown.pair.left < shown.pair.right) != isWrong ? Answer::Left : Answer::Right;
}

Answer scripted(const HumanSession& session) {
    switch (session.answers() % 11) {
    case 4:
        return Answer::Tie;
    case 9:
        return Answer::Skip;
    default:
        return oracle(*session.question());
    }
}

} // namespace

/// A person's session as a function of its answers.
class TestHumanSession : public QObject {
    Q_OBJECT

private slots:
    void aConsistentPersonGetsTheirOrder_data() {
        QTest::addColumn<int>("items");
        QTest::addColumn<int>("effort");
        for (const int items : {2, 3, 10, 30}) {
            for (const Effort effort : {Effort::Quick, Effort::Standard, Effort::Thorough})
                QTest::addRow("%d items, effort %d", items, static_cast<int>(effort))
                    << items << static_cast<int>(effort);
        }
    }
    void aConsistentPersonGetsTheirOrder() {
        QFETCH(int, items);
        QFETCH(int, effort);
        HumanSession session(items, static_cast<Effort>(effort), 0.05, kStream);
        while (session.question()) {
            const Pair pair = session.question()->pair;
            session.tell(pair.left < pair.right ? Answer::Left : Answer::Right);
        }
        Order expected(static_cast<std::size_t>(items));
        std::iota(expected.begin(), expected.end(), 0);
        QCOMPARE(session.order(), expected);
        QCOMPARE(session.facts().agreeing, session.facts().repeats);
        QCOMPARE(session.facts().cycles, std::int64_t{0});
        QCOMPARE(session.facts().about, session.answers());
    }

    // The page's own figures of what a person has to expect.
    void effortIsAsTold() {
        QCOMPARE(labelsOf(Effort::Quick, 20), std::int64_t{61});
        QCOMPARE(labelsOf(Effort::Quick, 30), std::int64_t{110});
        QCOMPARE(labelsOf(Effort::Quick, 50), std::int64_t{220});
        QCOMPARE(labelsOf(Effort::Standard, 30), std::int64_t{204});
        QCOMPARE(labelsOf(Effort::Standard, 50), std::int64_t{391});
        QCOMPARE(labelsOf(Effort::Thorough, 20), std::int64_t{190});
        QCOMPARE(labelsOf(Effort::Thorough, 30), std::int64_t{435});
        QCOMPARE(labelsOf(Effort::Thorough, 50), std::int64_t{1174});
        HumanSession session(30, Effort::Standard, 0.05, kStream);
        while (session.question())
            session.tell(oracle(*session.question()));
        QCOMPARE(session.labels().labels(), std::int64_t{204});
        QCOMPARE(session.answers(), session.facts().repeats + 204);
    }

    // Told the same answers, at any point, a session asks the same questions.
    void theSameAnswersAskTheSameQuestions() {
        HumanSession whole(15, Effort::Standard, 0.2, kStream);
        std::vector<ShownPair> questions;
        std::vector<Answer> answers;
        while (whole.question()) {
            questions.push_back(*whole.question());
            answers.push_back(scripted(whole));
            whole.tell(answers.back());
        }
        QVERIFY(answers.size() > 60);
        for (std::size_t stop = 0; stop < answers.size(); stop += 3) {
            HumanSession again(15, Effort::Standard, 0.2, kStream);
            for (std::size_t i = 0; i < stop; ++i)
                again.tell(answers[i]);
            QVERIFY(again.question() == questions[stop]);
        }
    }

    // An answer taken back leaves no trace: the same question, the same facts, the same future.
    void undoLeavesNoTrace() {
        HumanSession straight(12, Effort::Standard, 0.2, kStream);
        HumanSession wavering(12, Effort::Standard, 0.2, kStream);
        QVERIFY(!wavering.undo());
        while (straight.question()) {
            QVERIFY(wavering.question() == straight.question());
            const Answer answer = scripted(straight);
            wavering.tell(answer == Answer::Left ? Answer::Right : Answer::Left);
            QVERIFY(wavering.undo());
            QVERIFY(wavering.question() == straight.question());
            QCOMPARE(wavering.facts().cycles, straight.facts().cycles);
            straight.tell(answer);
            wavering.tell(answer);
            QCOMPARE(wavering.order(), straight.order());
        }
        QVERIFY(!wavering.question());
    }

    // About the asked share of the questions repeats an earlier pair with sides swapped.
    void repeatsAreEarlierPairsSwapped() {
        HumanSession session(40, Effort::Thorough, 0.1, kStream);
        std::vector<ShownPair> asked;
        int repeats = 0;
        while (session.question()) {
            const ShownPair shown = *session.question();
            if (shown.isRepeat) {
                ++repeats;
                const ShownPair original{{shown.pair.right, shown.pair.left}, false};
                const auto found = std::find(asked.begin(), asked.end(), original);
                QVERIFY(found != asked.end());
                QVERIFY(asked.end() - found >= 6);
            }
            asked.push_back(shown);
            session.tell(oracle(shown));
        }
        const double share = repeats / static_cast<double>(asked.size());
        QVERIFY2(share > 0.06 && share < 0.14, qPrintable(QString::number(share)));
        QCOMPARE(session.facts().repeats, std::int64_t{repeats});
        // The oracle decides by the pair, so that it agrees with itself.
        QCOMPARE(session.facts().agreeing, std::int64_t{repeats});
    }

    // Sides are random: a person who always presses the same key agrees with half of the pairs.
    void sidesAreRandom() {
        HumanSession session(40, Effort::Thorough, 0, kStream);
        int smallerLeft = 0;
        while (session.question()) {
            smallerLeft += session.question()->pair.left < session.question()->pair.right ? 1 : 0;
            session.tell(oracle(*session.question()));
        }
        const double share = smallerLeft / static_cast<double>(session.answers());
        QVERIFY2(share > 0.44 && share < 0.56, qPrintable(QString::number(share)));
    }

    // Rock, paper, scissors is one cycle.
    void cyclesAreCounted() {
        HumanSession session(3, Effort::Thorough, 0, kStream);
        while (session.question()) {
            const Pair pair = session.question()->pair;
            session.tell((pair.right - pair.left + 3) % 3 == 1 ? Answer::Left : Answer::Right);
        }
        QCOMPARE(session.facts().cycles, std::int64_t{1});
    }

    // What comes between an answer and the next question.
    void answersAreQuick() {
        HumanSession session(60, Effort::Thorough, 0.05, kStream);
        std::vector<double> tells;
        while (session.question()) {
            const Answer answer = oracle(*session.question());
            const double start = monotonicSeconds();
            HumanSession ahead = session;
            ahead.tell(answer);
            tells.push_back(monotonicSeconds() - start);
            session.tell(answer);
        }
        std::nth_element(tells.begin(), tells.begin() + std::ssize(tells) / 2, tells.end());
        QVERIFY2(tells[tells.size() / 2] < 0.02,
                 qPrintable(QString::number(tells[tells.size() / 2])));
        const double start = monotonicSeconds();
        QVERIFY(session.undo());
        QVERIFY2(monotonicSeconds() - start < 2, "undo of the last of 1,500 answers");
    }
};

QTEST_GUILESS_MAIN(TestHumanSession)
#include "test_human_session.moc"

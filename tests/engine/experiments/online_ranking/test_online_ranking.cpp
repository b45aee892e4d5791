#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/error.h"
#include "engine/experiments/online_ranking/online_rank.h"
#include "engine/experiments/online_ranking/rivals.h"
#include "engine/experiments/online_ranking/simulation.h"

using namespace inlay::engine;
using namespace inlay::engine::online_ranking;

namespace {

const Algorithm& algorithm(std::string_view id) {
    for (const Algorithm& candidate : algorithms())
        if (id == candidate.id)
            return candidate;
    qFatal("no such algorithm");
}

OnlineRankingConfig configOf(EnvironmentConfig environment, std::int64_t n, std::int64_t rounds,
                             std::int64_t k = 1) {
    OnlineRankingConfig config;
    config.environment = std::move(environment);
    config.items = n;
    config.rounds = rounds;
    config.chosen = k;
    return config;
}

struct Played {
    double loss = 0;
    double best = 0;
    double bound = 0;
    double worstShare = 0; // largest regret / bound at a checkpoint
    double regret() const { return loss - best; }
};

Played play(const OnlineRankingConfig& config, std::string_view id, std::uint64_t seed) {
    const Game game = makeGame(config);
    Simulation simulation(algorithm(id), config, game, RandomStream(seed, "test.online"));
    Played played;
    for (std::int64_t t = 1; t <= game.rounds;
         t = std::min(t * 2, game.rounds + (t == game.rounds))) {
        simulation.advance(std::min(t, game.rounds) - simulation.rounds());
        if (const auto bound = simulation.learner().bound()) {
            played.bound = *bound;
            played.worstShare = std::max(played.worstShare, simulation.regret() / *bound);
        }
    }
    played.loss = simulation.loss();
    played.best = simulation.bestLoss();
    return played;
}

// Regret of multiplicative weights on every pair by itself, with nothing in common with the engine
// but the rounds: losses of a pair {u, v} are |s(u) - s(v)| when the lower one comes first.
double pairwiseHedge(const OnlineRankingConfig& config, std::uint64_t seed, bool anytime) {
    const Game game = makeGame(config);
    Environment environment(game, RandomStream(seed, "test.online").split("environment"));
    ScoreBoard board(game.n, game.steps());
    const auto n = static_cast<std::size_t>(game.n);
    const double pairs = static_cast<double>(n * (n - 1)) / 2;
    const double k = static_cast<double>(config.chosen);
    const double mass = k * (static_cast<double>(n) - k);
    std::vector<double> scores(n, 0.0);
    double learner = 0;
    Feedback feedback;
    for (std::int64_t t = 0; t < game.rounds; ++t) {
        const double eta =
            anytime ? std::sqrt(4 * pairs * M_LN2 / (mass * static_cast<double>(t + 1)))
                    : std::sqrt(8 * pairs * M_LN2 / (mass * static_cast<double>(game.rounds)));
        environment.play(t, board, {}, feedback);
        std::vector<double> s(n, 0.0);
        for (const std::int32_t item : feedback.items)
            s[static_cast<std::size_t>(item)] = 1;
        for (std::size_t u = 0; u < n; ++u)
            for (std::size_t v = u + 1; v < n; ++v) {
                if (s[u] == s[v])
                    continue;
                const double uFirst = 1 / (1 + std::exp(eta * (scores[v] - scores[u])));
                learner += s[u] < s[v] ? uFirst : 1 - uFirst;
            }
        for (std::size_t u = 0; u < n; ++u)
            scores[u] += s[u];
        board.add(feedback);
    }
    std::sort(scores.begin(), scores.end(), std::greater<>());
    double best = 0;
    for (std::size_t i = 0; i < n; ++i)
        best += static_cast<double>(i) * scores[i];
    best -= static_cast<double>(game.rounds) * k * (k - 1) / 2;
    return learner - best;
}

} // namespace

class TestOnlineRanking : public QObject {
    Q_OBJECT

private slots:
    // Figures of the table of bounds and of the lower bound.
    void boundsTable_data() {
        QTest::addColumn<int>("n");
        QTest::addColumn<int>("rounds");
        QTest::addColumn<int>("k");
        QTest::addColumn<double>("rate");
        QTest::addColumn<double>("onlineRank");
        QTest::addColumn<double>("lower");
        QTest::addColumn<double>("permutahedron");
        QTest::addColumn<double>("fpl");
        QTest::newRow("20,1e4,1") << 20 << 10000 << 1 << 0.074466 << 3537.1 << 2397.0 << 2513.5
                                  << 12328.8;
        QTest::newRow("50,1e4,1") << 50 << 10000 << 1 << 0.117741 << 14423.3 << 9774.1 << 10101.6
                                  << 49497.5;
        QTest::newRow("50,1e4,5") << 50 << 10000 << 5 << 0.054946 << 30907.0 << 20944.5 << 21646.3
                                  << 242384.;
        QTest::newRow("100,1e5,1")
            << 100 << 100000 << 1 << 0.052655 << 130322. << 88314. << 90825. << 444972.;
    }

    void boundsTable() {
        QFETCH(const int, n);
        QFETCH(const int, rounds);
        QFETCH(const int, k);
        QFETCH(const double, rate);
        QFETCH(const double, onlineRank);
        QFETCH(const double, lower);
        QFETCH(const double, permutahedron);
        QFETCH(const double, fpl);
        const Game game = makeGame(configOf(UniformConfig{}, n, rounds, k));
        const double pairs = n * (n - 1) / 2.0;
        const double tuned = tunedRate(pairs, game.totalMass);
        const auto near = [](double value, double wanted) {
            return std::abs(value - wanted) < 1e-5 * wanted + 0.05;
        };
        QVERIFY(std::abs(tuned - rate) < 1e-6);
        QVERIFY(near(fixedRateBound(pairs, tuned, game.totalMass), onlineRank));
        QVERIFY(near(uniformLowerBound(n, k, rounds), lower));
        const double eta = PermutahedronLeader::tuned(game);
        QVERIFY(near(n * (n * n - 1.0) / (24 * eta) + eta / 2 * game.totalMass / n, permutahedron));
        const double epsilon = PerturbedLeader::tuned(game);
        QVERIFY(near(epsilon * game.limits.worstLoss * game.limits.scoreSum * rounds +
                         std::floor(n * n / 2.0) / epsilon,
                     fpl));
    }

    void expectedPositionsSumUp_data() {
        QTest::addColumn<QString>("id");
        for (const Algorithm& a : algorithms())
            QTest::newRow(a.id) << a.id;
    }

    void expectedPositionsSumUp() {
        QFETCH(const QString, id);
        for (const FeedbackKind kind : {FeedbackKind::Subset, FeedbackKind::Pair}) {
            OnlineRankingConfig config = configOf(ZipfConfig{}, 20, 300, 3);
            config.feedback = kind;
            const Game game = makeGame(config);
            Simulation simulation(algorithm(id.toStdString()), config, game,
                                  RandomStream(2, "test.sum"));
            for (const int rounds : {0, 1, 50, 200}) {
                simulation.advance(rounds);
                simulation.prepare();
                std::vector<double> positions(20);
                simulation.learner().expectedPositions(positions);
                double sum = 0;
                for (std::size_t i = 0; i < 20; ++i) {
                    sum += positions[i];
                    const double one =
                        simulation.learner().expectedPosition(static_cast<std::int32_t>(i));
                    QVERIFY(std::abs(one - positions[i]) < 1e-9);
                }
                const double tolerance = id == "perm_elearn" ? 1e-6 : 1e-9;
                QVERIFY2(std::abs(sum - 190) < tolerance, qPrintable(QString::number(sum - 190)));
            }
        }
        QCOMPARE(logistic(0.7) + logistic(-0.7), 1.0);
        for (const double x : {-2.0, -0.4, 0.0, 0.9, 3.0})
            QVERIFY(std::abs(uniformDifference(x) + uniformDifference(-x) - 1) < 1e-15);
    }

    // Where everything is equally likely every algorithm has the regret of the lower bound.
    void uniformRegretIsEverybodys_data() {
        QTest::addColumn<QString>("id");
        for (const Algorithm& a : algorithms())
            if (std::string_view(a.id) != "perm_elearn")
                QTest::newRow(a.id) << a.id;
    }

    void uniformRegretIsEverybodys() {
        QFETCH(const QString, id);
        double sum = 0;
        const OnlineRankingConfig config = configOf(UniformConfig{}, 50, 10000);
        for (std::uint64_t seed = 1; seed <= 20; ++seed)
            sum += play(config, id.toStdString(), seed).regret();
        QVERIFY2(std::abs(sum / 20 / 9774 - 1) < 0.04, qPrintable(QString::number(sum / 20)));
    }

    void uniformRegretOfPermELearn() {
        double sum = 0;
        const OnlineRankingConfig config = configOf(UniformConfig{}, 50, 2000);
        for (std::uint64_t seed = 1; seed <= 3; ++seed)
            sum += play(config, "perm_elearn", seed).regret();
        const double wanted = uniformLowerBound(50, 1, 2000);
        QVERIFY2(std::abs(sum / 3 / wanted - 1) < 0.10,
                 qPrintable(QString("%1, wanted %2").arg(sum / 3).arg(wanted)));
    }

    void regretIsPairwiseHedges_data() {
        QTest::addColumn<int>("environment");
        QTest::addColumn<int>("k");
        QTest::newRow("zipf") << 0 << 1;
        QTest::newRow("zipf, k = 4") << 0 << 4;
        QTest::newRow("switch") << 1 << 1;
        QTest::newRow("adversary") << 2 << 1;
        QTest::newRow("adversary, k = 4") << 2 << 4;
    }

    void regretIsPairwiseHedges() {
        QFETCH(const int, environment);
        QFETCH(const int, k);
        const EnvironmentConfig environments[] = {ZipfConfig{}, SwitchConfig{}, AdversaryConfig{}};
        const OnlineRankingConfig config = configOf(environments[environment], 30, 1000, k);
        for (const bool anytime : {false, true}) {
            const double wanted = pairwiseHedge(config, 4, anytime);
            const Played played =
                play(config, anytime ? "online_rank_anytime" : "online_rank_fixed", 4);
            QVERIFY2(std::abs(played.regret() - wanted) < 1e-9 * std::abs(played.loss),
                     qPrintable(QString("%1, wanted %2").arg(played.regret()).arg(wanted)));
        }
    }

    void regretStaysBelowItsBound_data() {
        QTest::addColumn<int>("environment");
        QTest::addColumn<int>("feedback");
        const QStringList names = {"uniform", "zipf",      "bradley_terry",       "switch",
                                   "drift",   "adversary", "answering adversary", "block"};
        for (int e = 0; e < names.size(); ++e)
            for (const FeedbackKind kind : {FeedbackKind::Choice, FeedbackKind::Subset,
                                            FeedbackKind::Pair, FeedbackKind::Ranking})
                if (e < 5 || kind == FeedbackKind::Choice || kind == FeedbackKind::Subset)
                    QTest::addRow("%s %d", qPrintable(names[e]), static_cast<int>(kind))
                        << e << static_cast<int>(kind);
    }

    void regretStaysBelowItsBound() {
        QFETCH(const int, environment);
        QFETCH(const int, feedback);
        const EnvironmentConfig environments[] = {UniformConfig{},
                                                  ZipfConfig{},
                                                  BradleyTerryConfig{},
                                                  SwitchConfig{1, 3},
                                                  DriftConfig{},
                                                  AdversaryConfig{},
                                                  AdversaryConfig{Target::LowestRanked},
                                                  BlockConfig{}};
        OnlineRankingConfig config = configOf(environments[environment], 20, 700, 3);
        config.feedback = static_cast<FeedbackKind>(feedback);
        for (const Algorithm& a : algorithms()) {
            if (environment == 6 && std::string_view(a.id) == "online_rank_small_loss")
                continue;
            const Played played = play(config, a.id, 9);
            QVERIFY2(played.worstShare <= 1,
                     qPrintable(QString("%1: %2").arg(a.id).arg(played.worstShare)));
        }
    }

    // Linear regret of following the leader, exactly, with ties that share their positions.
    void adversaryAgainstTheLeader() {
        const Played played = play(configOf(AdversaryConfig{}, 50, 10000), "follow_leader", 1);
        QCOMPARE(played.best, 245000.0);
        QCOMPARE(played.regret(), 122500.0);
        // Figures of the prototype for the learners.
        const auto regret = [](const char* id) {
            return play(configOf(AdversaryConfig{}, 50, 10000), id, 1).regret();
        };
        QVERIFY(std::abs(regret("online_rank_fixed") - 7203) < 1);
        QVERIFY(std::abs(regret("online_rank_anytime") - 9736) < 1);
        QVERIFY(std::abs(regret("fpl") - 12062) < 1);
    }

    void blockRegret() {
        for (const char* id : {"online_rank_fixed", "fpl", "permutahedron", "follow_leader"})
            QVERIFY(std::abs(play(configOf(BlockConfig{}, 50, 10000), id, 1).regret() - 612.5) <
                    1e-3);
    }

    void bestLossIsKept() {
        ScoreBoard board(37, Steps::Unit);
        RandomStream stream(6, "test.best");
        std::vector<double> scores(37, 0.0);
        Feedback feedback;
        for (int t = 0; t < 10000; ++t) {
            feedback.clear();
            const auto first = static_cast<std::int32_t>(stream.below(37 - 3 * (t % 2)));
            feedback.add(first, 1);
            if (t % 2)
                feedback.add(first + 3, 1);
            board.add(feedback);
            for (const std::int32_t item : feedback.items)
                scores[static_cast<std::size_t>(item)] += 1;
            std::vector<double> sorted = scores;
            std::sort(sorted.begin(), sorted.end(), std::greater<>());
            double best = 0;
            for (std::size_t i = 0; i < sorted.size(); ++i)
                best += static_cast<double>(i) * sorted[i];
            QCOMPARE(board.bestLoss(), best);
        }
        double items = 0;
        board.forEachBlock([&](const ScoreBoard::Block& block) {
            items += block.end - block.start;
            for (std::int32_t i = block.start; i < block.end; ++i)
                QCOMPARE(board.score(board.order()[static_cast<std::size_t>(i)]), block.score);
        });
        QCOMPARE(items, 37.0);
    }

    void stateOfOtherSizesIsRefused() {
        QTemporaryDir folder;
        const std::string path = folder.filePath("state.safetensors").toStdString();
        ScoreBoard board(5, Steps::Unit);
        Feedback feedback;
        feedback.add(3, 1);
        board.add(feedback);
        StateArchive writing;
        board.archive(writing);
        writing.save(path, {});
        const SafetensorsFile file(path);
        ScoreBoard same(5, Steps::Unit);
        StateArchive reading(file);
        same.archive(reading);
        QCOMPARE(same.scores(), board.scores());
        QCOMPARE(same.order(), board.order());
        QCOMPARE(same.rounds(), 1);
        ScoreBoard other(6, Steps::Unit);
        StateArchive again(file);
        QVERIFY_EXCEPTION_THROWN(other.archive(again), Error);
    }

    void massAndUnavoidableLoss() {
        RandomStream stream(8, "test.mass");
        for (int round = 0; round < 50; ++round) {
            Feedback feedback;
            feedback.background = stream.uniform();
            std::vector<double> s(9, feedback.background);
            for (std::int32_t item = 0; item < 4 + round % 6; ++item) {
                s[static_cast<std::size_t>(item)] = stream.uniform();
                feedback.add(item, s[static_cast<std::size_t>(item)]);
            }
            double mass = 0;
            double least = 0;
            for (std::size_t u = 0; u < 9; ++u)
                for (std::size_t v = u + 1; v < 9; ++v) {
                    mass += (s[u] - s[v]) * (s[u] - s[v]);
                    least += std::min(s[u], s[v]);
                }
            QVERIFY(std::abs(pairMass(feedback, 9) - mass) < 1e-12);
            QVERIFY(std::abs(unavoidableLoss(feedback, 9) - least) < 1e-12);
        }
    }

    // sum (pi - sigma)^2 = n (n-1) (2-n) / 3 + 2 sum pi (n-1-sigma).
    void spearmanIdentity() {
        RandomStream stream(10, "test.spearman");
        for (std::int64_t n = 2; n <= 8; ++n)
            for (int round = 0; round < 20; ++round) {
                std::vector<std::int64_t> pi(static_cast<std::size_t>(n));
                std::iota(pi.begin(), pi.end(), 0);
                std::vector<std::int64_t> sigma = pi;
                stream.shuffle(pi);
                stream.shuffle(sigma);
                Game game;
                game.n = n;
                game.feedback = FeedbackKind::Spearman;
                const LossUnit unit = lossUnit(game);
                double distance = 0;
                double linear = 0;
                for (std::size_t i = 0; i < pi.size(); ++i) {
                    distance += static_cast<double>((pi[i] - sigma[i]) * (pi[i] - sigma[i]));
                    linear += static_cast<double>(pi[i] * (n - 1 - sigma[i])) /
                              static_cast<double>(n - 1);
                }
                QVERIFY(std::abs(distance - (unit.scale * linear + unit.offset)) < 1e-9);
            }
    }

    // Drawn rankings lose what the expectation says, within four standard errors.
    void sampledLossFollowsExpectation_data() {
        QTest::addColumn<QString>("id");
        QTest::addColumn<bool>("quickSort");
        QTest::newRow("Plackett-Luce") << "online_rank_fixed" << false;
        QTest::newRow("QuickSort") << "online_rank_fixed" << true;
        QTest::newRow("permutahedron") << "permutahedron" << false;
        QTest::newRow("fpl") << "fpl" << false;
        QTest::newRow("leader") << "follow_leader" << false;
        QTest::newRow("perm_elearn") << "perm_elearn" << false;
        QTest::newRow("grid") << "online_rank_grid" << false;
        QTest::newRow("random") << "random" << false;
    }

    void sampledLossFollowsExpectation() {
        QFETCH(const QString, id);
        QFETCH(const bool, quickSort);
        OnlineRankingConfig config = configOf(ZipfConfig{}, 12, 400, 2);
        config.onlineRank.sampler = quickSort ? Sampler::QuickSort : Sampler::PlackettLuce;
        OnlineRankingConfig drawn = config;
        drawn.lossCurve = LossCurve::Sampled;
        double sum = 0;
        double squares = 0;
        constexpr int kSeeds = 40;
        for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
            const double gap = play(drawn, id.toStdString(), seed).loss -
                               play(config, id.toStdString(), seed).loss;
            sum += gap;
            squares += gap * gap;
        }
        const double mean = sum / kSeeds;
        const double error = std::sqrt((squares / kSeeds - mean * mean) / (kSeeds - 1));
        QVERIFY2(std::abs(mean) < 4 * error,
                 qPrintable(QString("mean %1, standard error %2").arg(mean).arg(error)));
    }

    void smallLossNeedsLittle() {
        // n sqrt(OPT) + n^2: where the best ranking loses little so does the learner.
        OnlineRankingConfig config = configOf(BradleyTerryConfig{200}, 30, 20000);
        const Played small = play(config, "online_rank_small_loss", 2);
        const Played fixed = play(config, "online_rank_fixed", 2);
        const double pairs = 30 * 29 / 2.0;
        QVERIFY(small.regret() <= std::sqrt(2 * small.best * pairs * M_LN2) + pairs * M_LN2 + 1e-6);
        QVERIFY(small.bound < fixed.bound / 4);
        QVERIFY(small.regret() < fixed.regret() / 2);
    }
};

QTEST_APPLESS_MAIN(TestOnlineRanking)
#include "test_online_ranking.moc"

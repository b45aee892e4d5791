#include <QtTest>

#include <QLineEdit>
#include <QTableWidget>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QUndoStack>

#include <numeric>
#include <thread>

#include "engine/experiments/active_ranking/active_ranking_kind.h"
#include "engine/experiments/active_ranking/run_cards.h"
#include "engine/experiments/catalog.h"
#include "engine/runner/executor.h"
#include "tests/app/cli/inlay_program.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/runs/run_columns.h"
#include "widgets/runs/run_edits.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/theme.h"
#include "widgets/views/ranking/active_view.h"
#include "widgets/views/ranking/ask_panel.h"
#include "widgets/views/ranking/bump_chart.h"
#include "widgets/views/ranking/item_card.h"
#include "widgets/views/ranking/pair_matrix.h"

using namespace inlay;
using namespace inlay::widgets;
using engine::Json;

namespace {

const QByteArray kItems = "hen\nant\nfox\ncat\nbee\ngnu\ndog\neel\nowl\nrat\nyak\npig\n";

// Prefers the earlier name, except for some pairs: not transitive, and the same every time.
QString preferred(const QString& left, const QString& right) {
    const bool isOdd = (left[0].unicode() * right[0].unicode()) % 7 == 0;
    return ((left < right) != isOdd) ? QStringLiteral("left") : QStringLiteral("right");
}

QStringList namesIn(QTableWidget* table) {
    QStringList names;
    for (int row = 0; row < table->rowCount(); ++row)
        names << table->item(row, 1)->text();
    return names;
}

} // namespace

/// The window's half of active ranking: stored runs, and a person at the keys.
class TestActiveView : public QObject {
    Q_OBJECT

    std::unique_ptr<Theme> theme_;
    std::unique_ptr<app_tests::InlayProgram> program_;
    std::unique_ptr<engine::RunStore> store_;
    std::unique_ptr<StoreClient> client_;
    std::unique_ptr<RunWatcher> watcher_;
    std::unique_ptr<ActiveView> view_;

    engine::RunId insert(const Json& config) {
        engine::NewRun run;
        run.name = "By eye";
        run.kind = "active_ranking";
        run.config = engine::active_ranking::activeRankingKind().schema().complete(config);
        run.device = "cpu";
        run.seed = 7;
        run.status = engine::RunStatus::Running;
        run.process = engine::ProcessIdentity::current();
        return store_->insertRun(run);
    }

    Json person() {
        return {
            {"oracle",
             {{"kind", "person"}, {"items", program_->write("items.txt", kItems).toStdString()}}}};
    }

    std::jthread start(engine::RunId run) {
        return std::jthread([path = store_->path(), run] {
            engine::executeRun(path, run, engine::active_ranking::activeRankingKind(), nullptr);
        });
    }

    void select(engine::RunId run) {
        watcher_->poke();
        QTRY_VERIFY(watcher_->runs()->indexOf(run) >= 0);
        view_->setRuns({run});
    }

private slots:
    void initTestCase() { theme_ = std::make_unique<Theme>(*qApp); }
    void cleanupTestCase() { theme_.reset(); }

    void init() {
        theme_->setChoice(ThemeChoice::Light);
        program_ = std::make_unique<app_tests::InlayProgram>();
        const QString path = program_->path("window.db");
        store_ = std::make_unique<engine::RunStore>(
            engine::RunStore::open(path.toStdString(), engine::OpenMode::Create));
        client_ = std::make_unique<StoreClient>(path);
        watcher_ = std::make_unique<RunWatcher>(*client_);
        view_ = std::make_unique<ActiveView>(
            ViewContext{client_.get(), watcher_.get(), theme_.get()}, nullptr);
        view_->resize(846, 736);
        view_->show();
    }
    void cleanup() {
        view_.reset();
        watcher_.reset();
        client_.reset();
        store_.reset();
        program_.reset();
    }

    void aStoredRunIsShown() {
        const engine::RunId run =
            insert({{"oracle", {{"kind", "simulated"}, {"items", 30}}}, {"replicates", 2}});
        start(run).join();
        select(run);
        QTRY_COMPARE(view_->results()->rowCount(), 4);
        QCOMPARE(view_->curves()->series().size(), std::size_t{4});
        QVERIFY(view_->transport()->count() > 5);
        // The matrix at a moment has as many pairs as labels were bought.
        QVERIFY(!view_->findChild<QPushButton*>("place column")->isVisible());
        QTRY_COMPARE(view_->ranking()->rowCount(), 30);
        const auto asked = [&] {
            const MatrixData& data = view_->pairs()->data();
            return std::count_if(data.values.begin(), data.values.end(),
                                 [](float value) { return std::isfinite(value); }) /
                   2;
        };
        const auto all = asked();
        QVERIFY(all > 300);
        view_->transport()->setIndex(0);
        QTRY_VERIFY(asked() < all / 4);
        QVERIFY(!view_->askPanel()->isVisible());
    }

    // What speaks for and against the ranking at a moment, by the labels of that moment.
    void aMomentIsLookedInto() {
        const engine::RunId run = insert({{"oracle",
                                           {{"kind", "simulated"},
                                            {"items", 30},
                                            {"noise", {{"kind", "flip"}, {"probability", 0.2}}}}},
                                          {"ring", {{"stop_gain", 0}}},
                                          {"replicates", 1}});
        start(run).join();
        select(run);
        QTRY_COMPARE(view_->ranking()->rowCount(), 30);
        const BumpData& bump = view_->bump()->data();
        QCOMPARE(bump.items.size(), std::size_t{10});
        QCOMPARE(bump.rounds.back(), std::int64_t{435}); // all pairs
        for (std::size_t rank = 0; rank < 10; ++rank) {
            QCOMPARE(bump.items[rank].ranks.back(), static_cast<int>(rank));
            QCOMPARE(view_->ranking()->item(static_cast<int>(rank), 1)->text(),
                     bump.items[rank].name);
        }
        // Bradley-Terry beside the ranking: centered, and much like it.
        QCOMPARE(view_->scores()->series().size(), std::size_t{1});
        const Points& scores = view_->scores()->series()[0].points;
        QCOMPARE(scores.size(), std::size_t{30});
        QVERIFY(std::abs(std::accumulate(scores.y.begin(), scores.y.end(), 0.0)) < 1e-6);
        QVERIFY(scores.y.front() > scores.y.back());
        // All pairs are labeled once: who wins w of them has Borda's count w and beats w others.
        QTableWidget* models = view_->models();
        QVERIFY(view_->tabs()->indexOf(models) >= 0);
        QCOMPARE(models->rowCount(), 33);
        double allWins = 0;
        for (int row = 3; row < 33; ++row) {
            QCOMPARE(models->item(row, 0)->text(), view_->ranking()->item(row - 3, 1)->text());
            QCOMPARE(models->item(row, 3)->text(), models->item(row, 4)->text());
            allWins += QLocale().toDouble(models->item(row, 3)->text());
        }
        QCOMPARE(allWins, 435.0);
        const double tau = QLocale().toDouble(models->item(0, 1)->text());
        QVERIFY(tau > 0.7 && tau <= 1);
        // With labels of all pairs: circles of three as Kendall and Babington Smith count them,
        // C(n, 3) - sum over items of C(wins, 2).
        const MatrixData& data = view_->pairs()->data();
        double circles = 30 * 29 * 28 / 6.0;
        int contradicted = 0;
        for (std::size_t row = 0; row < 30; ++row) {
            double wins = 0;
            for (std::size_t column = 0; column < 30; ++column) {
                const float value = data.values[row * 30 + column];
                wins += value == 1 ? 1 : 0;
                contradicted += value == 1 && row > column ? 1 : 0;
            }
            circles -= wins * (wins - 1) / 2;
        }
        QVERIFY(circles > 0);
        QCOMPARE(view_->tabs()->tabText(view_->tabs()->indexOf(view_->cycles())),
                 QString("Cycles %1").arg(QLocale().toString(qRound(circles))));
        QCOMPARE(view_->cycles()->rowCount(), std::min(100, qRound(circles)));
        QCOMPARE(view_->cycles()->item(0, 0)->text(), view_->cycles()->item(0, 3)->text());
        QVERIFY(contradicted > 0);
        QVERIFY(view_->tabs()->indexOf(view_->doubt()) >= 0);
        QCOMPARE(view_->blocks()->rowCount() > 0, view_->tabs()->indexOf(view_->blocks()) >= 0);
        QCOMPARE(view_->tabs()->indexOf(view_->annotators()), -1);
        // A click in the bump chart's axis goes to that moment; an item stays chosen.
        emit view_->bump()->itemClicked(bump.items[2].item);
        QCOMPARE(view_->ranking()->selectedItems().value(1)->text(), bump.items[2].name);
        const std::int64_t first = bump.rounds.front();
        emit view_->bump()->roundClicked(first);
        QCOMPARE(view_->transport()->index(), 0);
        QTRY_VERIFY(view_->bump()->data().current == 0);
        QVERIFY(view_->bump()->data().rounds.front() == first);
    }

    // Two recorded runs side by side: names, figures, a curve at one scale; and who answered.
    void runsAreComparedByEye() {
        std::vector<engine::RunId> runs;
        for (const double flips : {0.05, 0.4}) {
            runs.push_back(insert({{"oracle",
                                    {{"kind", "simulated"},
                                     {"items", 12},
                                     {"noise", {{"kind", "flip"}, {"probability", flips}}}}},
                                   {"replicates", 1}}));
            store_->rename(runs.back(), "flips " + std::to_string(flips));
            start(runs.back()).join();
        }
        const std::string cards =
            engine::active_ranking::writeRunCards(*store_, runs, engine::findKind).string();
        const engine::RunId run = insert(
            {{"oracle",
              {{"kind", "person"}, {"items", cards}, {"question", "Which run is better?"}}}});
        const std::jthread runner = start(run);
        const auto stop =
            qScopeGuard([&] { store_->requestControl(run, engine::ControlVerb::Stop); });
        select(run);
        AskPanel* panel = view_->askPanel();
        QTRY_VERIFY(panel->question() && panel->isVisible());
        QTRY_VERIFY(
            panel->findChildren<ItemCard*>().first()->accessibleName().contains("flips 0."));
        for (const ItemCard* card : panel->findChildren<ItemCard*>()) {
            // "this one: flips 0.05, regret/active_ring 0, …"
            QVERIFY2(card->accessibleName().contains("regret/"),
                     qPrintable(card->accessibleName()));
            const QImage picture = const_cast<ItemCard*>(card)->grab().toImage();
            QVERIFY(!picture.isNull());
        }
        panel->annotator()->setText("ada");
        QTest::keyClick(panel->annotator(), Qt::Key_Return);
        QTest::keyClick(panel, Qt::Key_Left);
        QTRY_VERIFY(panel->question()->isDone());
        QTRY_COMPARE(view_->annotators()->rowCount(), 1);
        QCOMPARE(view_->annotators()->item(0, 0)->text(), QString("ada"));
        // Nothing is left to press.
        for (const QPushButton* button : panel->findChildren<QPushButton*>())
            QVERIFY2(!button->isVisible(), qPrintable(button->accessibleName()));
        QVERIFY(view_->tabs()->indexOf(view_->annotators()) >= 0);
        const auto answers = store_->answers(run);
        QCOMPARE(answers.size(), std::size_t{1});
        QCOMPARE(Json::parse(answers[0].payload).at("annotator"), Json("ada"));

        // The places as a column of the runs, and taken back.
        auto* add = view_->findChild<QPushButton*>("place column");
        QTRY_VERIFY(add->isVisible());
        QSignalSpy wanted(view_.get(), &View::actionWanted);
        add->click();
        QCOMPARE(wanted.size(), 1);
        QCOMPARE(wanted[0][0].value<engine::RunId>(), run);
        QCOMPARE(wanted[0][1].toString(), QString("place column"));
        QUndoStack stack;
        RunEdits edits(&stack, client_.get());
        const auto placeOf = [&](engine::RunId one) {
            for (const auto& [name, value] : store_->metrics(one))
                if (name == "by_eye/" + std::to_string(run))
                    return value;
            return 0.0;
        };
        edits.writePlaces(run);
        QTRY_COMPARE(placeOf(runs[0]) + placeOf(runs[1]), 3.0);
        stack.undo();
        QTRY_COMPARE(placeOf(runs[0]) + placeOf(runs[1]), 0.0);
        const RunColumnStyle style =
            RunColumnCatalog({}).style({RunField::Metric, "by_eye/" + std::to_string(run)});
        QCOMPARE(style.title, QString("By eye, %1").arg(run));
        QVERIFY(style.better == engine::Better::Lower);
    }

    // A scripted oracle at the window's keys and at the terminal's lines: the same questions, the
    // same ranking; and a question is never waited for.
    void windowAndTerminalRankAlike() {
        const QString items = program_->write("items.txt", kItems);
        QStringList terminal;
        QStringList askedThere;
        {
            auto process = program_->start({"rank", "active", items, "--seed", "7", "--json",
                                            "--store", program_->path("terminal.db")});
            for (bool isOver = false; !isOver;) {
                QVERIFY(process->canReadLine() || process->waitForReadyRead(10000));
                while (process->canReadLine()) {
                    const Json line = Json::parse(process->readLine().toStdString());
                    if (line.value("type", "") == "question") {
                        const auto left = QString::fromStdString(line.at("left"));
                        const auto right = QString::fromStdString(line.at("right"));
                        askedThere << left + ' ' + right;
                        process->write(preferred(left, right).toUtf8() + '\n');
                        process->waitForBytesWritten(5000);
                    } else if (line.value("table", "") == "ranking") {
                        terminal << QString::fromStdString(line.at("name"));
                    } else if (!line.contains("type")) {
                        isOver = true;
                    }
                }
            }
            process->waitForFinished(10000);
        }
        QCOMPARE(terminal.size(), 12);

        const engine::RunId run = insert(person());
        const std::jthread runner = start(run);
        const auto stop =
            qScopeGuard([&] { store_->requestControl(run, engine::ControlVerb::Stop); });
        select(run);
        AskPanel* panel = view_->askPanel();
        const QStringList names = QString::fromUtf8(kItems).split('\n', Qt::SkipEmptyParts);
        QStringList askedHere;
        std::vector<double> waits;
        QTRY_VERIFY(panel->question() && panel->isVisible());
        while (!panel->question()->isDone()) {
            const std::int64_t n = panel->question()->n;
            const Json& content = panel->question()->content;
            const QString left = names.at(content.at("left").get<int>());
            const QString right = names.at(content.at("right").get<int>());
            askedHere << left + ' ' + right;
            // A second thought now and then must not change where it ends.
            if (n % 9 == 4 && askedHere.count(askedHere.back()) == 1) {
                QTest::keyClick(panel, Qt::Key_Down);
                QTRY_VERIFY(panel->question()->n == n + 1);
                QTest::keyClick(panel, Qt::Key_Z, Qt::ControlModifier);
                QTRY_VERIFY(panel->question()->n == n);
                QCOMPARE(panel->question()->content.at("left"), content.at("left"));
            }
            QTest::keyClick(panel, preferred(left, right) == "left" ? Qt::Key_Left : Qt::Key_Right);
            QTRY_VERIFY(panel->question()->n == n + 1);
            waits.push_back(panel->lastWaitMs());
            QTest::qWait(30); // a very quick person
        }
        QCOMPARE(askedHere, askedThere);
        QTRY_COMPARE(namesIn(view_->ranking()), terminal);
        std::nth_element(waits.begin(), waits.begin() + std::ssize(waits) / 2, waits.end());
        const double median = waits[waits.size() / 2];
        qInfo("answer to next question: median %.1f ms of %zu", median, waits.size());
        QVERIFY2(median <= 100, qPrintable(QString::number(median)));
    }

    void aStoppedSessionCannotBeAnswered() {
        const engine::RunId run = insert(person());
        {
            const std::jthread runner = start(run);
            select(run);
            QTRY_VERIFY(view_->askPanel()->question().has_value());
            store_->requestControl(run, engine::ControlVerb::Stop);
        }
        watcher_->poke();
        QTRY_COMPARE(
            watcher_->runs()->row(static_cast<std::size_t>(watcher_->runs()->indexOf(run))).status,
            engine::RunStatus::Stopped);
        QTRY_VERIFY(!view_->askPanel()->findChild<QPushButton*>("tie")->isEnabled());
        // The cards still say what was asked.
        for (const ItemCard* card : view_->askPanel()->findChildren<ItemCard*>())
            QVERIFY(card->accessibleName().size() > QString("this one: ").size());
        QTest::keyClick(view_->askPanel(), Qt::Key_Left);
        QTest::qWait(100);
        QVERIFY(store_->answers(run).empty());
    }
};

QTEST_MAIN(TestActiveView)
#include "test_active_view.moc"

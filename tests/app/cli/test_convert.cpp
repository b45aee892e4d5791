#include <QtTest>

#include "engine/schema/issue.h"
#include "tests/app/cli/inlay_program.h"

using namespace inlay;
using app_tests::InlayProgram;
using app_tests::Outcome;
using app_tests::projectFile;

/// `inlay convert` as people and scripts call it.
class TestConvert : public QObject {
    Q_OBJECT

    InlayProgram program_;

    Outcome convert(const QStringList& arguments) const {
        return program_.json(QStringList{"convert"} + arguments);
    }

private slots:
    void initTestCase() {
        const Outcome trained =
            program_.json({"run", projectFile("digits-mlp"), "--threads", "1", "--set",
                           "dataset.count=300", "--set", "dataset.test_count=100", "--set",
                           "network.hidden=[24, 24]", "--set", "epochs=2"});
        QVERIFY2(trained.code == 0, qPrintable(trained.error));
    }

    void aRunIsConvertedAndFineTuned() {
        const Outcome outcome = convert({"1", "--layers", "blocks.1", "--to", "low_rank", "--with",
                                         "rank=6", "--epochs", "1", "--name", "thin"});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        const auto rows = outcome.ofType("row");
        QCOMPARE(rows.size(), std::size_t{1});
        QCOMPARE(rows[0].at("table"), engine::Json("conversion"));
        QCOMPARE(rows[0].at("layer"), engine::Json("blocks.1"));
        QCOMPARE(rows[0].at("parameters"), engine::Json(6 * 48));
        QCOMPARE(rows[0].at("dense_parameters"), engine::Json(24 * 24));
        QVERIFY(rows[0].at("weighted_error").get<double>() < rows[0].at("error").get<double>());
        const engine::Json& metrics = outcome.last().at("metrics");
        QCOMPARE(outcome.last().at("state"), engine::Json("finished"));
        for (const char* name :
             {"conversion/accuracy_before", "conversion/accuracy_after", "test/accuracy"})
            QVERIFY2(metrics.contains(name), name);
        auto store = engine::RunStore::open(program_.storePath(), engine::OpenMode::ReadOnly);
        const auto run = store.run(outcome.last().at("run").get<engine::RunId>());
        QCOMPARE(run->parentRun, std::optional<engine::RunId>(1));
        QCOMPARE(run->name, std::string("thin"));
        QCOMPARE(store.run(1)->project, run->project);
    }

    void peopleSeeTheLayersAndTheAccuracies() {
        const Outcome outcome =
            program_.plain({"convert", "1", "--layers", "all", "--to", "two_four", "--scores",
                            "magnitude", "--epochs", "1"});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        for (const char* part : {"Layer", "blocks.0", "head", "Test accuracy: ", "after conversion",
                                 "after fine-tuning"})
            QVERIFY2(outcome.output.contains(part), outcome.output.constData());
    }

    void aDryRunWritesNothing() {
        const std::size_t before = program_.runCount();
        const Outcome outcome = convert(
            {"1", "--layers", "blocks", "--to", "low_rank", "--with", "rank=4", "--dry-run"});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        QCOMPARE(program_.runCount(), before);
    }

    void badInputIsRefused_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("part");
        const auto row = [](const char* name, const QStringList& arguments, const char* part) {
            QTest::newRow(name) << arguments << part;
        };
        row("unknown run", {"77", "--layers", "blocks", "--to", "stl"}, "There is no run 77");
        row("unknown family", {"1", "--layers", "blocks", "--to", "circulant"}, "allowed: dense");
        row("unknown layer", {"1", "--layers", "blocks.9", "--to", "stl"}, "blocks.9");
        row("unknown key", {"1", "--layers", "blocks", "--to", "stl", "--with", "rnak=3"}, "rank");
        row("no value", {"1", "--layers", "blocks", "--to", "stl", "--with", "rank"}, "rank");
        row("rank above", {"1", "--layers", "blocks.1", "--to", "low_rank", "--with", "rank=25"},
            "1 to 24");
        row("blocks that do not divide",
            {"1", "--layers", "head", "--to", "monarch", "--with", "blocks=7"}, "must divide");
        row("nothing to do", {"1", "--layers", "blocks", "--to", "dense"}, "nothing would change");
        row("scores", {"1", "--layers", "blocks", "--to", "two_four", "--scores", "taylor"},
            "start_from.scores");
        row("epochs", {"1", "--layers", "blocks", "--to", "stl", "--epochs", "0"}, "epochs");
        row("no layers", {"1", "--to", "stl"}, "--layers");
    }
    void badInputIsRefused() {
        QFETCH(QStringList, arguments);
        QFETCH(QString, part);
        const std::size_t before = program_.runCount();
        const Outcome outcome = convert(arguments);
        QVERIFY2(outcome.code == 2, qPrintable(outcome.error));
        QVERIFY2(outcome.issueText().contains(part), qPrintable(outcome.issueText()));
        QVERIFY2(outcome.error.contains(part), qPrintable(outcome.error));
        QCOMPARE(program_.runCount(), before);
    }
};

QTEST_GUILESS_MAIN(TestConvert)
#include "test_convert.moc"

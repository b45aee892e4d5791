#include <QtTest>

#include "engine/schema/issue.h"
#include "tests/app/cli/inlay_program.h"

using namespace inlay;
using app_tests::InlayProgram;
using app_tests::Outcome;
using app_tests::projectFile;

/// Fitted triples from a run of the kind amm into layers, as scripts do it.
class TestTriples : public QObject {
    Q_OBJECT

    InlayProgram program_;

    Outcome train(const QStringList& sets) const {
        QStringList arguments = {
            "run",   projectFile("digits-mlp"), "--threads", "1",
            "--set", "dataset.count=200",       "--set",     "epochs=1",
            "--set", "dataset.test_count=50",   "--set",     "network.hidden=[16]"};
        for (const QString& set : sets)
            arguments << "--set" << set;
        return program_.json(arguments);
    }

private slots:
    void initTestCase() {
        const Outcome fitted =
            program_.json({"run", projectFile("approximate-product"), "--set", "tile=2", "--set",
                           "ranks=[5]", "--set", "replicates=2", "--set", "steps=100"});
        QVERIFY2(fitted.code == 0, qPrintable(fitted.error));
        const Outcome two =
            program_.json({"run", projectFile("approximate-product"), "--set", "tile=2", "--set",
                           "ranks=[5,6]", "--set", "replicates=1", "--set", "steps=100"});
        QVERIFY2(two.code == 0, qPrintable(two.error));
    }

    void aLayerBeginsWithTheTripleOfARun() {
        const QStringList stl = {
            "network.operator.kind=stl",  "network.operator.tile=2",
            "network.operator.rank=5",    "network.operator.start=fitted",
            "network.operator.group=all", "network.operator.train_encoders=false"};
        const Outcome outcome = train(stl + QStringList{"network.operator.triple=run:1"});
        QVERIFY2(outcome.code == 0, qPrintable(outcome.error));
        auto store = engine::RunStore::open(program_.storePath(), engine::OpenMode::ReadOnly);
        const auto run = store.run(outcome.last().at("run").get<engine::RunId>());
        const engine::Json config = engine::Json::parse(run->config);
        const auto path = config.at("network").at("operator").at("triple").get<std::string>();
        QVERIFY2(QString::fromStdString(path).endsWith("triple-t2-r5.safetensors"), path.c_str());
        QVERIFY(QFile::exists(QString::fromStdString(path)));
        const Outcome named =
            train(stl + QStringList{"network.operator.triple=run:2/triple-t2-r5.safetensors"});
        QVERIFY2(named.code == 0, qPrintable(named.error));
    }

    void badInputIsRefused_data() {
        QTest::addColumn<QString>("triple");
        QTest::addColumn<QString>("part");
        QTest::newRow("nothing") << ""
                                 << "triple is empty with start = fitted";
        QTest::newRow("unknown run") << "run:77"
                                     << "There is no run 77";
        QTest::newRow("which one") << "run:2"
                                   << "name one as run:2/NAME";
        QTest::newRow("unknown file") << "run:1/model.safetensors"
                                      << "has left triple-t2-r5";
        QTest::newRow("missing") << "nowhere.safetensors"
                                 << "nowhere.safetensors";
        QTest::newRow("other rank") << "run:2/triple-t2-r6.safetensors"
                                    << "rank 6; the layer has tile 2 and rank 5";
    }
    void badInputIsRefused() {
        QFETCH(QString, triple);
        QFETCH(QString, part);
        const std::size_t before = program_.runCount();
        const Outcome outcome = train({"network.operator.kind=stl", "network.operator.tile=2",
                                       "network.operator.rank=5", "network.operator.start=fitted",
                                       "network.operator.triple=" + triple});
        QVERIFY2(outcome.code == 2, qPrintable(outcome.error));
        QVERIFY2(outcome.issueText().contains(part), qPrintable(outcome.issueText()));
        QVERIFY2(outcome.issueText().contains("network.operator.triple"),
                 qPrintable(outcome.issueText()));
        QCOMPARE(program_.runCount(), before);
    }
};

QTEST_GUILESS_MAIN(TestTriples)
#include "test_triples.moc"

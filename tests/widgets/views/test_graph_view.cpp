#include <QtTest>

#include <QSlider>
#include <QTableWidget>
#include <QTemporaryDir>

#include "engine/experiments/catalog.h"
#include "engine/runner/executor.h"
#include "engine/runner/launch.h"
#include "engine/store/run_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/theme.h"
#include "widgets/views/clustering/graph_run.h"
#include "widgets/views/clustering/graph_view.h"

using namespace inlay;
using namespace inlay::widgets;

class TestGraphView : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        QLocale::setDefault(QLocale::c());
        theme_ = std::make_unique<Theme>(*qApp);
        path_ = folder_.filePath(QStringLiteral("runs.db"));
        // A real run of the kind, small: 60 nodes, then 20 more among those that are left.
        const engine::ExperimentKind& kind = *engine::findKind("graph_clustering");
        engine::ProjectFile project;
        project.kind = kind.id();
        project.title = "Graph";
        project.threads = 1;
        project.config = engine::Json::parse(R"({"graph": {"kind": "planted", "sizes": [60, 12],
            "inside": 0.9, "across": 0.1}, "rates": {"kind": "planted"}, "kappa": {"start": 1.4}})");
        const engine::Launch launch = engine::prepareLaunch(project, "", kind, {});
        QVERIFY2(launch.issues.empty(), engine::joinMessages(launch.issues).c_str());
        engine::RunStore store =
            engine::RunStore::open(path_.toStdString(), engine::OpenMode::Create);
        run_ = engine::insertRunning(store, launch);
        config_ = store.run(run_)->config;
        const auto result = engine::executeRun(path_.toStdString(), run_, kind, nullptr);
        QCOMPARE(result.status, engine::RunStatus::Finished);
    }
    void cleanupTestCase() { theme_.reset(); }

    void theRunIsReadBack() {
        engine::RunStore store =
            engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadOnly);
        const GraphRun graph = readGraphRun(store, run_, config_);
        QVERIFY(!graph.rounds.empty());
        QCOMPARE(graph.nodes, std::int64_t{72});
        QCOMPARE(graph.truth.size(), std::size_t{2});
        QCOMPARE(graph.truth[0].state, QStringLiteral("exact"));
        QCOMPARE(graph.methods.size(), std::size_t{4});
        const GraphPictures first = readGraphPictures(store, run_, graph.rounds.front(), 72);
        QCOMPARE(first.solution.rows, 72);
        QCOMPARE(first.adjacency.rows, 72);
        QVERIFY(!first.eigenvalues.empty());
        QVERIFY(first.threshold > 0);
        // Later solves have fewer nodes.
        const GraphPictures last = readGraphPictures(store, run_, graph.rounds.back(), 72);
        QCOMPARE(std::int64_t{last.solution.rows}, graph.rounds.back().nodes);
    }

    void theViewShowsTheRun() {
        StoreClient client(path_);
        RunWatcher watcher(client);
        GraphView view(ViewContext{&client, &watcher, theme_.get()}, nullptr);
        view.resize(1100, 900);
        view.show();
        view.setRuns({run_});
        auto* transport = view.findChild<Transport*>();
        QTRY_VERIFY(transport->count() > 0);
        const auto maps = view.findChildren<HeatMap*>();
        QCOMPARE(maps.size(), 2);
        QTRY_COMPARE(maps[0]->data().rows, 72);
        const auto tables = view.findChildren<QTableWidget*>();
        QCOMPARE(tables.size(), 2);
        QCOMPARE(tables[0]->rowCount(), transport->count());
        QCOMPARE(tables[1]->rowCount(), 4);
        // The film: the first solve has all nodes.
        transport->setIndex(0);
        QTRY_COMPARE(maps[1]->data().rows, 72);
        QCOMPARE(tables[0]->currentRow(), 0);
        QTRY_VERIFY(!view.findChild<CurvePlot*>()->isEmpty());
        view.setRuns({});
        QTRY_VERIFY(!transport->isVisible());
    }

private:
    QTemporaryDir folder_;
    QString path_;
    std::string config_;
    engine::RunId run_ = 0;
    std::unique_ptr<Theme> theme_;
};

QTEST_MAIN(TestGraphView)
#include "test_graph_view.moc"

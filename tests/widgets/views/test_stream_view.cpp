#include <QtTest>

#include <QTemporaryDir>

#include "engine/experiments/streaming_kmeans/streaming_kmeans_kind.h"
#include "engine/runner/executor.h"
#include "engine/store/run_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/readout_row.h"
#include "widgets/plots/transport.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/theme.h"
#include "widgets/views/clustering/cluster_list.h"
#include "widgets/views/clustering/point_plot.h"
#include "widgets/views/clustering/stream_view.h"

using namespace inlay;
using namespace inlay::widgets;

class TestStreamView : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() {
        theme_ = std::make_unique<Theme>(*qApp);
        folder_ = std::make_unique<QTemporaryDir>();
        path_ = folder_->filePath(QStringLiteral("runs.db"));
        engine::RunStore::open(path_.toStdString(), engine::OpenMode::Create);
        streaming_ = execute({{"source", {{"kind", "norm25"}, {"points", 80}}},
                              {"k", 25},
                              {"algorithm", "dc2"},
                              {"compare", {{"lloyd", true}, {"plus_plus", true}}}});
        batch_ = execute({{"source", {{"kind", "mixture"}, {"count", 500}, {"dims", 2}}},
                          {"k", 5},
                          {"algorithm", "lloyd"}});
        client_ = std::make_unique<StoreClient>(path_);
        watcher_ = std::make_unique<RunWatcher>(*client_);
        view_ = std::make_unique<StreamView>(
            ViewContext{client_.get(), watcher_.get(), theme_.get()}, nullptr);
        view_->resize(900, 700);
        view_->show();
    }

    void cleanupTestCase() {
        view_.reset();
        watcher_.reset();
        client_.reset();
        theme_.reset();
    }

    void aStreamIsShownWhole() {
        select(streaming_);
        QTRY_VERIFY(!view_->film().clusters.empty());
        const StreamFilm& film = view_->film();
        QVERIFY(film.moments.size() > 10);
        QCOMPARE(film.points.size(), std::size_t{2000});
        QCOMPARE(film.levels.size(), std::size_t{2});
        QCOMPARE(film.baselines.size(), std::size_t{2});
        QVERIFY(film.projected);
        QCOMPARE(film.moments.back().centers.size(), std::size_t{25});
        QCOMPARE(film.moments.back().points, 2000.0);
        // The weights of the last moment are the sizes of the clusters.
        for (const StreamCluster& cluster : film.clusters)
            QCOMPARE(film.moments.back().centers[static_cast<std::size_t>(cluster.cluster)].weight,
                     cluster.size);
        QCOMPARE(view_->clusters()->rowCount(), 25);
        QStringList ids;
        for (const CurveSeries& series : view_->cost()->series())
            ids << series.id;
        QCOMPARE(ids, (QStringList{"lloyd", "plus_plus", "run", "optimum"}));
        QVERIFY(view_->readouts()->readouts()[0].secondary.contains(QStringLiteral("optimum")));
    }

    void scrubbingShowsEarlierMoments() {
        select(streaming_);
        QTRY_VERIFY(!view_->film().clusters.empty());
        Transport* transport = view_->transport();
        QCOMPARE(transport->index() + 1, transport->count()); // follows the end
        transport->setIndex(0);
        const PlotTable table = view_->points()->table();
        QCOMPARE(table.rows(), static_cast<int>(view_->film().moments[0].centers.size()));
        QCOMPARE(*table.columns[1].numbers[0], view_->film().moments[0].centers[0].x);
    }

    void batchRunsCountIterations() {
        select(batch_);
        QTRY_VERIFY(!view_->film().clusters.empty());
        QVERIFY(view_->film().levels.empty());
        QVERIFY(!view_->film().projected);
        QCOMPARE(view_->film().moments[0].points, 0.0);
        QCOMPARE(view_->points()->xAxis().title, QStringLiteral("First coordinate"));
    }

    void otherRunsGiveAnEmptyState() {
        view_->setRuns({});
        QCOMPARE(view_->run(), engine::RunId{0});
    }

private:
    engine::RunId execute(const engine::Json& config) {
        const engine::ExperimentKind& kind = engine::kmeans::streamingKmeansKind();
        engine::RunStore store =
            engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        engine::NewRun run;
        run.name = "stream";
        run.kind = kind.id();
        run.config = kind.schema().complete(config);
        run.device = "cpu";
        run.threads = 1;
        run.status = engine::RunStatus::Running;
        run.process = engine::ProcessIdentity::current();
        const engine::RunId id = store.insertRun(run);
        const engine::ExecuteResult result =
            engine::executeRun(path_.toStdString(), id, kind, nullptr);
        if (result.status != engine::RunStatus::Finished)
            qFatal("%s", result.message.c_str());
        return id;
    }

    void select(engine::RunId run) {
        QTRY_VERIFY(watcher_->runs()->indexOf(run) >= 0);
        view_->setRuns({run});
        QTRY_COMPARE(view_->run(), run);
    }

    std::unique_ptr<Theme> theme_;
    std::unique_ptr<QTemporaryDir> folder_;
    QString path_;
    std::unique_ptr<StoreClient> client_;
    std::unique_ptr<RunWatcher> watcher_;
    std::unique_ptr<StreamView> view_;
    engine::RunId streaming_ = 0;
    engine::RunId batch_ = 0;
};

QTEST_MAIN(TestStreamView)
#include "test_stream_view.moc"

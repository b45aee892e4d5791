#include <QtTest>

#include <QComboBox>

#include <QTemporaryDir>

#include <cmath>

#include "engine/experiments/online_ranking/online_ranking_kind.h"
#include "engine/runner/executor.h"
#include "engine/schema/assignments.h"
#include "engine/store/run_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/transport.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/theme.h"
#include "widgets/views/ranking/bump_chart.h"
#include "widgets/views/ranking/figure_list.h"
#include "widgets/views/ranking/online_view.h"
#include "widgets/views/ranking/ridge_plot.h"

using namespace inlay;
using namespace inlay::widgets;

class TestOnlineView : public QObject {
    Q_OBJECT

    std::unique_ptr<Theme> theme_;
    QTemporaryDir folder_;
    std::unique_ptr<engine::RunStore> store_;
    std::unique_ptr<StoreClient> client_;
    std::unique_ptr<RunWatcher> watcher_;
    std::unique_ptr<OnlineView> view_;
    engine::RunId run_ = 0;

    // A real run, not a made-up store.
    engine::RunId play(const std::vector<engine::Assignment>& assignments) {
        const engine::ExperimentKind& kind = engine::online_ranking::onlineRankingKind();
        engine::NewRun fresh;
        fresh.name = "ranking";
        fresh.kind = kind.id();
        fresh.config = kind.schema().complete(
            engine::assign(kind.schema(), engine::Json::object(), assignments).config);
        fresh.device = "cpu";
        fresh.status = engine::RunStatus::Running;
        fresh.process = engine::ProcessIdentity::current();
        const engine::RunId run = store_->insertRun(fresh);
        const auto result =
            engine::executeRun(folder_.filePath("runs.db").toStdString(), run, kind, nullptr);
        return result.status == engine::RunStatus::Finished ? run : 0;
    }

    const CurveSeries* curve(const QString& id) const {
        for (const CurveSeries& one : view_->regret()->series())
            if (one.id == id)
                return &one;
        return nullptr;
    }

private slots:
    void initTestCase() {
        theme_ = std::make_unique<Theme>(*qApp);
        const QString path = folder_.filePath("runs.db");
        store_ = std::make_unique<engine::RunStore>(
            engine::RunStore::open(path.toStdString(), engine::OpenMode::Create));
        run_ = play(
            {{"items", 20}, {"rounds", 2000}, {"replicates", 2}, {"algorithms.rate_grid", true}});
        QVERIFY(run_ != 0);
        client_ = std::make_unique<StoreClient>(path);
        watcher_ = std::make_unique<RunWatcher>(*client_);
        view_ = std::make_unique<OnlineView>(
            ViewContext{client_.get(), watcher_.get(), theme_.get()}, nullptr);
        view_->resize(846, 736);
        view_->show();
        QTRY_VERIFY(watcher_->runs()->indexOf(run_) >= 0);
        view_->setRuns({run_});
        QTRY_VERIFY(view_->transport()->count() > 30);
        QTRY_VERIFY(curve("follow_leader") != nullptr);
        QTRY_VERIFY(!view_->pairs()->isEmpty());
    }

    void cleanupTestCase() {
        view_.reset();
        watcher_.reset();
        client_.reset();
        store_.reset();
        theme_.reset();
    }

    void curvesHaveBandAndBound() {
        QTRY_VERIFY(curve("bound") != nullptr);
        const CurveSeries* anytime = curve("online_rank_anytime");
        QVERIFY(anytime != nullptr);
        QCOMPARE(anytime->points.x.back(), 2000.0);
        QCOMPARE(anytime->band.x.size(), anytime->points.size());
        const CurveSeries* bound = curve("bound");
        QVERIFY(bound->points.y.back() > anytime->points.y.back());
        QVERIFY(anytime->emphasis == Emphasis::Chosen);
        QVERIFY(curve("lower_bound") == nullptr); // not a uniform environment
    }

    // The matrix is the logistic law of the stored scores, most likely first.
    void matrixIsTheLawOfPairs() {
        view_->transport()->setIndex(view_->transport()->count() - 1);
        QTRY_COMPARE(
            view_->bump()->data().rounds[static_cast<std::size_t>(view_->bump()->data().current)],
            std::int64_t{2000});
        const MatrixData& matrix = view_->pairs()->data();
        QCOMPARE(matrix.rows, 20);
        QVERIFY(std::isnan(matrix.values[0]));
        for (int u = 0; u < 20; ++u)
            for (int v = u + 1; v < 20; ++v) {
                const float above = matrix.values[static_cast<std::size_t>(u * 20 + v)];
                const float below = matrix.values[static_cast<std::size_t>(v * 20 + u)];
                QVERIFY(above >= 0.5F);
                QVERIFY(std::abs(above + below - 1) < 1e-5F);
            }
    }

    void scrubbingMovesEverything() {
        view_->transport()->setIndex(5);
        const auto text = [this] {
            for (const FigureList::Row& row : view_->figures()->rows())
                if (row.name.startsWith("bound") && row.name != "bound used")
                    return row.value;
            return QString();
        };
        QTRY_VERIFY(view_->bump()->data().current < 3);
        const QString early = text();
        QVERIFY(!early.isEmpty());
        view_->transport()->setIndex(view_->transport()->count() - 1);
        QTRY_VERIFY(view_->bump()->data().current + 1 ==
                    static_cast<int>(view_->bump()->data().rounds.size()));
        QVERIFY(text() != early);
    }

    void aClickChoosesAnItem() {
        const std::int64_t item = view_->bump()->data().items[4].item;
        emit view_->bump()->itemClicked(item);
        const auto chosen = [this] {
            return view_->positions()->series().empty() ? QString()
                                                        : view_->positions()->series().front().name;
        };
        QTRY_COMPARE(chosen(), QStringLiteral("item %1").arg(item + 1));
        double sum = 0;
        for (const double y : view_->positions()->series().front().points.y)
            sum += y / 2;
        QVERIFY(std::abs(sum - 100) < 1e-6);
    }

    // The ridges of the ten leading items, and that of an item which is none of them.
    void placesAreDistributions() {
        const std::vector<Ridge>& ridges = view_->ridges()->ridges();
        QTRY_COMPARE(ridges.size(), std::size_t(10));
        for (std::size_t row = 0; row < 10; ++row) {
            QCOMPARE(ridges[row].item, view_->bump()->data().items[row].item);
            QCOMPARE(ridges[row].shares.size(), std::size_t(20));
            double sum = 0;
            double mean = 0;
            for (std::size_t place = 0; place < 20; ++place) {
                sum += ridges[row].shares[place];
                mean += static_cast<double>(place + 1) * ridges[row].shares[place];
            }
            QVERIFY(std::abs(sum - 1) < 1e-9);
            // 2,000 drawn rankings have the mean place that the law says.
            QVERIFY2(std::abs(mean - ridges[row].expected) < 0.4, qPrintable(ridges[row].name));
        }
        QCOMPARE(view_->ridges()->table().columns.size(), std::size_t(11));
        // Item 20 is chosen least.
        emit view_->ridges()->itemClicked(19);
        QTRY_COMPARE(ridges.size(), std::size_t(11));
        QCOMPARE(ridges.back().item, std::int64_t{19});
        emit view_->ridges()->itemClicked(ridges.front().item);
        QTRY_COMPARE(ridges.size(), std::size_t(10));
    }

    // A mixture of rates keeps no law of pairs, and says so.
    void anUnknownLawIsSaid() {
        auto* choice = view_->findChild<QComboBox*>();
        for (QComboBox* combo : view_->findChildren<QComboBox*>())
            if (combo->findData("online_rank_grid") >= 0)
                choice = combo;
        const int index = choice->findData("online_rank_grid");
        QVERIFY(index >= 0);
        choice->setCurrentIndex(index);
        QTRY_VERIFY(view_->pairs()->isEmpty());
        choice->setCurrentIndex(choice->findData("permutahedron"));
        QTRY_VERIFY(!view_->pairs()->isEmpty());
        choice->setCurrentIndex(0);
    }

    void otherRunsShowNothing() {
        view_->setRuns({});
        QVERIFY(!view_->regret()->isVisible());
        view_->setRuns({run_});
        QTRY_VERIFY(view_->regret()->isVisible());
    }
};

QTEST_MAIN(TestOnlineView)
#include "test_online_view.moc"

#include <QtTest>

#include <QTemporaryDir>

#include "engine/base/version.h"
#include "tests/widgets/views/sample_store.h"
#include "widgets/plots/curve_plot.h"
#include "widgets/plots/scatter_plot.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/theme.h"
#include "widgets/views/compare/compare_view.h"
#include "widgets/views/compare/curve_panel.h"
#include "widgets/views/compare/difference_model.h"
#include "widgets/views/compare/difference_table.h"
#include "widgets/views/compare/scatter_panel.h"

using namespace inlay;
using namespace inlay::widgets;

namespace {

const CurveSeries* curve(const CurvePlot* plot, engine::RunId first) {
    for (const CurveSeries& one : plot->series())
        if (one.id == QString::number(first))
            return &one;
    return nullptr;
}

const CompareRow* row(const DifferenceModel* model, const std::string& key) {
    for (int i = 0; i < model->rowCount(); ++i)
        if (model->row(i).key == key)
            return &model->row(i);
    return nullptr;
}

QStringList shownKeys(const DifferenceModel* model, CompareRow::Type type) {
    QStringList keys;
    for (int i = 0; i < model->rowCount(); ++i)
        if (model->row(i).type == type)
            keys << QString::fromStdString(model->row(i).key);
    return keys;
}

std::vector<std::pair<double, double>> pairs(const Points& points) {
    std::vector<std::pair<double, double>> all;
    for (std::size_t i = 0; i < points.size(); ++i)
        all.emplace_back(points.x[i], points.y[i]);
    return all;
}

using Known = std::vector<std::pair<std::int64_t, double>>;

} // namespace

class TestCompareView : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { theme_ = std::make_unique<Theme>(*qApp); }
    void cleanupTestCase() { theme_.reset(); }

    void init() {
        theme_->setChoice(ThemeChoice::Light);
        folder_ = std::make_unique<QTemporaryDir>();
        const QString path = folder_->filePath(QStringLiteral("runs.db"));
        store_ = std::make_unique<engine::RunStore>(
            engine::RunStore::open(path.toStdString(), engine::OpenMode::Create));
        client_ = std::make_unique<StoreClient>(path);
        watcher_ = std::make_unique<RunWatcher>(*client_);
        view_ = std::make_unique<CompareView>(
            ViewContext{client_.get(), watcher_.get(), theme_.get()}, nullptr);
        view_->resize(850, 540);
        view_->show();
    }

    void cleanup() {
        view_.reset();
        watcher_.reset();
        client_.reset();
        store_.reset();
    }

    void onlyWhatDiffersIsShown() {
        samples::Wish dense;
        dense.name = "Dense";
        dense.family = "dense";
        samples::Wish other = dense;
        other.name = "Dense fast";
        other.learningRate = 4e-3;
        const auto a = samples::addRun(*store_, dense);
        const auto b = samples::addRun(*store_, other);
        select({a, b});
        QTRY_COMPARE(view_->comparison().groups.size(), std::size_t{2});
        const DifferenceModel* model = view_->differences();
        QCOMPARE(shownKeys(model, CompareRow::Type::Setting), QStringList{"learning_rate"});
        const CompareRow* rate = row(model, "learning_rate");
        QCOMPARE(rate->title, QStringLiteral("Learning rate"));
        QCOMPARE(rate->cells[0].text, QStringLiteral("0.001"));
        QCOMPARE(rate->cells[1].text, QStringLiteral("0.004"));
        QVERIFY(!rate->cells[0].differs && rate->cells[1].differs);
        // Every leaf of the configuration but that one is counted as equal.
        const auto leaves = engine::flatten(samples::config("dense"));
        QCOMPARE(model->equalSettings(), static_cast<int>(leaves.size()) - 1);
        QVERIFY(shownKeys(model, CompareRow::Type::Environment).isEmpty());
        view_->differences()->setShown(ShownRows::All);
        QVERIFY(shownKeys(model, CompareRow::Type::Setting).size() >
                static_cast<qsizetype>(leaves.size()));
        QVERIFY(shownKeys(model, CompareRow::Type::Environment).contains("blas"));
        QVERIFY(view_->sentence().isEmpty());
    }

    void resultsHaveADeltaAgainstTheBaseline() {
        samples::Wish dense;
        dense.name = "Dense";
        dense.family = "dense";
        dense.quality = 0.98;
        dense.stepSeconds = 0.1;
        samples::Wish stl;
        stl.quality = 0.95;
        stl.stepSeconds = 0.05;
        const auto s = samples::addRun(*store_, stl);
        const auto d = samples::addRun(*store_, dense);
        select({s, d});
        QTRY_COMPARE(view_->comparison().groups.size(), std::size_t{2});
        // Without a pinned run the dense one is the measure.
        QCOMPARE(view_->comparison().groups[0].runs[0].id, d);
        const DifferenceModel* model = view_->differences();
        const CompareRow* accuracy = row(model, "test/accuracy");
        QVERIFY(accuracy != nullptr);
        QCOMPARE(accuracy->cells[0].text, QStringLiteral("98.00"));
        QCOMPARE(accuracy->cells[1].text, QStringLiteral("95.00"));
        QCOMPARE(accuracy->cells[1].delta, QStringLiteral("−3.00"));
        QCOMPARE(accuracy->cells[1].tone, Tone::Bad);
        const CompareRow* time = row(model, "time/step_seconds");
        QCOMPARE(time->cells[1].delta, QStringLiteral("−50.0"));
        QCOMPARE(time->cells[1].tone, Tone::Good);
        QCOMPARE(row(model, "speed_up/measured")->cells[1].text, QStringLiteral("2.00×"));
        QCOMPARE(row(model, "speed_up/counted")->cells[1].text, QStringLiteral("1.83×"));
        // The sample's environments differ in the BLAS core.
        QCOMPARE(shownKeys(model, CompareRow::Type::Environment), QStringList{"blas"});
        view_->setBaseline(s);
        QTRY_COMPARE(view_->comparison().groups[0].runs[0].id, s);
        QCOMPARE(row(model, "test/accuracy")->cells[1].delta, QStringLiteral("+3.00"));
        // A pinned run is compared though it is not chosen.
        view_->setRuns({d});
        QTRY_VERIFY(!view_->isBusy());
        QCOMPARE(view_->comparison().runs, std::size_t{2});
    }

    void seedsBecomeOneColumnWithMeanAndBand() {
        const auto runs = std::vector{addKnown("A · seed 1", 1, {{0, 1.0}, {10, 3.0}, {20, 5.0}}),
                                      addKnown("A · seed 2", 2, {{0, 3.0}, {20, 9.0}}),
                                      addKnown("A · seed 3", 3, {{0, 5.0}, {10, 9.0}})};
        const auto other = addKnown("B", 1, {{0, 2.0}, {10, 2.0}, {20, 2.0}}, 7e-3);
        select({runs[2], runs[0], runs[1], other});
        QTRY_COMPARE(view_->comparison().groups.size(), std::size_t{2});
        const ComparedGroup& group = view_->comparison().groups[0];
        QCOMPARE(group.name, QStringLiteral("A"));
        QCOMPARE(group.runs.size(), std::size_t{3});
        QCOMPARE(group.runs[0].seed, 1U);
        const CurvePlot* plot = view_->curves()->plot();
        QCOMPARE(view_->curves()->series(), QStringLiteral("validation/loss"));
        setAxis(CurveAxis::Step);
        const auto id = group.runs[0].id;
        QTRY_VERIFY(curve(plot, id) != nullptr && curve(plot, id)->points.size() == 3 &&
                    curve(plot, id)->points.x.back() == 20);
        // Step 10: 3, 6 (between 3 and 9) and 9; step 20: 5 and 9 of two seeds.
        const std::vector<std::pair<double, double>> mean = {{0, 3}, {10, 6}, {20, 7}};
        QCOMPARE(pairs(curve(plot, id)->points), mean);
        const BandPoints& band = curve(plot, id)->band;
        const double deviation = std::sqrt(8.0); // of 5 and 9
        const std::vector<double> low = {1, 3, 7 - deviation};
        const std::vector<double> high = {5, 9, 7 + deviation};
        QCOMPARE(band.x, (std::vector<double>{0, 10, 20}));
        for (std::size_t i = 0; i < 3; ++i) {
            QVERIFY(std::abs(band.low[i] - low[i]) < 1e-12);
            QVERIFY(std::abs(band.high[i] - high[i]) < 1e-12);
        }
        QVERIFY(curve(plot, other)->band.x.empty());
        CurveOptions options = view_->curves()->options();
        options.band = BandKind::Extremes;
        view_->curves()->setOptions(options);
        QTRY_COMPARE(curve(plot, id)->band.low, (std::vector<double>{1, 3, 5}));
        QCOMPARE(curve(plot, id)->band.high, (std::vector<double>{5, 9, 9}));
        // The file of the curves has what is seen: means and bands, at the zoom that is seen.
        view_->curves()->plot()->flush();
        const QStringList lines = toCsv(plot->table()).split(QLatin1Char('\n'));
        QCOMPARE(lines[0], QStringLiteral("Step,A,\"A, band from\",\"A, band to\",B"));
        QCOMPARE(lines[1], QStringLiteral("0,3,1,5,2"));
        QCOMPARE(lines[3], QStringLiteral("20,7,5,9,2"));
        // Every run by itself.
        view_->setGrouping(RunGrouping::None);
        QTRY_COMPARE(view_->comparison().groups.size(), std::size_t{4});
        QTRY_COMPARE(plot->series().size(), std::size_t{4});
        QVERIFY(plot->series()[0].band.x.empty());
    }

    void membersAreSmoothedBeforeTheirMean() {
        const auto a = addKnown("A · seed 1", 1, {{0, 0.0}, {1, 10.0}, {2, 0.0}, {3, 10.0}});
        const auto b = addKnown("A · seed 2", 2, {{0, 0.0}, {1, 0.0}, {2, 0.0}, {3, 0.0}});
        select({a, b});
        QTRY_COMPARE(view_->comparison().groups.size(), std::size_t{1});
        QVERIFY(view_->sentence().contains("nothing but the seed"));
        setAxis(CurveAxis::Step);
        CurveOptions options = view_->curves()->options();
        options.smoothing = 0.6;
        view_->curves()->setOptions(options);
        const CurvePlot* plot = view_->curves()->plot();
        QTRY_VERIFY(curve(plot, a) != nullptr && curve(plot, a)->raw.size() == 4);
        // Half of the reference values 0, 6.25, 3.0612245, 6.25 of the smoothing.
        const std::vector<double> wanted = {0, 3.125, 1.53061224, 3.125};
        for (std::size_t i = 0; i < 4; ++i)
            QVERIFY(std::abs(curve(plot, a)->points.y[i] - wanted[i]) < 1e-6);
        QCOMPARE(curve(plot, a)->raw.y, (std::vector<double>{0, 5, 0, 5}));
    }

    void axesCountEpochsAndTime() {
        samples::Wish dense;
        dense.family = "dense";
        samples::Wish stl;
        const auto d = samples::addRun(*store_, dense);
        const auto s = samples::addRun(*store_, stl);
        select({d, s});
        const CurvePlot* plot = view_->curves()->plot();
        QTRY_VERIFY(curve(plot, s) != nullptr);
        QCOMPARE(view_->curves()->series(), QStringLiteral("validation/accuracy"));
        // 400 steps are 8 epochs, validated after each.
        QCOMPARE(view_->curves()->options().axis, CurveAxis::Epoch);
        QCOMPARE(curve(plot, s)->points.x, (std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8}));
        setAxis(CurveAxis::Step);
        QTRY_COMPARE(curve(plot, s)->points.x.front(), 49.0);
        setAxis(CurveAxis::Time);
        QTRY_VERIFY(!view_->isBusy());
        const auto started = static_cast<double>(store_->run(s)->startedMs);
        const double first =
            (static_cast<double>(samples::kStartMs) + std::floor(49 * 0.09 * 1000) - started);
        QCOMPARE(curve(plot, s)->points.x[1] - curve(plot, s)->points.x[0], 4.5);
        QCOMPARE(curve(plot, s)->points.x[0], first / 1000);
    }

    void axesCountWorkAndMeasuredTime() {
        samples::Wish dense;
        dense.family = "dense";
        samples::Wish stl;
        stl.stepSeconds = 0.2;
        const auto d = samples::addRun(*store_, dense);
        const auto s = samples::addRun(*store_, stl);
        select({d, s});
        const CurvePlot* plot = view_->curves()->plot();
        QTRY_VERIFY(curve(plot, s) != nullptr);
        setAxis(CurveAxis::Work);
        QTRY_COMPARE(plot->xAxis().title, QStringLiteral("Multiply-adds of training"));
        QTRY_VERIFY(!view_->isBusy());
        for (const engine::RunId run : {d, s}) {
            const auto count = engine::countTraining(
                engine::parseJson(store_->run(run)->config, "the configuration"));
            const Points& points = curve(plot, run)->points;
            const auto unit = plot->xAxis().format.unit == QStringLiteral("G") ? 1e9 : 1e12;
            QCOMPARE(points.size(), std::size_t{8});
            // The first validation comes after 50 steps.
            QVERIFY(std::abs(points.x[0] / (count->ofSteps(50) / unit) - 1) < 1e-12);
            QVERIFY(std::abs(points.x[7] / (count->ofSteps(400) / unit) - 1) < 1e-12);
        }
        QVERIFY(curve(plot, d)->points.x[7] != curve(plot, s)->points.x[7]);
        setAxis(CurveAxis::TrainingTime);
        QTRY_COMPARE(plot->xAxis().title, QStringLiteral("Time in training steps"));
        QTRY_VERIFY(!view_->isBusy());
        // Mean step times wobble by 2 %: 50 steps of 0.09 and 0.2 s.
        QVERIFY(std::abs(curve(plot, d)->points.x[0] / 4.5 - 1) < 0.01);
        QVERIFY(std::abs(curve(plot, s)->points.x[0] / 10 - 1) < 0.01);
        samples::keepPicture(*view_, QStringLiteral("compare-training-time"));
    }

    void runsWithoutDataHaveNoCount() {
        samples::Wish dense;
        dense.family = "dense";
        const auto d = samples::addRun(*store_, dense);
        engine::NewRun fresh;
        fresh.name = "Gone";
        fresh.kind = "train";
        fresh.status = engine::RunStatus::Running;
        fresh.totalSteps = 400;
        fresh.config = samples::config("dense");
        fresh.config["dataset"] = {{"kind", "idx"}, {"path", "/nowhere"}};
        const engine::RunId gone = store_->insertRun(fresh);
        store_->endRun(gone, engine::RunStatus::Finished, {}, {});
        select({d, gone});
        QTRY_COMPARE(view_->comparison().groups.size(), std::size_t{2});
        const auto* box = view_->findChild<QComboBox*>("x axis");
        QVERIFY(box->findData(static_cast<int>(CurveAxis::Epoch)) >= 0);
        QCOMPARE(box->findData(static_cast<int>(CurveAxis::Work)), -1);
        QCOMPARE(box->findData(static_cast<int>(CurveAxis::TrainingTime)), -1);
    }

    void theFrontHoldsWhatNothingBeats() {
        // Accuracy against step time: B is beaten by A in both, D by C in time at equal accuracy.
        const struct {
            const char* name;
            double learningRate;
            double quality;
            double seconds;
        } kRuns[] = {{"A", 1e-3, 0.95, 0.050},
                     {"B", 2e-3, 0.94, 0.060},
                     {"C", 3e-3, 0.98, 0.090},
                     {"D", 4e-3, 0.98, 0.120},
                     {"E", 5e-3, 0.90, 0.020}};
        std::vector<engine::RunId> runs;
        for (const auto& one : kRuns) {
            samples::Wish wish;
            wish.name = one.name;
            wish.learningRate = one.learningRate;
            wish.quality = one.quality;
            wish.stepSeconds = one.seconds;
            wish.steps = 60;
            runs.push_back(samples::addRun(*store_, wish));
        }
        select(runs);
        ScatterPlot* plot = view_->scatter()->plot();
        QTRY_COMPARE(plot->points().size(), std::size_t{5});
        const auto id = [&](int i) {
            return QString::number(runs[static_cast<std::size_t>(i)]);
        };
        QCOMPARE(plot->front(), (QStringList{id(4), id(0), id(2)}));
        QCOMPARE(plot->points()[2].x, 90.0);
        QCOMPARE(plot->points()[2].y, 98.0);
        // A numeric setting has no direction: no front.
        view_->scatter()->setQuantities("learning_rate", "test/accuracy");
        QVERIFY(plot->front().isEmpty());
        QCOMPARE(plot->points()[3].x, 4e-3);
        // A click on a mark chooses the group everywhere.
        emit plot->selectionChanged({id(1)});
        QCOMPARE(plot->selected(), QStringList{id(1)});
    }

    void seedGroupsStandAtTheirMeanWithABar() {
        std::vector<engine::RunId> runs;
        for (int seed = 1; seed <= 3; ++seed) {
            samples::Wish wish;
            wish.name = "A · seed " + std::to_string(seed);
            wish.seed = static_cast<std::uint64_t>(seed);
            wish.quality = 0.90 + 0.02 * seed;
            wish.steps = 60;
            runs.push_back(samples::addRun(*store_, wish));
        }
        samples::Wish dense;
        dense.family = "dense";
        dense.name = "Dense";
        runs.push_back(samples::addRun(*store_, dense));
        select(runs);
        const ScatterPlot* plot = view_->scatter()->plot();
        QTRY_COMPARE(plot->points().size(), std::size_t{2});
        const ScatterPoint& group = plot->points()[1];
        QCOMPARE(group.y, 94.0);
        QVERIFY(group.ySpread && std::abs(group.ySpread->low - 92) < 1e-9 &&
                std::abs(group.ySpread->high - 96) < 1e-9);
        QVERIFY(!plot->points()[0].ySpread);
        const CompareRow* accuracy = row(view_->differences(), "test/accuracy");
        QCOMPARE(accuracy->cells[1].text, QStringLiteral("94.00"));
        QCOMPARE(accuracy->cells[1].spread, QStringLiteral("± 2.00"));
        QCOMPARE(row(view_->differences(), "seed")->cells[1].text, QStringLiteral("1, 2, 3"));
        QVERIFY(toCsv(plot->table()).contains("least"));
    }

    void liveRunsGrow() {
        samples::Wish wish;
        wish.steps = 100;
        wish.status = engine::RunStatus::Running;
        const auto live = samples::addRun(*store_, wish);
        samples::Wish dense;
        dense.family = "dense";
        dense.name = "Dense";
        const auto done = samples::addRun(*store_, dense);
        select({live, done});
        const CurvePlot* plot = view_->curves()->plot();
        QTRY_VERIFY(curve(plot, live) != nullptr && curve(plot, live)->points.size() == 2);
        QVERIFY(view_->sentence().contains("still goes on"));
        samples::addPoints(*store_, live, 1, 100, 200, wish);
        store_->heartbeat(live, {200, 400, 1000});
        QTRY_COMPARE(curve(plot, live)->points.size(), std::size_t{4});
        // Values of a live run are its last ones.
        const CompareRow* accuracy = nullptr;
        QTRY_VERIFY((accuracy = row(view_->differences(), "validation/accuracy")) != nullptr &&
                    accuracy->cells[1].value &&
                    std::abs(*accuracy->cells[1].value -
                             100 * (wish.quality - 0.3 * std::exp(-199 / 80.0))) < 1e-9);
        QCOMPARE(row(view_->differences(), "state")->cells[1].text, QStringLiteral("Running 50 %"));
        // A resumed run drops what its new attempt replaces.
        const int attempt = store_->beginAttempt(live, 120, "resumed at step 120").n;
        samples::addPoints(*store_, live, attempt, 120, 150, wish);
        store_->heartbeat(live, {150, 400, 1000});
        QTRY_COMPARE(curve(plot, live)->points.size(), std::size_t{3});
        store_->endRun(live, engine::RunStatus::Failed, "Out of memory at step 150.", {});
        QTRY_VERIFY(view_->sentence().contains("Out of memory at step 150."));
    }

    void zoomReadsThePartThatIsSeen() {
        Known points;
        for (int step = 0; step < 60'000; ++step)
            points.emplace_back(step, step == 33'333 ? 900.0 : 1.0 + 1e-3 * (step % 7));
        const auto a = addKnown("A", 1, points);
        const auto b = addKnown("B", 1, {{0, 1.0}, {59'999, 2.0}}, 9e-3);
        select({a, b});
        setAxis(CurveAxis::Step);
        CurvePlot* plot = view_->curves()->plot();
        QTRY_VERIFY(curve(plot, a) != nullptr && curve(plot, a)->points.size() > 0 &&
                    !view_->isBusy());
        const Points whole = curve(plot, a)->points;
        QVERIFY(whole.size() < 20'000);
        QCOMPARE(*std::max_element(whole.y.begin(), whole.y.end()), 900.0);
        plot->zoomTo({33'300, 33'400}, {0.5, 1000});
        emit plot->rangeChanged(33'300, 33'400, plot->plotWidth());
        QTRY_VERIFY(!view_->isBusy() && curve(plot, a)->points.size() == 103);
        const Points part = curve(plot, a)->points;
        QCOMPARE(part.y[34], 900.0);
        QCOMPARE(part.x[34], 33'333.0);
    }

    void emptyStatesSayWhatToDo() {
        QCOMPARE(heading(), QStringLiteral("Nothing to compare yet"));
        samples::Wish wish;
        wish.steps = 60;
        const auto run = samples::addRun(*store_, wish);
        select({});
        QTRY_COMPARE(heading(), QStringLiteral("No runs chosen"));
        view_->setRuns({run});
        QTRY_COMPARE(heading(), QStringLiteral("One run is no comparison"));
        // A run that has gone is not compared.
        view_->setRuns({run, 4711});
        QTRY_COMPARE(heading(), QStringLiteral("One run is no comparison"));
        engine::NewRun strange;
        strange.name = "Other";
        strange.kind = "someday";
        strange.config = {{"size", 3}};
        const auto other = store_->insertRun(strange);
        select({run, other});
        QTRY_VERIFY(view_->sentence().contains("different kinds"));
        QVERIFY(view_->sentence().contains("1 run waits in the queue"));
        QCOMPARE(row(view_->differences(), "kind")->cells[0].text,
                 QStringLiteral("Train a network"));
    }

    void theTableIsWrittenAsItIsSeen() {
        samples::Wish dense;
        dense.family = "dense";
        dense.name = "Dense, \"wide\"";
        const auto d = samples::addRun(*store_, dense);
        samples::Wish stl;
        const auto s = samples::addRun(*store_, stl);
        select({d, s});
        QTRY_COMPARE(view_->comparison().groups.size(), std::size_t{2});
        const QString path = folder_->filePath("table.csv");
        view_->writeTable(path);
        QFile file(path);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QStringList lines = QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'));
        QCOMPARE(lines[0], QStringLiteral("Section,Row,\"Dense, \"\"wide\"\"\",ViT STL r 24"));
        QCOMPARE(lines[1], QStringLiteral("Run,Number of the run,%1,%2").arg(d).arg(s));
        QCOMPARE(lines[3],
                 QStringLiteral("Run,Made with,\"Inlay %1, cpu, 2 threads\",\"Inlay %1, cpu, "
                                "2 threads\"")
                     .arg(QString::fromUtf8(engine::version())));
        // Both are as accurate and as fast.
        QVERIFY(lines.filter("Test accuracy").isEmpty());
        QVERIFY(lines.filter("Median step time").isEmpty());
        QVERIFY(lines.filter("Multiply-adds").first().endsWith(",51300000,28100000"));
        QVERIFY_EXCEPTION_THROWN(view_->writeTable("/nowhere/at/all.csv"), engine::Error);
        QVERIFY(view_->differences()->asMarkdown().contains("| --- | --- | --- |"));
    }

    void fiftyRunsStayResponsive() {
        std::vector<engine::RunId> runs;
        for (int i = 0; i < 50; ++i) {
            Known points;
            for (int step = 0; step < 2000; ++step)
                points.emplace_back(step, 1.0 / (step + 1 + i));
            runs.push_back(addKnown("Run " + std::to_string(i), 1, points, 1e-3 + 1e-5 * i));
        }
        // No store access on the GUI thread: it is never away for long.
        qint64 longest = 0;
        QElapsedTimer since;
        QTimer beat;
        connect(&beat, &QTimer::timeout, this, [&] {
            longest = std::max(longest, since.elapsed());
            since.start();
        });
        watcher_->poke();
        QTRY_VERIFY(watcher_->runs()->indexOf(runs.back()) >= 0);
        since.start();
        beat.start(5);
        view_->setRuns(runs);
        QTRY_VERIFY(view_->curves()->plot()->series().size() == 50 && !view_->isBusy());
        QTest::qWait(300);
        beat.stop();
        QCOMPARE(view_->differences()->columnCount(), 51);
        auto* table = view_->findChild<DifferenceTable*>();
        QVERIFY(table->hasFrozenColumns());
        table->horizontalScrollBar()->setValue(900);
        QVERIFY(view_->comparison().groups[0].style != view_->comparison().groups[1].style);
        samples::keepPicture(*view_, QStringLiteral("compare-fifty"));
        qInfo("longest pause of the GUI thread: %lld ms", static_cast<long long>(longest));
        QVERIFY2(longest < 1000, qPrintable(QString::number(longest)));
    }

    void looksRightInBothThemes_data() {
        QTest::addColumn<int>("choice");
        QTest::addColumn<QSize>("size");
        for (const QSize& size : {QSize(848, 520), QSize(1600, 1000)})
            for (const ThemeChoice choice : {ThemeChoice::Light, ThemeChoice::Dark})
                QTest::addRow("%dx%d-%s", size.width(), size.height(),
                              choice == ThemeChoice::Light ? "light" : "dark")
                    << static_cast<int>(choice) << size;
    }

    void looksRightInBothThemes() {
        QFETCH(int, choice);
        QFETCH(QSize, size);
        theme_->setChoice(static_cast<ThemeChoice>(choice));
        std::vector<engine::RunId> runs;
        const struct {
            const char* family;
            const char* name;
            double quality;
            double seconds;
        } kFamilies[] = {{"dense", "Dense", 0.9852, 0.0983},
                         {"stl", "STL r 24", 0.9824, 0.0904},
                         {"two_four", "2:4, SR-STE", 0.9831, 0.1013},
                         {"low_rank", "Low rank 64", 0.9758, 0.0673},
                         {"block_diagonal", "Monarch 4", 0.9811, 0.0768}};
        for (const auto& family : kFamilies)
            for (int seed = 1; seed <= 3; ++seed) {
                samples::Wish wish;
                wish.name = std::string(family.name) + " · seed " + std::to_string(seed);
                wish.family = family.family;
                wish.seed = static_cast<std::uint64_t>(seed);
                wish.quality = family.quality + 0.0012 * (seed - 2);
                wish.stepSeconds = family.seconds * (1 + 0.01 * (seed - 2));
                runs.push_back(samples::addRun(*store_, wish));
            }
        samples::Wish live;
        live.name = "STL r 16";
        live.steps = 250;
        live.learningRate = 2e-3;
        live.status = engine::RunStatus::Running;
        runs.push_back(samples::addRun(*store_, live));
        live.name = "Butterfly";
        live.family = "butterfly";
        live.steps = 120;
        live.status = engine::RunStatus::Failed;
        live.message = "Out of memory at step 120.";
        runs.push_back(samples::addRun(*store_, live));
        view_->resize(size);
        select(runs);
        QTRY_COMPARE(view_->comparison().groups.size(), std::size_t{7});
        QTRY_VERIFY(view_->curves()->plot()->series().size() == 7 && !view_->isBusy());
        QCOMPARE(view_->secondCurves()->isVisible(), size.width() > 1200);
        if (view_->secondCurves()->isVisible())
            QVERIFY(view_->secondCurves()->series() != view_->curves()->series());
        QTest::qWait(300);
        QCOMPARE(samples::clippedTexts(*view_), QStringList());
        QCOMPARE(samples::namelessControls(*view_), QStringList());
        for (const QToolButton* button : view_->findChildren<QToolButton*>())
            QVERIFY(!button->isVisible() || !button->toolTip().isEmpty());
        samples::keepPicture(*view_, QStringLiteral("compare-") +
                                         QString::fromLatin1(QTest::currentDataTag()));
    }

private:
    /// A finished run of kind "train" with these points of "validation/loss".
    engine::RunId addKnown(const std::string& name, std::uint64_t seed, const Known& points,
                           double learningRate = 1e-3) {
        engine::NewRun fresh;
        fresh.name = name;
        fresh.kind = "train";
        fresh.status = engine::RunStatus::Running;
        fresh.seed = seed;
        fresh.device = "cpu";
        fresh.totalSteps = 400;
        fresh.config = samples::config("dense", learningRate);
        const engine::RunId run = store_->insertRun(fresh);
        const int attempt = store_->beginAttempt(run, 0, "start").n;
        engine::SeriesWriter writer(*store_, run, attempt);
        for (const auto& [step, value] : points)
            writer.add("validation/loss", step, value, samples::kStartMs + step);
        writer.commit();
        store_->endRun(run, engine::RunStatus::Finished, {}, {{"test/accuracy", 0.9}});
        return run;
    }

    void setAxis(CurveAxis axis) {
        auto* box = view_->findChild<QComboBox*>("x axis");
        QVERIFY(box != nullptr);
        box->setCurrentIndex(box->findData(static_cast<int>(axis)));
        emit box->activated(box->currentIndex());
    }

    void select(const std::vector<engine::RunId>& runs) {
        watcher_->poke();
        for (const engine::RunId run : runs)
            QTRY_VERIFY(watcher_->runs()->indexOf(run) >= 0);
        view_->setRuns(runs);
    }

    QString heading() const {
        for (const QLabel* label : view_->findChildren<QLabel*>())
            if (label->isVisible() && label->property("role") == QStringLiteral("title"))
                return label->text();
        return {};
    }

    std::unique_ptr<Theme> theme_;
    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<engine::RunStore> store_;
    std::unique_ptr<StoreClient> client_;
    std::unique_ptr<RunWatcher> watcher_;
    std::unique_ptr<CompareView> view_;
};

QTEST_MAIN(TestCompareView)
#include "test_compare_view.moc"

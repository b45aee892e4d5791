#include <QtTest>

#include <cmath>

#include <QAbstractItemModelTester>
#include <QTemporaryDir>
#include <QUndoStack>

#include "engine/experiments/catalog.h"
#include "engine/store/run_store.h"
#include "widgets/runs/run_arrangement.h"
#include "widgets/runs/run_edits.h"
#include "widgets/runs/run_table_model.h"
#include "widgets/runs/run_table_view.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"

using namespace inlay;
using namespace inlay::widgets;

namespace {

struct Sample {
    const char* name;
    const char* family;
    int seed;
    double accuracy;
    double stepSeconds;
};

constexpr Sample kSamples[] = {{"Dense · seed 1", "dense", 1, 0.98, 0.100},
                               {"Dense · seed 2", "dense", 2, 0.97, 0.110},
                               {"STL · seed 1", "stl", 1, 0.96, 0.050},
                               {"STL · seed 2", "stl", 2, 0.99, 0.055},
                               {"Butterfly", "butterfly", 1, 0.90, 0.200}};

} // namespace

class TestRunTable : public QObject {
    Q_OBJECT

private slots:
    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        path_ = folder_->filePath(QStringLiteral("runs.db"));
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::Create);
        ids_.clear();
        project_ = store.findOrMakeProject("P", "/p.inlay.json");
        for (const Sample& sample : kSamples) {
            engine::NewRun run;
            run.project = project_;
            run.name = sample.name;
            run.kind = "train";
            run.seed = static_cast<std::uint64_t>(sample.seed);
            run.device = "cpu";
            run.groupKey = "g";
            run.status = engine::RunStatus::Running;
            run.config = {{"network", {{"width", 96}, {"operator", {{"kind", sample.family}}}}}};
            ids_.push_back(store.insertRun(run));
            store.endRun(
                ids_.back(), engine::RunStatus::Finished, {},
                {{"test/accuracy", sample.accuracy}, {"time/step_seconds", sample.stepSeconds}});
        }
        table_ = std::make_shared<engine::RunTable>();
        auto fresh = std::make_shared<engine::RunTable>();
        fresh->refresh(store);
        table_ = fresh;
        catalog_ = std::make_shared<RunColumnCatalog>(std::vector<const engine::ExperimentKind*>());
    }

    void columnsKeepTheirNamesInSettings() {
        for (const RunColumnId& column : catalog_->available(*table_))
            QCOMPARE(runColumnFrom(textOf(column)), column);
        QCOMPARE(runColumnFrom(QStringLiteral("nonsense")), RunColumnId());
    }

    void missingValuesComeLastInBothOrders() {
        RunWish wish;
        wish.sortBy = {RunField::Metric, "test/accuracy"};
        for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
            wish.order = order;
            const RunArrangement made = arrangeRuns(table_, wish);
            QCOMPARE(made.nodes.size(), std::size_t{5});
            const double first = made.cell(made.nodes.front(), wish.sortBy).number;
            QCOMPARE(first, order == Qt::AscendingOrder ? 0.90 : 0.99);
        }
        wish.sortBy = {RunField::Metric, "no/such"};
        QCOMPARE(arrangeRuns(table_, wish).nodes.size(), std::size_t{5});
    }

    void speedUpIsAgainstTheDenseTwinOfTheSameSeed() {
        const RunArrangement made = arrangeRuns(table_, {});
        const auto speed = [&](std::size_t sample) {
            return made.speedUps[static_cast<std::size_t>(table_->indexOf(ids_[sample]))];
        };
        QCOMPARE(speed(0), 1.0);
        QCOMPARE(speed(2), 0.100 / 0.050);
        QCOMPARE(speed(3), 0.110 / 0.055);
        QCOMPARE(speed(4), 0.100 / 0.200);
    }

    // A converted run is measured against the one it came from, unless its steps do other work.
    void speedUpOfAConvertedRun() {
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        const auto converted = [&](int width, const char* device, engine::RunId parent) {
            engine::NewRun run;
            run.project = project_;
            run.name = "converted";
            run.kind = "train";
            run.seed = 9;
            run.device = device;
            run.parentRun = parent;
            run.status = engine::RunStatus::Running;
            run.config = {{"learning_rate", 1e-4},
                          {"network", {{"width", width}, {"operator", {{"kind", "stl"}}}}}};
            const engine::RunId id = store.insertRun(run);
            store.endRun(id, engine::RunStatus::Finished, {}, {{"time/step_seconds", 0.025}});
            return id;
        };
        const engine::RunId same = converted(96, "cpu", ids_[0]);
        const engine::RunId wider = converted(128, "cpu", ids_[0]);
        const engine::RunId elsewhere = converted(96, "cuda:0", ids_[0]);
        const engine::RunId ofStl = converted(96, "cpu", ids_[2]);
        auto table = std::make_shared<engine::RunTable>();
        table->refresh(store);
        const RunArrangement made = arrangeRuns(std::shared_ptr<const engine::RunTable>(table), {});
        const auto speed = [&](engine::RunId run) {
            return made.speedUps[static_cast<std::size_t>(table->indexOf(run))];
        };
        QCOMPARE(speed(same), 0.100 / 0.025);
        QVERIFY(std::isnan(speed(wider)));
        QVERIFY(std::isnan(speed(elsewhere)));
        QVERIFY(std::isnan(speed(ofStl)));
    }

    void seedsMakeGroupsWithMeans() {
        RunWish wish;
        wish.grouping = RunGrouping::Seeds;
        wish.sortBy = {RunField::Accuracy, {}};
        const RunArrangement made = arrangeRuns(table_, wish);
        QCOMPARE(made.nodes.size(), std::size_t{3});
        QCOMPARE(made.cell(made.nodes[0], {RunField::Accuracy, {}}).number, (0.98 + 0.97) / 2);
        QCOMPARE(made.cell(made.nodes[0], {RunField::Name, {}}).text, QStringLiteral("Dense"));
        QCOMPARE(made.shown, std::size_t{5});
    }

    void runsOfOneMillisecondKeepTheirOrder() {
        engine::RunTable table;
        const QTemporaryDir folder;
        auto store = engine::RunStore::open(folder.filePath("sweep.db").toStdString(),
                                            engine::OpenMode::Create);
        std::vector<engine::RunId> ids;
        store.transaction([&] {
            for (int i = 0; i < 40; ++i) {
                engine::NewRun run;
                run.name = "run " + std::to_string(i);
                run.kind = "train";
                ids.push_back(store.insertRun(run));
            }
        });
        table.refresh(store);
        RunWish wish;
        wish.sortBy = {RunField::Created, {}};
        const auto shared = std::make_shared<const engine::RunTable>(table);
        for (const Qt::SortOrder order : {Qt::DescendingOrder, Qt::AscendingOrder}) {
            wish.order = order;
            std::vector<engine::RunId> seen;
            for (const RunNode& node : arrangeRuns(shared, wish).nodes)
                seen.push_back(shared->row(node.rows.front()).id);
            if (order == Qt::DescendingOrder)
                std::reverse(seen.begin(), seen.end());
            QCOMPARE(seen, ids);
        }
    }

    void theBaselineStaysFirstWhateverTheQuery() {
        RunWish wish;
        wish.baseline = ids_[1];
        wish.query = engine::parseRunQuery("operator:stl").query;
        const RunArrangement made = arrangeRuns(table_, wish);
        QVERIFY(made.startsWithBaseline);
        QCOMPARE(made.table->row(made.nodes.front().rows.front()).id, ids_[1]);
        QCOMPARE(made.nodes.size(), std::size_t{3});
    }

    void theModelHoldsUnderEveryChange() {
        RunTableModel model(catalog_);
        const QAbstractItemModelTester tester(
            &model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setRuns(table_);
        QTRY_COMPARE(model.rowCount(), 5);
        model.setGrouping(RunGrouping::Seeds);
        QTRY_COMPARE(model.rowCount(), 3);
        model.setBaseline(ids_[0]);
        model.setDifferences(RunTableModel::Differences::Shown);
        QTRY_COMPARE(model.columnCount(), 4);
        QCOMPARE(model.rowCount(model.index(0, 0)), 2);
        QVERIFY(model.isDifference(2));
        QCOMPARE(model.setQuery(QStringLiteral("operator:stl")), QString());
        QTRY_COMPARE(model.rowCount(), 2);
        const QModelIndex difference = model.index(1, 2);
        // Mean of 0.96 and 0.99 against the pinned 0.98.
        QCOMPARE(difference.data().toString(), QStringLiteral("−0.50"));
        model.setGrouping(RunGrouping::None);
        QTRY_COMPARE(model.rowCount(), 3);
        QVERIFY(!model.setQuery(QStringLiteral("accuracy>")).isEmpty());
        QCOMPARE(model.setQuery({}), QString());
        model.setColumns({{RunField::Parameter, "network.width"}, {RunField::Tags, {}}});
        QTRY_COMPARE(model.rowCount(), 5);
        QCOMPARE(model.index(2, 1).data().toString(), QStringLiteral("96"));
        model.sort(0, Qt::AscendingOrder);
        QTRY_COMPARE(model.index(1, 0).data().toString(), QStringLiteral("Butterfly"));
    }

    // Each run by what its kind is judged by; the title says it where that is the same for all.
    void resultsAreThoseOfTheKind() {
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        const engine::ProjectId lab = store.findOrMakeProject("Lab", "/lab.inlay.json");
        engine::NewRun run;
        run.project = lab;
        run.kind = "bench";
        run.name = "Lab";
        run.status = engine::RunStatus::Running;
        const engine::RunId bench = store.insertRun(run);
        store.endRun(bench, engine::RunStatus::Finished, {},
                     {{"speedup/forward/stl", 3.4}, {"speedup/best", 28.0}, {"cells", 3.0}});
        run.name = "unfinished";
        const engine::RunId unfinished = store.insertRun(run);
        auto table = std::make_shared<engine::RunTable>();
        table->refresh(store);
        RunTableModel model(std::make_shared<RunColumnCatalog>(engine::experimentKinds()));
        const auto title = [&](int section) {
            return model.headerData(section, Qt::Horizontal, Qt::DisplayRole).toString();
        };
        const auto result = [&](engine::RunId of) {
            return model.indexOf(of).siblingAtColumn(1).data().toString();
        };
        model.setRuns(table);
        QTRY_COMPARE(model.rowCount(), 7);
        QCOMPARE(title(1), QStringLiteral("Result"));
        QCOMPARE(result(ids_[0]), QStringLiteral("98.00 %"));
        QCOMPARE(result(bench), QStringLiteral("28.00×"));
        QCOMPARE(result(unfinished), QStringLiteral("–"));
        QVERIFY(model.indexOf(bench)
                    .data(Qt::ToolTipRole)
                    .toString()
                    .contains("Best speed-up: 28.00×"));
        QCOMPARE(title(2), QStringLiteral("Speed-up"));
        model.setProject(lab);
        QTRY_COMPARE(model.rowCount(), 2);
        QCOMPARE(title(1), QStringLiteral("Best speed-up"));
        QCOMPARE(result(bench), QStringLiteral("28.00×"));
        // None has a dense twin.
        QCOMPARE(title(2), QStringLiteral("Duration"));
        model.setProject(project_);
        QTRY_COMPARE(model.rowCount(), 5);
        QCOMPARE(title(1), QStringLiteral("Acc., %"));
        QCOMPARE(result(ids_[0]), QStringLiteral("98.00"));
        // What a person chose stays, empty or not.
        model.setColumns({{RunField::Result, {}}, {RunField::SpeedUp, {}}});
        model.setProject(lab);
        QTRY_COMPARE(model.rowCount(), 2);
        QCOMPARE(title(2), QStringLiteral("Speed-up"));
    }

    // A reset would close the editor in which a person is typing.
    void theFirstResultIsNoReset() {
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        engine::NewRun run;
        run.project = store.findOrMakeProject("Fresh", "/fresh.inlay.json");
        run.kind = "train";
        run.name = "going on";
        run.status = engine::RunStatus::Running;
        const engine::RunId fresh = store.insertRun(run);
        const auto read = [&] {
            auto table = std::make_shared<engine::RunTable>();
            table->refresh(store);
            return table;
        };
        RunTableModel model(std::make_shared<RunColumnCatalog>(engine::experimentKinds()));
        model.setProject(*run.project);
        model.setRuns(read());
        QTRY_COMPARE(model.rowCount(), 1);
        const auto title = [&] {
            return model.headerData(1, Qt::Horizontal, Qt::DisplayRole).toString();
        };
        QCOMPARE(title(), QStringLiteral("Result"));
        const QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        const QSignalSpy titles(&model, &QAbstractItemModel::headerDataChanged);
        store.endRun(fresh, engine::RunStatus::Finished, {}, {{"test/accuracy", 0.9}});
        model.setRuns(read());
        QTRY_COMPARE(title(), QStringLiteral("Acc., %"));
        QCOMPARE(model.index(0, 1).data().toString(), QStringLiteral("90.00"));
        QCOMPARE(resets.size(), 0);
        QCOMPARE(titles.size(), 1);
    }

    // Of runs that are judged by different metrics a group shows one of them, and sorting keeps
    // what cannot be compared apart.
    void resultsOfGroupsAndOrders() {
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        const auto insert = [&](const char* kind, const char* name, int seed,
                                const engine::Metrics& metrics) {
            engine::NewRun run;
            run.project = project_;
            run.kind = kind;
            run.name = name;
            run.seed = static_cast<std::uint64_t>(seed);
            run.device = "cpu";
            run.config = {{"kind", kind}};
            run.status = engine::RunStatus::Running;
            const engine::RunId id = store.insertRun(run);
            store.endRun(id, engine::RunStatus::Finished, {}, metrics);
            return id;
        };
        const engine::RunId young =
            insert("metric_learning", "M · seed 1", 1, {{"train/loss", 2.3}});
        insert("metric_learning", "M · seed 2", 2, {{"test/nmi", 0.5}, {"train/loss", 2.0}});
        insert("metric_learning", "M · seed 3", 3,
               {{"test/nmi", 0.7}, {"test/knn5_accuracy", 0.95}});
        const engine::RunId ring = insert("active_ranking", "A", 1, {{"regret/active_ring", 0.31}});
        const engine::RunId regret =
            insert("online_ranking", "O", 1, {{"regret/online_rank_anytime", 12.0}});
        auto table = std::make_shared<engine::RunTable>();
        table->refresh(store);
        RunTableModel model(std::make_shared<RunColumnCatalog>(engine::experimentKinds()));
        model.setGrouping(RunGrouping::Seeds);
        model.setRuns(table);
        QTRY_COMPARE(model.rowCount(), 6);
        const auto result = [&](engine::RunId of) {
            QModelIndex at = model.indexOf(of);
            if (at.parent().isValid())
                at = at.parent();
            return at.siblingAtColumn(1).data().toString();
        };
        // One seed alone has the accuracy; the one that has only trained is judged by nothing.
        QCOMPARE(result(young), QStringLiteral("95.00 %"));
        QCOMPARE(model.indexOf(young).siblingAtColumn(1).data().toString(), QStringLiteral("–"));
        // Units are those of the kind.
        QCOMPARE(result(ring), QStringLiteral("0.31"));
        QCOMPARE(result(regret), QStringLiteral("12 positions"));
        // The name of a pattern's member is too wide for a title.
        QCOMPARE(model.setQuery(QStringLiteral("kind:active_ranking")), QString());
        QTRY_COMPARE(model.rowCount(), 1);
        const auto header = [&](int role) {
            return model.headerData(1, Qt::Horizontal, role).toString();
        };
        QCOMPARE(header(Qt::DisplayRole), QStringLiteral("Result"));
        QCOMPARE(header(Qt::ToolTipRole),
                 QStringLiteral("Regret as a share of OPT^, mean · active_ring "
                                "(regret/active_ring)"));
        QCOMPARE(result(ring), QStringLiteral("0.31"));
        QCOMPARE(model.setQuery({}), QString());
        QTRY_COMPARE(model.rowCount(), 6);
        for (const Qt::SortOrder order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
            model.setSort({RunField::Result, {}}, order);
            // Accuracies by their size; then the others, each by itself in either order.
            QTRY_COMPARE(model.index(order == Qt::AscendingOrder ? 0 : 2, 1).data().toString(),
                         QStringLiteral("90.00 %"));
            QStringList shown;
            for (int row = 3; row < model.rowCount(); ++row)
                shown << model.index(row, 1).data().toString();
            QCOMPARE(shown, QStringList({"0.31", "12 positions", "95.00 %"}));
        }
    }

    void differencesAreJudgedByTheMetric() {
        RunTableModel model(catalog_);
        model.setRuns(table_);
        model.setBaseline(ids_[0]);
        model.setDifferences(RunTableModel::Differences::Shown);
        QTRY_COMPARE(model.rowCount(), 5);
        const auto judge = [&](std::size_t sample) {
            const QModelIndex index = model.indexOf(ids_[sample]).siblingAtColumn(2);
            return std::pair(index.data().toString(),
                             index.data(RunTableModel::BetterRole).toInt());
        };
        QCOMPARE(judge(0), std::pair(QString(), 0));
        QCOMPARE(judge(3), std::pair(QStringLiteral("+1.00"), 1));
        QCOMPARE(judge(4), std::pair(QStringLiteral("−8.00"), -1));
    }

    void theSelectionSurvivesNewRows() {
        RunTableModel model(catalog_);
        RunTableView view(&model);
        view.resize(300, 300);
        model.setRuns(table_);
        QTRY_COMPARE(model.rowCount(), 5);
        view.selectRuns({ids_[2], ids_[4]});
        const std::vector<engine::RunId> chosen = view.selectedRuns();
        QCOMPARE(chosen.size(), std::size_t{2});
        auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadWrite);
        engine::NewRun run;
        run.name = "later";
        run.kind = "train";
        store.insertRun(run);
        auto next = std::make_shared<engine::RunTable>(*table_);
        next->refresh(store);
        model.setRuns(next);
        QTRY_COMPARE(model.rowCount(), 6);
        QCOMPARE(view.selectedRuns(), chosen);
    }

    void hundredEditsAndHundredUndosChangeNothing() {
        const auto content = [this] {
            auto store = engine::RunStore::open(path_.toStdString(), engine::OpenMode::ReadOnly);
            QStringList all;
            engine::RunFilter filter;
            filter.bin = engine::RunFilter::Bin::Include;
            for (const engine::RunRecord& run : store.listRuns(filter)) {
                QStringList tags;
                for (const std::string& tag : run.tags)
                    tags << QString::fromStdString(tag);
                all << QStringLiteral("%1|%2|%3|%4|%5|%6")
                           .arg(run.id)
                           .arg(QString::fromStdString(run.name), tags.join(QLatin1Char(',')),
                                QString::fromStdString(run.notes))
                           .arg(run.star)
                           .arg(run.deletedMs != 0);
            }
            all << QString::number(store.project(project_)->baselineRun.value_or(0));
            return all;
        };
        const QStringList before = content();
        StoreClient client(path_);
        QUndoStack stack;
        RunEdits edits(&stack, &client);
        QRandomGenerator random(7);
        QStringList names;
        QStringList notes;
        std::vector<bool> stars(ids_.size());
        std::vector<bool> binned(ids_.size());
        engine::RunId baseline = 0;
        for (const Sample& sample : kSamples) {
            names << QString::fromUtf8(sample.name);
            notes << QString();
        }
        for (int i = 0; i < 100; ++i) {
            const auto at = static_cast<std::size_t>(random.bounded(static_cast<int>(ids_.size())));
            const auto row = static_cast<qsizetype>(at);
            const engine::RunId run = ids_[at];
            const QString text = QStringLiteral("text %1").arg(i);
            switch (random.bounded(6)) {
            case 0:
                edits.rename(run, names[row], text);
                names[row] = text;
                break;
            case 1:
                edits.setNotes(run, notes[row], text);
                notes[row] = text;
                break;
            case 2:
                edits.setStar({{run, stars[at]}}, !stars[at]);
                stars[at] = !stars[at];
                break;
            case 3:
                edits.addTag({run}, text);
                break;
            case 4:
                if (binned[at])
                    edits.restore({run});
                else
                    edits.moveToBin({run});
                binned[at] = !binned[at];
                break;
            default:
                edits.setBaseline(project_, baseline, run);
                baseline = run;
            }
        }
        bool isDone = false;
        client.ask(
            this, [](engine::RunStore&) {}, [&] { isDone = true; });
        QTRY_VERIFY(isDone);
        QVERIFY(content() != before);
        while (stack.canUndo())
            stack.undo();
        isDone = false;
        client.ask(
            this, [](engine::RunStore&) {}, [&] { isDone = true; });
        QTRY_VERIFY(isDone);
        QCOMPARE(content(), before);
    }

private:
    std::unique_ptr<QTemporaryDir> folder_;
    QString path_;
    engine::ProjectId project_ = 0;
    std::vector<engine::RunId> ids_;
    std::shared_ptr<const engine::RunTable> table_;
    std::shared_ptr<const RunColumnCatalog> catalog_;
};

QTEST_MAIN(TestRunTable)
#include "test_run_table.moc"

#include <QtTest>

#include <limits>

#include "engine/store/query_hints.h"
#include "engine/store/run_table.h"
#include "engine/store/series_writer.h"
#include "tests/engine/store/sample_run.h"

using namespace inlay::engine;

class TestRunQuery : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::unique_ptr<RunStore> store_;
    std::map<RunId, std::string> names_;

    std::string namesOf(const std::vector<RunId>& ids) {
        std::string text;
        for (const RunId id : ids)
            text += names_[id];
        return text;
    }

private slots:
    void initTestCase() {
        store_ = std::make_unique<RunStore>(
            RunStore::open(folder_.filePath("q.db").toStdString(), OpenMode::Create));
        const auto insert = [this](const std::string& name, const auto& change) {
            NewRun run = sampleRun(name);
            change(run);
            const RunId id = store_->insertRun(run);
            names_[id] = name;
            return id;
        };
        // a: STL on digits, finished with metrics. b: dense on mnist, series only, last NaN.
        // c: butterfly by a layer rule, failed, starred words in the notes. d: nothing but
        // defaults.
        const RunId a = insert("a", [](NewRun& run) { run.seed = 7; });
        store_->endRun(a, RunStatus::Finished, "", {{"test/accuracy", 0.97}, {"parameters", 5000}});
        const RunId b = insert("b", [](NewRun& run) {
            run.kind = "Puzzle";
            setPath(run.config, "network.operator.kind", "dense");
            setPath(run.config, "network.width", 128);
            setPath(run.config, "dataset.kind", "mnist");
            setPath(run.config, "bias", false);
            run.tags = {"Draft", "x"};
        });
        store_->beginAttempt(b, 0, "start");
        SeriesWriter writer(*store_, b, 1);
        writer.add("test/accuracy", 0, 0.5, 0);
        writer.add("train/loss", 0, std::numeric_limits<double>::quiet_NaN(), 0);
        writer.commit();
        const RunId c = insert("c", [](NewRun& run) {
            setPath(run.config, "network.operator.kind", "dense");
            setPath(run.config, "network.layers",
                    Json::array({{{"match", "blocks.*"}, {"operator", {{"kind", "butterfly"}}}}}));
            setPath(run.config, "keep", "24");
            run.tags = {};
            run.notes = "Wide Layers: see report";
        });
        store_->setStatus(c, RunStatus::Failed, "no memory");
        const RunId d = insert("d", [](NewRun& run) { run.tags = {}; });
        Q_UNUSED(d);
        const RunId binned = insert("binned", [](NewRun&) {});
        store_->moveToBin({&binned, 1});
    }

    // What is misspelled is named beside what the store has.
    void hintsNameWhatNoRunHas() {
        const auto hints = [this](const char* query) {
            std::string text;
            for (const std::string& hint : queryHints(*store_, parseRunQuery(query).query))
                text += (text.empty() ? "" : " | ") + hint;
            return text;
        };
        QCOMPARE(hints("kind:puzle"), std::string("no run is of the kind puzle; there are Puzzle, "
                                                  "train"));
        QCOMPARE(hints("test/acuracy>0.5"),
                 std::string("no run has a parameter or result test/acuracy; near it is "
                             "test/accuracy"));
        QCOMPARE(hints("config.network.widht=3"),
                 std::string("no run has a parameter network.widht; near it is network.width"));
        QCOMPARE(hints("test/accuracy>2"), std::string("no run has such a value of test/accuracy"));
        QCOMPARE(hints("tag:none,no id>1000000"),
                 std::string("no run has the tag none or no; there are Draft, paper, x | no run "
                             "has such a value of id"));
        QCOMPARE(hints("operator:stll"), std::string("no run has a layer of the operator stll"));
        // Each condition is met by some run; together they are too much.
        QCOMPARE(hints("kind:puzzle test/accuracy>0.9"), std::string());
        QCOMPARE(hints("-kind:puzle"), std::string());
    }

    void matches_data() {
        QTest::addColumn<QString>("query");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char* query, const char* expected) {
            QTest::newRow(query) << query << expected;
        };
        row("", "abcd");
        row("kind:train", "acd");
        row("kind:puzzle", "b");
        row("KIND:Train,puzzle", "abcd");
        row("operator:stl", "ad");
        row("operator:butterfly", "c");
        row("operator:dense", "bc");
        row("-operator:dense", "ad");
        row("dataset:digits", "acd");
        row("dataset:mnist", "b");
        row("tag:paper", "a");
        row("tag:draft", "b");
        row("-tag:paper", "bcd");
        row("state:finished", "a");
        row("state:queued,failed", "bcd");
        row("test/accuracy>0.95", "a");
        row("test/accuracy > 0.4", "ab");
        row("test/accuracy<=0.5", "b");
        row("test/accuracy!=0.5", "a");
        row("-test/accuracy>0.95", "bcd");
        row("network.width>=96", "abcd");
        row("network.width>96", "b");
        row("network.width==1.28e2", "b");
        row("config.network.width=96", "acd");
        row("config.test/accuracy>0", "");
        row("network.operator.kind=STL", "ad");
        row("network.operator.kind!=stl", "bc");
        row("bias=true", "acd");
        row("bias=false", "b");
        row("keep=24", "c");
        row("keep=null", "abd");
        row("learning_rate=0.001", "abcd");
        row("train/loss=nan", "b");
        row("train/loss!=nan", "");
        row("train/loss<5", "");
        row("train/loss!=5", "b");
        row("parameters=5000", "a");
        row("parameters<inf", "a");
        row("seed=7", "a");
        row("seed!=7", "bcd");
        row("wide", "c");
        row("LAYERS report", "c");
        row("\"wide layers: see\"", "c");
        row("-wide kind:train tag:paper", "a");
        row("wide nothing", "");
        row("network.operator.kind=\"stl\"", "ad");
        row("unknown.key=1", "");
        row("'; DROP TABLE run; --", "");
    }
    void matches() {
        QFETCH(QString, query);
        QFETCH(QString, expected);
        const ParsedQuery parsed = parseRunQuery(query.toStdString());
        QVERIFY2(parsed.issues.empty(),
                 parsed.issues.empty() ? "" : parsed.issues[0].message.c_str());
        RunFilter filter;
        filter.query = parsed.query;
        std::vector<RunId> ids;
        for (const RunRecord& run : store_->listRuns(filter))
            ids.insert(ids.begin(), run.id);
        QCOMPARE(QString::fromStdString(namesOf(ids)), expected);
        RunTable table;
        table.refresh(*store_);
        ids.clear();
        for (const std::uint32_t row : table.select(parsed.query))
            ids.push_back(table.row(row).id);
        QCOMPARE(QString::fromStdString(namesOf(ids)), expected);
    }

    void refuses_data() {
        QTest::addColumn<QString>("query");
        QTest::addColumn<int>("position");
        QTest::addColumn<QString>("part");
        const auto row = [](const char* query, int position, const char* part) {
            QTest::newRow(query) << query << position << part;
        };
        row("foo:bar", 0, "'foo:' is not a field; allowed are kind:, operator:");
        row("wide foo:bar", 5, "position 6: 'foo:'");
        row("kind:", 5, "a value is missing after 'kind:'");
        row("kind:train,", 11, "a value is missing");
        row("state:done", 6, "'done' is not a state; allowed are queued, running");
        row("test/accuracy>", 14, "a value is missing after '>'");
        row("test/accuracy>abc", 14, "'abc' is not a number; > needs one");
        row("test/accuracy<nan", 14, "'nan' is not a number");
        row("seed=x", 5, "'x' is not a number; seed needs one");
        row("x=>5", 1, "'=>' is not an operator; allowed are = != < <= > >=");
        row(">5", 0, "the name of a parameter or metric is missing before '>'");
        row("name \"open", 5, "the quotation mark is not closed");
        row("x=\"open", 2, "the quotation mark is not closed");
        row("ab\"c\"", 2, "a quotation mark may only begin");
        row("-", 0, "a term is missing after '-'");
    }
    void refuses() {
        QFETCH(QString, query);
        QFETCH(int, position);
        QFETCH(QString, part);
        const ParsedQuery parsed = parseRunQuery(query.toStdString());
        QCOMPARE(parsed.issues.size(), std::size_t{1});
        QCOMPARE(static_cast<int>(parsed.issues[0].position), position);
        const QString message = QString::fromStdString(parsed.issues[0].message);
        QVERIFY2(message.contains(part), qPrintable(message));
        QVERIFY2(message.startsWith(QString("position %1: ").arg(position + 1)),
                 qPrintable(message));
    }

    void allIssuesAtOnce() {
        const ParsedQuery parsed = parseRunQuery("foo:1 kind:train a>b state:x");
        QCOMPARE(parsed.issues.size(), std::size_t{3});
        QCOMPARE(parsed.query.terms().size(), std::size_t{1});
    }

    void tableFollowsTheStore() {
        RunTable table;
        QVERIFY(table.refresh(*store_));
        QVERIFY(!table.refresh(*store_));
        QCOMPARE(table.rowCount(), std::size_t{4});
        const auto metric = [](const RunTable& t, RunId run, const char* key) {
            const RunColumn* column = t.column(RunColumn::Source::Metric, key);
            const auto row = static_cast<std::size_t>(t.indexOf(run));
            return column && column->cells[row] == RunColumn::Cell::Number
                       ? std::optional(column->numbers[row])
                       : std::nullopt;
        };
        const RunId id = store_->insertRun(sampleRun("e"));
        store_->setMetrics(id, {{"test/accuracy", 0.25}, {"new", 1.0}});
        const RunTable before = table;
        QVERIFY(table.refresh(*store_));
        QCOMPARE(table.rowCount(), std::size_t{5});
        QCOMPARE(*metric(table, id, "new"), 1.0);
        QCOMPARE(before.rowCount(), std::size_t{4});
        QVERIFY(!before.column(RunColumn::Source::Metric, "new"));
        QCOMPARE(before.column(RunColumn::Source::Metric, "test/accuracy")->cells.size(),
                 std::size_t{4});
        // A resumed run has lost its final metrics; a live series takes their place.
        store_->setStatus(id, RunStatus::Stopped);
        QVERIFY(store_->claimForResume(id, ProcessIdentity::current()));
        const AttemptRecord attempt = store_->beginAttempt(id, 0, "start");
        SeriesWriter writer(*store_, id, attempt.n);
        writer.add("test/accuracy", 3, 0.75, 0);
        writer.commit();
        store_->addTag(id, "late");
        store_->rename(id, "renamed");
        QVERIFY(table.refresh(*store_));
        QCOMPARE(*metric(table, id, "test/accuracy"), 0.75);
        QVERIFY(!metric(table, id, "new"));
        const auto row = static_cast<std::size_t>(table.indexOf(id));
        QCOMPARE(table.row(row).name, std::string("renamed"));
        QCOMPARE(table.row(row).tags, (std::vector<std::string>{"late", "paper"}));
        const RunColumn* width = table.column(RunColumn::Source::Parameter, "network.width");
        QCOMPARE(width->numbers[row], 96.0);
        // Out of the middle and back again.
        const RunId second = table.row(1).id;
        store_->moveToBin({&second, 1});
        QVERIFY(table.refresh(*store_));
        QCOMPARE(table.rowCount(), std::size_t{4});
        QCOMPARE(table.indexOf(second), std::ptrdiff_t{-1});
        store_->restore({&second, 1});
        QVERIFY(table.refresh(*store_));
        QCOMPARE(table.indexOf(second), std::ptrdiff_t{1});
        width = table.column(RunColumn::Source::Parameter, "network.width");
        QCOMPARE(width->numbers[1], 128.0);
        store_->setStatus(id, RunStatus::Stopped);
        store_->purge({&id, 1});
        QVERIFY(table.refresh(*store_));
        QCOMPARE(table.indexOf(id), std::ptrdiff_t{-1});
        // Incremental and whole reading agree in every cell.
        RunTable whole;
        whole.refresh(*store_);
        QCOMPARE(whole.rowCount(), table.rowCount());
        for (const auto& column : whole.columns()) {
            const RunColumn* same = table.column(column->source, column->key);
            QVERIFY(same);
            QVERIFY(same->cells == column->cells);
            for (std::size_t i = 0; i < whole.rowCount(); ++i) {
                if (column->cells[i] == RunColumn::Cell::Text)
                    QCOMPARE(table.text(same->texts[i]), whole.text(column->texts[i]));
                else if (column->cells[i] != RunColumn::Cell::Missing)
                    QVERIFY(
                        compareNumbers(same->numbers[i], QueryTerm::Op::Equal, column->numbers[i]));
            }
        }
    }
};

QTEST_GUILESS_MAIN(TestRunQuery)
#include "test_run_query.moc"

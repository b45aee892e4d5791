#include <QtTest>

#include <filesystem>

#include "engine/store/database.h"
#include "engine/store/file_system.h"
#include "engine/store/schema.h"
#include "engine/store/series_reader.h"
#include "engine/store/series_writer.h"
#include "tests/engine/store/sample_run.h"

using namespace inlay::engine;

class TestStoreOpen : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    int files_ = 0;

    std::string newPath() { return folder_.filePath(QString("%1.db").arg(files_++)).toStdString(); }
    RunStore newStore() { return RunStore::open(newPath(), OpenMode::Create); }

private slots:
    void createsAndReopens() {
        const std::string file = newPath();
        RunId id = 0;
        {
            RunStore store = RunStore::open(file, OpenMode::Create);
            id = store.insertRun(sampleRun("one"));
            QVERIFY(store.integrityProblems().empty());
        }
        QCOMPARE(readText(file).substr(68, 4), std::string("INLY"));
        RunStore store = RunStore::open(file, OpenMode::ReadOnly);
        const auto run = store.run(id);
        QVERIFY(run.has_value());
        QCOMPARE(run->name, std::string("one"));
        QCOMPARE(run->status, RunStatus::Queued);
        QCOMPARE(run->tags, std::vector<std::string>{"paper"});
        QCOMPARE(run->uuid.size(), std::size_t{32});
        QCOMPARE(store.projects().at(0).title, std::string("Untitled"));
        QVERIFY(store.isReadOnly());
        QVERIFY(faultOf([&] { store.rename(id, "x"); }).fault == StoreFault::ReadOnly);
        const auto params = store.params(id);
        QCOMPARE(params.size(), std::size_t{8});
        QCOMPARE(params[0].key, std::string("bias"));
        QCOMPARE(params[0].text, std::string("true"));
        QCOMPARE(params[3].key, std::string("learning_rate"));
        QCOMPARE(*params[3].number, 0.001);
        QCOMPARE(params[3].text, std::string("0.001"));
        QCOMPARE(params[7].text, std::string("96"));
    }

    void badStores_data() {
        QTest::addColumn<QString>("content");
        QTest::addColumn<int>("mode");
        QTest::addColumn<int>("fault");
        QTest::addColumn<QString>("part");
        const auto row = [](const char* name, const char* content, OpenMode mode, StoreFault fault,
                            const char* part) {
            QTest::newRow(name) << content << static_cast<int>(mode) << static_cast<int>(fault)
                                << part;
        };
        for (const OpenMode mode : {OpenMode::ReadWrite, OpenMode::ReadOnly}) {
            row("missing", "missing", mode, StoreFault::Missing, "there is no store at ");
            row("empty", "empty", mode, StoreFault::NotAStore, " is not an Inlay store");
        }
        for (const OpenMode mode : {OpenMode::Create, OpenMode::ReadWrite, OpenMode::ReadOnly}) {
            row("text", "text", mode, StoreFault::NotAStore, " is not an Inlay store");
            row("folder", "folder", mode, StoreFault::NotAStore, " is not an Inlay store");
            row("foreign", "foreign", mode, StoreFault::NotAStore, " is not an Inlay store");
        }
        row("newer", "newer", OpenMode::Create, StoreFault::Newer,
            "was written by a newer Inlay (schema 99");
        row("newer", "newer", OpenMode::ReadWrite, StoreFault::Newer, "can be read, not written");
        row("older", "older", OpenMode::ReadOnly, StoreFault::Older, "open it once for writing");
        row("truncated", "truncated", OpenMode::ReadWrite, StoreFault::Damaged, "is damaged");
    }
    void badStores() {
        QFETCH(QString, content);
        QFETCH(int, mode);
        QFETCH(int, fault);
        QFETCH(QString, part);
        const std::string path = newPath();
        if (content == "text")
            writeText(path, std::string(5000, 'x'));
        else if (content == "empty")
            writeText(path, "");
        else if (content == "folder")
            std::filesystem::create_directory(path);
        else if (content == "foreign")
            Database(path, Database::Access::Create, Database::Journal::Wal)
                .execute("CREATE TABLE t(x); INSERT INTO t VALUES(1)");
        else if (content != "missing")
            RunStore::open(path, OpenMode::Create).insertRun(sampleRun("one"));
        if (content == "newer")
            Database(path, Database::Access::ReadWrite, Database::Journal::Wal)
                .execute("PRAGMA user_version=99");
        if (content == "older")
            Database(path, Database::Access::ReadWrite, Database::Journal::Wal)
                .execute("PRAGMA user_version=0");
        if (content == "truncated")
            std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
        const std::string before = content == "folder" ? "" : readText(path);
        const CaughtFault caught = faultOf([&] {
            RunStore store = RunStore::open(path, static_cast<OpenMode>(mode));
            store.integrityProblems();
            store.listRuns();
            store.insertRun(sampleRun("two"));
        });
        QVERIFY2(caught.fault, "nothing was thrown");
        const QString sentence = QString::fromStdString(caught.sentence);
        QCOMPARE(static_cast<int>(*caught.fault), fault);
        QVERIFY2(sentence.contains(part), qPrintable(sentence));
        QVERIFY2(sentence.contains(QString::fromStdString(path)), qPrintable(sentence));
        if (content != "folder" && content != "truncated")
            QVERIFY2(readText(path) == before, "a refused file was changed");
        if (content == "missing")
            QVERIFY(!std::filesystem::exists(path));
    }

    void newerStoreIsReadable() {
        const std::string path = newPath();
        RunStore::open(path, OpenMode::Create).insertRun(sampleRun("one"));
        Database(path, Database::Access::ReadWrite, Database::Journal::Wal)
            .execute("PRAGMA user_version=99");
        RunStore store = RunStore::open(path, OpenMode::ReadOnly);
        QCOMPARE(store.listRuns().size(), std::size_t{1});
        QVERIFY(store.notice().find("newer Inlay") != std::string::npos);
    }

    void oddPathsWork() {
        const std::string path = folder_.filePath("a b/c#d?e%41.db").toStdString();
        RunStore::open(path, OpenMode::Create).insertRun(sampleRun("one"));
        QVERIFY(std::filesystem::exists(path));
        QCOMPARE(RunStore::open(path, OpenMode::ReadOnly).listRuns().size(), std::size_t{1});
    }

    void lockedStore() {
        const std::string path = newPath();
        RunStore store = RunStore::open(path, OpenMode::Create);
        const RunId id = store.insertRun(sampleRun("one"));
        Database other(path, Database::Access::ReadWrite, Database::Journal::Wal);
        QElapsedTimer timer;
        {
            Transaction held(other);
            timer.start();
            const CaughtFault caught = faultOf([&] { store.rename(id, "x"); });
            QVERIFY(caught.fault == StoreFault::Locked);
            QVERIFY(timer.elapsed() >= 4900);
            QVERIFY2(caught.sentence.find("another program has held it for more than 5 s") !=
                         std::string::npos,
                     caught.sentence.c_str());
            QCOMPARE(store.run(id)->name, std::string("one"));
        }
        store.rename(id, "x");
        QCOMPARE(store.run(id)->name, std::string("x"));
    }

    void diskFull() {
        RunStore store = newStore();
        const RunId id = store.insertRun(sampleRun("one"));
        store.beginAttempt(id, 0, "start");
        SeriesWriter writer(store, id, 1);
        Database& database = store.database();
        database.pragma(
            ("max_page_count=" + std::to_string(database.pragma("page_count") + 3)).c_str());
        for (int i = 0; i < 10000; ++i)
            writer.add("x", i, i, i);
        const CaughtFault caught = faultOf([&] { writer.commit(); });
        QVERIFY(caught.fault == StoreFault::DiskFull);
        QVERIFY2(caught.sentence.find("no space is left") != std::string::npos,
                 caught.sentence.c_str());
        QCOMPARE(writer.pendingPoints(), std::size_t{10000});
        QVERIFY(writer.pendingBytes() >= 240000);
        QVERIFY(!database.inTransaction());
        database.pragma("max_page_count=1000000");
        writer.commit();
        SeriesReader reader(store);
        QCOMPARE(reader.find(id, "x")->count, std::int64_t{10000});
        QVERIFY(store.integrityProblems().empty());
    }

    void migratesWithBackup() {
        const std::string path = newPath();
        RunStore::open(path, OpenMode::Create).insertRun(sampleRun("old"));
        std::vector<Migration> steps(migrations().begin(), migrations().end());
        const int first = schemaVersion();
        steps.push_back({first + 1, "ALTER TABLE run ADD COLUMN extra TEXT NOT NULL DEFAULT 'x'"});
        steps.push_back({first + 2, "CREATE TABLE addition(id INTEGER PRIMARY KEY) STRICT"});
        {
            Database database(path, Database::Access::ReadWrite, Database::Journal::Wal);
            migrate(database, steps);
            QCOMPARE(database.pragma("user_version"), std::int64_t{first + 2});
            Statement row = database.prepareOnce("SELECT name, extra FROM run");
            QVERIFY(row.step());
            QCOMPARE(row.text(0), std::string("old"));
            QCOMPARE(row.text(1), std::string("x"));
        }
        const std::string backup = path + ".backup-v" + std::to_string(first);
        QCOMPARE(RunStore::open(backup, OpenMode::ReadOnly).listRuns().at(0).name,
                 std::string("old"));
        // A step that fails leaves the version before it.
        steps.push_back({first + 3, "CREATE TABLE third(id INTEGER); CREATE TABLE addition(id)"});
        Database database(path, Database::Access::ReadWrite, Database::Journal::Wal);
        QVERIFY_EXCEPTION_THROWN(migrate(database, steps), StoreError);
        QCOMPARE(database.pragma("user_version"), std::int64_t{first + 2});
        Statement third =
            database.prepareOnce("SELECT count(*) FROM sqlite_master WHERE name = 'third'");
        third.step();
        QCOMPARE(third.integer(0), std::int64_t{0});
    }

    // Every released schema stays as it was released: a store made from the golden text, brought
    // up to date, has the schema of a new store and keeps its rows.
    void goldenSchemas() {
        const auto schemaOf = [](Database& database) {
            std::string text;
            Statement row = database.prepareOnce(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name");
            while (row.step())
                text += row.text(0) + ";\n";
            return text;
        };
        RunStore fresh = newStore();
        for (int version = 1; version <= schemaVersion(); ++version) {
            const QString golden = QFINDTESTDATA(QString("golden/schema-v%1.sql").arg(version));
            QVERIFY2(!golden.isEmpty(), "the golden schema is missing");
            const std::string path = newPath();
            {
                Database old(path, Database::Access::Create, Database::Journal::Wal);
                old.execute(readText(golden.toStdString()));
                old.execute("PRAGMA application_id=" + std::to_string(kApplicationId) +
                            "; PRAGMA user_version=" + std::to_string(version));
            }
            RunStore store = RunStore::open(path, OpenMode::ReadWrite);
            QCOMPARE(QString::fromStdString(schemaOf(store.database())),
                     QString::fromStdString(schemaOf(fresh.database())));
            store.insertRun(sampleRun("one"));
        }
    }

    void networkFileSystemsLockTheFile() {
        QVERIFY(isNetworkFileSystemType(0x6969));
        QVERIFY(isNetworkFileSystemType(0xff534d42));
        QVERIFY(!isNetworkFileSystemType(0xef53));
        const std::string path = newPath();
        Database database(path, Database::Access::Create, Database::Journal::Rollback);
        migrate(database, migrations());
        {
            Statement mode = database.prepareOnce("PRAGMA journal_mode");
            mode.step();
            QCOMPARE(mode.text(0), std::string("delete"));
        }
        database.run("UPDATE meta SET value = 5");
        Database other(path, Database::Access::ReadWrite, Database::Journal::Rollback);
        Statement row = other.prepareOnce("SELECT value FROM meta");
        row.step();
        QCOMPARE(row.integer(0), std::int64_t{5});
    }
};

QTEST_GUILESS_MAIN(TestStoreOpen)
#include "test_store_open.moc"

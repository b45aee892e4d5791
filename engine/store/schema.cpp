#include "engine/store/schema.h"

#include <array>

#include <fmt/format.h>
#include <unistd.h>

#include "engine/store/database.h"

namespace inlay::engine {
namespace {

constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('change', 0);
CREATE TABLE project(
    id INTEGER PRIMARY KEY, uuid BLOB NOT NULL UNIQUE, title TEXT NOT NULL, path TEXT NOT NULL,
    created_ms INTEGER NOT NULL, notes TEXT NOT NULL DEFAULT '',
    baseline_run INTEGER REFERENCES run(id) ON DELETE SET NULL, UNIQUE(title, path)) STRICT;
CREATE TABLE run(
    id INTEGER PRIMARY KEY AUTOINCREMENT, uuid BLOB NOT NULL UNIQUE,
    project INTEGER NOT NULL REFERENCES project(id),
    name TEXT NOT NULL, kind TEXT NOT NULL, kind_version INTEGER NOT NULL, status TEXT NOT NULL
        CHECK(status IN ('queued', 'running', 'paused', 'finished', 'stopped', 'failed',
                         'diverged', 'lost')),
    created_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL DEFAULT 0,
    ended_ms INTEGER NOT NULL DEFAULT 0, heartbeat_ms INTEGER NOT NULL DEFAULT 0,
    pid INTEGER NOT NULL DEFAULT 0, proc_start INTEGER NOT NULL DEFAULT 0,
    host TEXT NOT NULL DEFAULT '', owner TEXT NOT NULL DEFAULT '',
    parent_run INTEGER REFERENCES run(id) ON DELETE SET NULL,
    group_key TEXT NOT NULL DEFAULT '', seed INTEGER NOT NULL, config_hash TEXT NOT NULL,
    git_commit TEXT NOT NULL DEFAULT '', git_dirty INTEGER NOT NULL DEFAULT 0,
    app_version TEXT NOT NULL, device TEXT NOT NULL, threads INTEGER NOT NULL,
    deleted_ms INTEGER, star INTEGER NOT NULL DEFAULT 0, notes TEXT NOT NULL DEFAULT '',
    project_file TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '',
    flags TEXT NOT NULL DEFAULT '[]', step INTEGER NOT NULL DEFAULT 0,
    total_steps INTEGER NOT NULL DEFAULT 0, eta_ms INTEGER NOT NULL DEFAULT -1,
    changed INTEGER NOT NULL, config TEXT NOT NULL, environment TEXT NOT NULL) STRICT;
CREATE INDEX run_project ON run(project);
CREATE INDEX run_parent ON run(parent_run);
CREATE INDEX run_group ON run(group_key);
CREATE INDEX run_changed ON run(changed);
CREATE INDEX run_deleted ON run(deleted_ms);
CREATE INDEX run_active ON run(status) WHERE status IN ('queued', 'running', 'paused');
CREATE TABLE attempt(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, n INTEGER NOT NULL,
    from_step INTEGER NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL, PRIMARY KEY(run, n)) STRICT, WITHOUT ROWID;
CREATE TABLE key(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE param(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    key INTEGER NOT NULL REFERENCES key(id), type INTEGER NOT NULL, num REAL, text TEXT,
    PRIMARY KEY(run, key)) STRICT, WITHOUT ROWID;
CREATE INDEX param_value ON param(key, num, text);
CREATE TABLE metric(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    key INTEGER NOT NULL REFERENCES key(id), position INTEGER NOT NULL, num REAL,
    bits INTEGER NOT NULL, PRIMARY KEY(run, key)) STRICT, WITHOUT ROWID;
CREATE INDEX metric_value ON metric(key, num);
CREATE TABLE tag(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, tag TEXT NOT NULL,
    PRIMARY KEY(run, tag)) STRICT, WITHOUT ROWID;
CREATE INDEX tag_name ON tag(tag);
CREATE TABLE series(
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    name TEXT NOT NULL, unit TEXT NOT NULL, attempt INTEGER NOT NULL, n INTEGER NOT NULL,
    first_step INTEGER NOT NULL, last_step INTEGER NOT NULL, last_value REAL, min REAL, max REAL,
    min_step INTEGER, max_step INTEGER, first_nonfinite_step INTEGER,
    UNIQUE(run, name)) STRICT;
CREATE TABLE tail(
    series INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE, attempt INTEGER NOT NULL,
    step INTEGER NOT NULL, bits INTEGER NOT NULL, wall_ms INTEGER NOT NULL,
    PRIMARY KEY(series, attempt, step)) STRICT, WITHOUT ROWID;
CREATE TABLE chunk(
    series INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE, attempt INTEGER NOT NULL,
    first_step INTEGER NOT NULL, last_step INTEGER NOT NULL, n INTEGER NOT NULL, vmin REAL,
    vmax REAL, min_step INTEGER, max_step INTEGER, first_nonfinite_step INTEGER,
    first_bits INTEGER NOT NULL, last_bits INTEGER NOT NULL, codec INTEGER NOT NULL,
    crc32c INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY(series, attempt, first_step)) STRICT, WITHOUT ROWID;
CREATE TABLE event(
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    ts_ms INTEGER NOT NULL, level TEXT NOT NULL, text TEXT NOT NULL) STRICT;
CREATE INDEX event_run ON event(run);
CREATE TABLE control(
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    created_ms INTEGER NOT NULL, verb TEXT NOT NULL
        CHECK(verb IN ('pause', 'continue', 'stop', 'set')),
    payload TEXT NOT NULL, taken_ms INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX control_run ON control(run, taken_ms);
CREATE TABLE question(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, n INTEGER NOT NULL,
    given TEXT NOT NULL, payload TEXT NOT NULL, asked_ms INTEGER NOT NULL,
    PRIMARY KEY(run, n, given)) STRICT, WITHOUT ROWID;
CREATE TABLE answer(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, seq INTEGER NOT NULL,
    n INTEGER NOT NULL, payload TEXT NOT NULL, answered_ms INTEGER NOT NULL,
    undone INTEGER NOT NULL, PRIMARY KEY(run, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE frame(
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE,
    name TEXT NOT NULL, attempt INTEGER NOT NULL, step INTEGER NOT NULL, dtype TEXT NOT NULL,
    shape TEXT NOT NULL, codec INTEGER NOT NULL, data BLOB NOT NULL,
    UNIQUE(run, name, attempt, step)) STRICT;
CREATE TABLE result_row(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, name TEXT NOT NULL,
    attempt INTEGER NOT NULL, row INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY(run, name, attempt, row)) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoint(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, attempt INTEGER NOT NULL,
    step INTEGER NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, crc32c INTEGER NOT NULL,
    pinned INTEGER NOT NULL DEFAULT 0, created_ms INTEGER NOT NULL,
    PRIMARY KEY(run, attempt, step)) STRICT, WITHOUT ROWID;
CREATE TABLE artifact(
    run INTEGER NOT NULL REFERENCES run(id) ON DELETE CASCADE, name TEXT NOT NULL,
    path TEXT NOT NULL, step INTEGER NOT NULL, mime TEXT NOT NULL, bytes INTEGER NOT NULL,
    crc32c INTEGER NOT NULL, created_ms INTEGER NOT NULL,
    PRIMARY KEY(run, name)) STRICT, WITHOUT ROWID;
CREATE TABLE worker(
    id INTEGER PRIMARY KEY CHECK(id = 1), pid INTEGER NOT NULL, proc_start INTEGER NOT NULL,
    host TEXT NOT NULL, heartbeat_ms INTEGER NOT NULL, slots INTEGER NOT NULL) STRICT;
)sql";

constexpr std::array<Migration, 1> kMigrations = {{{1, kVersion1}}};

[[noreturn]] void notAStore(const Database& database) {
    throw StoreError(StoreFault::NotAStore,
                     fmt::format("{} is not an Inlay store", database.path()));
}

bool isEmpty(Database& database) {
    Statement tables = database.prepareOnce("SELECT count(*) FROM sqlite_master");
    tables.step();
    return tables.integer(0) == 0 && database.pragma("user_version") == 0 &&
           database.pragma("application_id") == 0;
}

} // namespace

std::span<const Migration> migrations() {
    return kMigrations;
}

int schemaVersion() {
    return kMigrations.back().to;
}

void migrate(Database& database, std::span<const Migration> steps) {
    const int newest = steps.back().to;
    const auto version = [&database] {
        return static_cast<int>(database.pragma("user_version"));
    };
    const bool fresh = isEmpty(database);
    if (fresh && database.access() != Database::Access::Create)
        notAStore(database);
    if (!fresh && database.pragma("application_id") != kApplicationId)
        notAStore(database);
    if (version() > newest)
        throw StoreError(
            StoreFault::Newer,
            fmt::format(
                "the store {} was written by a newer Inlay (schema {}, this one writes {}); "
                "it can be read, not written",
                database.path(), version(), newest));
    database.applyJournal();
    if (version() == newest)
        return;
    if (!fresh) {
        const std::string backup = fmt::format("{}.backup-v{}", database.path(), version());
        const std::string temporary = fmt::format("{}.{}.tmp", backup, ::getpid());
        ::unlink(temporary.c_str());
        database.backupTo(temporary);
        if (::rename(temporary.c_str(), backup.c_str()) != 0)
            throw StoreError(StoreFault::Other, fmt::format("cannot write {}", backup));
    }
    for (const Migration& step : steps) {
        Transaction transaction(database, Transaction::Sync::Full);
        // Read again inside the transaction: another process may have been quicker.
        if (version() >= step.to)
            continue;
        database.execute(step.sql);
        database.execute(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}",
                                     kApplicationId, step.to));
        transaction.commit();
    }
}

void checkReadable(Database& database, int version) {
    if (database.pragma("application_id") != kApplicationId)
        notAStore(database);
    const auto found = database.pragma("user_version");
    if (found < version)
        throw StoreError(StoreFault::Older,
                         fmt::format("the store {} was written by an older Inlay (schema {}, this "
                                     "one reads {}); open it once for writing to bring it up to "
                                     "date",
                                     database.path(), found, version));
}

} // namespace inlay::engine

#include "engine/store/database.h"

#include <cassert>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <thread>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "engine/store/file_system.h"

namespace inlay::engine {
namespace {

StoreFault faultOf(int code, int systemError, const std::string& path) {
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return StoreFault::Locked;
    case SQLITE_FULL:
        return StoreFault::DiskFull;
    case SQLITE_IOERR:
        // SQLite does not say why its shared memory could not grow.
        return systemError == ENOSPC || systemError == EDQUOT || hasNoRoom(path)
                   ? StoreFault::DiskFull
                   : StoreFault::Other;
    case SQLITE_NOTADB:
        return StoreFault::NotAStore;
    case SQLITE_CORRUPT:
        return StoreFault::Damaged;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return StoreFault::ReadOnly;
    default:
        return StoreFault::Other;
    }
}

std::string sentenceFor(StoreFault fault, const std::string& path, const char* text) {
    switch (fault) {
    case StoreFault::Locked:
        return fmt::format("the store {} is locked: another program has held it for more than 5 s",
                           path);
    case StoreFault::DiskFull:
        return fmt::format(
            "the store {} cannot grow: no space is left on its disk; make room there", path);
    case StoreFault::NotAStore:
        return fmt::format("{} is not an Inlay store", path);
    case StoreFault::Damaged:
        return fmt::format("the store {} is damaged; restore a backup of it", path);
    case StoreFault::ReadOnly:
        return fmt::format("the store {} cannot be written: the file is write-protected or was "
                           "opened for reading",
                           path);
    default:
        return fmt::format("the store {} cannot be used: {}", path, text);
    }
}

/// "file:" form with the characters escaped that end a path in a URI.
std::string uriOf(const std::string& path, bool immutable) {
    std::string uri = "file:";
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#')
            uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
        else
            uri += c;
    }
    return immutable ? uri + "?immutable=1" : uri;
}

} // namespace

Statement::Statement(Database& database, sqlite3_stmt* statement, bool cached, std::string_view key)
    : database_(&database)
    , statement_(statement)
    , cached_(cached)
    , key_(key) {}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_)
    , statement_(other.statement_)
    , cached_(other.cached_)
    , key_(other.key_) {
    other.statement_ = nullptr;
}

Statement::~Statement() {
    if (!statement_)
        return;
    if (cached_) {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
        if (database_->idle_.emplace(key_.data(), statement_).second)
            return;
    }
    sqlite3_finalize(statement_);
}

Statement& Statement::bind(int index, std::int64_t value) {
    sqlite3_bind_int64(statement_, index, value);
    return *this;
}

Statement& Statement::bind(int index, double value) {
    sqlite3_bind_double(statement_, index, value);
    return *this;
}

Statement& Statement::bind(int index, std::string_view value) {
    // A null pointer would bind NULL instead of the empty text.
    const char* data = value.data() ? value.data() : "";
    sqlite3_bind_text64(statement_, index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
}

Statement& Statement::bind(int index, std::span<const std::byte> value) {
    if (value.empty())
        sqlite3_bind_zeroblob(statement_, index, 0);
    else
        sqlite3_bind_blob64(statement_, index, value.data(), value.size(), SQLITE_STATIC);
    return *this;
}

Statement& Statement::bind(int index, std::nullopt_t) {
    sqlite3_bind_null(statement_, index);
    return *this;
}

bool Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    database_->fail(code, sqlite3_sql(statement_));
}

void Statement::run() {
    while (step()) {
    }
    sqlite3_reset(statement_);
}

void Statement::reset() {
    sqlite3_reset(statement_);
}

bool Statement::isNull(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
    return sqlite3_column_double(statement_, column);
}

std::string Statement::text(int column) const {
    return std::string(textView(column));
}

std::string_view Statement::textView(int column) const {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (!data)
        return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::span<const std::byte> Statement::blob(int column) const {
    const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<std::int64_t> Statement::optionalInteger(int column) const {
    return isNull(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<double> Statement::optionalReal(int column) const {
    return isNull(column) ? std::nullopt : std::optional(real(column));
}

Database::Database(const std::string& path, Access access, Journal journal)
    : path_(path)
    , access_(access)
    , journal_(journal) {
    struct stat info = {};
    const bool exists = ::stat(path.c_str(), &info) == 0;
    if (!exists && access != Access::Create)
        throw StoreError(StoreFault::Missing, fmt::format("there is no store at {}", path));
    if (exists && !S_ISREG(info.st_mode))
        throw StoreError(StoreFault::NotAStore, fmt::format("{} is not an Inlay store", path));
    try {
        openFile(false);
        try {
            pragma("schema_version");
        } catch (const StoreError&) {
            // A store in a folder that cannot be written has no place for the log's shared memory.
            if (access != Access::ReadOnly || sqlite3_errcode(handle_) == SQLITE_NOTADB ||
                sqlite3_errcode(handle_) == SQLITE_BUSY)
                throw;
            close();
            openFile(true);
            pragma("schema_version");
        }
        execute("PRAGMA foreign_keys=ON; PRAGMA secure_delete=OFF; PRAGMA temp_store=MEMORY; "
                "PRAGMA cache_size=-32768; PRAGMA synchronous=NORMAL;");
    } catch (...) {
        close();
        throw;
    }
}

Database::~Database() {
    close();
}

void Database::openFile(bool immutable) {
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
    if (access_ == Access::ReadOnly)
        flags |= SQLITE_OPEN_READONLY;
    else
        flags |= SQLITE_OPEN_READWRITE | (access_ == Access::Create ? SQLITE_OPEN_CREATE : 0);
    const int code = sqlite3_open_v2(uriOf(path_, immutable).c_str(), &handle_, flags, nullptr);
    if (code != SQLITE_OK)
        fail(code, "open");
    sqlite3_busy_timeout(handle_, kBusyMilliseconds);
}

void Database::close() {
    for (const auto& [key, statement] : idle_)
        sqlite3_finalize(statement);
    idle_.clear();
    sqlite3_close(handle_);
    handle_ = nullptr;
}

Statement Database::prepare(const char* sql) {
    const auto found = idle_.find(sql);
    if (found != idle_.end()) {
        sqlite3_stmt* statement = found->second;
        idle_.erase(found);
        return {*this, statement, true, sql};
    }
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK)
        fail(code, sql);
    return {*this, statement, true, sql};
}

Statement Database::prepareOnce(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr);
    if (code != SQLITE_OK)
        fail(code, sql);
    return {*this, statement, false, {}};
}

void Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        fail(code, sql);
}

std::int64_t Database::pragma(const char* name) {
    Statement statement = prepareOnce(fmt::format("PRAGMA {}", name));
    return statement.step() ? statement.integer(0) : 0;
}

std::int64_t Database::lastInsertId() const {
    return sqlite3_last_insert_rowid(handle_);
}

std::int64_t Database::changes() const {
    return sqlite3_changes64(handle_);
}

bool Database::inTransaction() const {
    return depth_ > 0;
}

void Database::backupTo(const std::string& file) {
    sqlite3* target = nullptr;
    int code =
        sqlite3_open_v2(file.c_str(), &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    if (code == SQLITE_OK) {
        sqlite3_backup* backup = sqlite3_backup_init(target, "main", handle_, "main");
        code = backup ? sqlite3_backup_step(backup, -1) : sqlite3_errcode(target);
        if (backup)
            sqlite3_backup_finish(backup);
    }
    sqlite3_close(target);
    if (code != SQLITE_DONE)
        fail(code, fmt::format("backup to {}", file));
}

void Database::applyJournal() {
    const char* sql =
        journal_ == Journal::Wal ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode=DELETE";
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyMilliseconds);
    // Changing the mode does not call the busy handler when somebody else is changing it too.
    for (;;) {
        sqlite3_stmt* statement = nullptr;
        int code = sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr);
        if (code == SQLITE_OK) {
            code = sqlite3_step(statement);
            if (code == SQLITE_ROW) {
                const auto* mode = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
                const bool wal = mode && std::strcmp(mode, "wal") == 0;
                sqlite3_finalize(statement);
                if (journal_ == Journal::Wal && !wal)
                    journal_ = Journal::Rollback;
                return;
            }
        }
        sqlite3_finalize(statement);
        if ((code & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline)
            fail(code, sql);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

std::int64_t Database::walBytes() const {
    struct stat info = {};
    return ::stat((path_ + "-wal").c_str(), &info) == 0 ? std::int64_t{info.st_size} : 0;
}

bool Database::truncateWal(int waitMilliseconds) {
    if (access_ == Access::ReadOnly || journal_ != Journal::Wal)
        return true;
    sqlite3_busy_timeout(handle_, waitMilliseconds);
    const int code =
        sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(handle_, kBusyMilliseconds);
    if (code == SQLITE_OK)
        return true;
    if ((code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
        return false;
    fail(code, "wal_checkpoint");
}

void Database::fail(int code, std::string_view doing) {
    const int systemError = handle_ ? sqlite3_system_errno(handle_) : 0;
    const char* text = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
    const StoreFault fault = faultOf(code, systemError, path_);
    throw StoreError(fault, sentenceFor(fault, path_, text),
                     fmt::format("SQLite {}: {} ({})", code, text, doing));
}

Transaction::Transaction(Database& database, Sync sync)
    : database_(database)
    , outermost_(database.depth_ == 0)
    , sync_(sync) {
    if (outermost_) {
        if (sync_ == Sync::Full)
            database_.execute("PRAGMA synchronous=FULL");
        try {
            database_.execute(database_.journal_ == Database::Journal::Wal ? "BEGIN IMMEDIATE"
                                                                           : "BEGIN EXCLUSIVE");
        } catch (...) {
            if (sync_ == Sync::Full)
                sqlite3_exec(database_.handle_, "PRAGMA synchronous=NORMAL", nullptr, nullptr,
                             nullptr);
            throw;
        }
    }
    ++database_.depth_;
}

Transaction::~Transaction() {
    if (!open_)
        return;
    // SQLite has already rolled back by itself after some errors.
    if (outermost_ && !sqlite3_get_autocommit(database_.handle_))
        sqlite3_exec(database_.handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    leave();
}

void Transaction::commit() {
    assert(open_);
    if (outermost_)
        database_.execute("COMMIT");
    leave();
}

void Transaction::leave() {
    open_ = false;
    --database_.depth_;
    if (outermost_ && sync_ == Sync::Full)
        sqlite3_exec(database_.handle_, "PRAGMA synchronous=NORMAL", nullptr, nullptr, nullptr);
}

ReadScope::ReadScope(Database& database)
    : database_(database)
    , open_(!database.inTransaction() && sqlite3_get_autocommit(database.handle()) != 0) {
    if (open_)
        database_.execute("BEGIN DEFERRED");
}

ReadScope::~ReadScope() {
    if (open_)
        sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

} // namespace inlay::engine

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/store/store_error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace inlay::engine {

class Database;

/// A prepared statement borrowed from its Database; on destruction it is reset, so that no read
/// transaction outlives it. Columns count from 0, parameters from 1.
class Statement {
public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    Statement& bind(int index, std::int64_t value);
    /// NaN becomes NULL: columns that must keep it hold the bits instead.
    Statement& bind(int index, double value);
    /// Text and blobs are not copied: they must live until the statement is stepped.
    Statement& bind(int index, std::string_view value);
    Statement& bind(int index, std::span<const std::byte> value);
    Statement& bind(int index, std::nullopt_t);
    Statement& bind(int index, int value) { return bind(index, std::int64_t{value}); }
    Statement& bind(int index, const std::string& value) {
        return bind(index, std::string_view(value));
    }
    Statement& bind(int index, const char* value) { return bind(index, std::string_view(value)); }
    template <typename T>
    Statement& bind(int index, const std::optional<T>& value) {
        return value ? bind(index, *value) : bind(index, std::nullopt);
    }
    template <typename... T>
    Statement& bindAll(const T&... values) {
        int index = 0;
        (bind(++index, values), ...);
        return *this;
    }

    /// True while there is a row.
    bool step();
    /// Steps to the end and resets, so that it may be bound and run again.
    void run();
    void reset();

    bool isNull(int column) const;
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string text(int column) const;
    /// Valid until the next step.
    std::string_view textView(int column) const;
    std::span<const std::byte> blob(int column) const;
    std::optional<std::int64_t> optionalInteger(int column) const;
    std::optional<double> optionalReal(int column) const;

private:
    friend class Database;
    Statement(Database& database, sqlite3_stmt* statement, bool cached, std::string_view key);

    Database* database_;
    sqlite3_stmt* statement_;
    bool cached_;
    std::string_view key_;
};

/// One SQLite connection with the settings of the store. Not for use by two threads at a time.
class Database {
public:
    enum class Access { Create, ReadWrite, ReadOnly };
    enum class Journal {
        Wal,
        Rollback ///< for file systems without shared memory: writers lock the file exclusively
    };

    /// Opens the file and proves that it is a database (or empty). Throws StoreError.
    Database(const std::string& path, Access access, Journal journal);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    const std::string& path() const { return path_; }
    Access access() const { return access_; }
    Journal journal() const { return journal_; }

    /// Cached by its text, which must be a literal or outlive the Database.
    Statement prepare(const char* sql);
    /// Not cached, for statements put together at run time.
    Statement prepareOnce(const std::string& sql);
    void execute(const std::string& sql);
    template <typename... T>
    void run(const char* sql, const T&... values) {
        Statement statement = prepare(sql);
        statement.bindAll(values...).run();
    }
    std::int64_t pragma(const char* name);
    std::int64_t lastInsertId() const;
    std::int64_t changes() const;
    bool inTransaction() const;
    /// Online backup of the whole database to a new file.
    void backupTo(const std::string& file);
    /// Switches to the write-ahead log (or the rollback journal) for writers.
    void applyJournal();

    /// Size of the write-ahead log, 0 without one.
    std::int64_t walBytes() const;
    /// Moves the log into the file and empties it; waits for readers and writers at most so long.
    /// False when they did not let go; nothing is lost then.
    bool truncateWal(int waitMilliseconds);

    [[noreturn]] void fail(int code, std::string_view doing);
    sqlite3* handle() const { return handle_; }

    static constexpr int kBusyMilliseconds = 5000;

private:
    friend class Statement;
    friend class Transaction;

    void openFile(bool immutable);
    void close();

    std::string path_;
    Access access_;
    Journal journal_;
    sqlite3* handle_ = nullptr;
    int depth_ = 0;
    std::unordered_map<const char*, sqlite3_stmt*> idle_;
};

/// A write transaction (BEGIN IMMEDIATE; EXCLUSIVE with the rollback journal). One inside another
/// joins it; the outermost decides. Rolls back unless commit() was called.
class Transaction {
public:
    enum class Sync {
        Normal, ///< survives a killed process
        Full    ///< and a power cut; honored on the outermost transaction
    };

    explicit Transaction(Database& database, Sync sync = Sync::Normal);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit();

private:
    void leave();

    Database& database_;
    bool outermost_;
    bool open_ = true;
    Sync sync_;
};

/// A consistent view for several reads; inside a transaction it joins that.
class ReadScope {
public:
    explicit ReadScope(Database& database);
    ~ReadScope();
    ReadScope(const ReadScope&) = delete;
    ReadScope& operator=(const ReadScope&) = delete;

private:
    Database& database_;
    bool open_;
};

} // namespace inlay::engine

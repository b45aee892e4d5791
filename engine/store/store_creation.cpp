#include "engine/store/store_creation.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "engine/store/schema.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {
namespace {

constexpr const char* kCompanions[] = {"-wal", "-shm", "-journal"};

bool exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

/// A database and what SQLite keeps beside it, removed with the object.
class TemporaryStore {
public:
    explicit TemporaryStore(const std::string& path)
        : path_(fmt::format("{}.{}.new", path, detail::hexFromBytes(detail::newUuid()))) {}
    TemporaryStore(const TemporaryStore&) = delete;
    TemporaryStore& operator=(const TemporaryStore&) = delete;
    ~TemporaryStore() {
        std::remove(path_.c_str());
        for (const char* companion : kCompanions)
            std::remove((path_ + companion).c_str());
    }

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// Never replaces a file. False where the file system can do neither.
bool moveIntoPlace(const std::string& from, const std::string& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return true;
    if (errno == EEXIST)
        return true;
    return ::link(from.c_str(), to.c_str()) == 0 || errno == EEXIST;
}

/// The sentence about the store that was wanted, not about the temporary file.
StoreError renamed(const StoreError& error, const std::string& temporary, const std::string& path) {
    std::string sentence = error.what();
    if (const auto at = sentence.find(temporary); at != std::string::npos)
        sentence.replace(at, temporary.size(), path);
    return {error.fault(), sentence, error.detail()};
}

} // namespace

void createStoreFile(const std::string& path, Database::Journal journal) {
    if (exists(path))
        return;
    // The log of a store that is gone would be replayed into the new one; SQLite discards it only
    // when it makes the file itself. Removing it here could hit a store made in the meantime.
    for (const char* companion : kCompanions) {
        if (exists(path + companion))
            return;
    }
    const TemporaryStore temporary(path);
    try {
        Database database(temporary.path(), Database::Access::Create, journal);
        migrate(database, migrations());
        // Only the file itself is moved; closing would pass over a log that does not fit into it.
        if (!database.truncateWal(Database::kBusyMilliseconds))
            throw StoreError(StoreFault::Other,
                             fmt::format("the store {} could not be made", temporary.path()));
    } catch (const StoreError& error) {
        throw renamed(error, temporary.path(), path);
    }
    // Where it cannot be moved, the store is made in place by whoever opens it.
    moveIntoPlace(temporary.path(), path);
}

} // namespace inlay::engine

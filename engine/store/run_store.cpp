#include "engine/store/run_store.h"

#include <filesystem>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/store/file_system.h"
#include "engine/store/schema.h"
#include "engine/store/store_creation.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {
namespace {

Database::Access accessOf(OpenMode mode) {
    switch (mode) {
    case OpenMode::Create:
        return Database::Access::Create;
    case OpenMode::ReadWrite:
        return Database::Access::ReadWrite;
    case OpenMode::ReadOnly:
        return Database::Access::ReadOnly;
    }
    return Database::Access::ReadOnly;
}

void makeParentFolder(const std::string& path) {
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    std::error_code error;
    if (!parent.empty())
        std::filesystem::create_directories(parent, error);
    if (error)
        throw StoreError(StoreFault::Other, fmt::format("cannot make the folder {}: {}",
                                                        parent.string(), error.message()));
}

} // namespace

RunStore RunStore::open(const std::string& path, OpenMode mode) {
    std::error_code error;
    const std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
    if (mode == OpenMode::Create)
        makeParentFolder(absolute);
    const bool network = isOnNetworkFileSystem(absolute);
    const auto journal = network ? Database::Journal::Rollback : Database::Journal::Wal;
    if (mode == OpenMode::Create)
        createStoreFile(absolute, journal);
    auto database = std::make_unique<Database>(absolute, accessOf(mode), journal);
    if (mode == OpenMode::ReadOnly)
        checkReadable(*database, schemaVersion());
    else
        migrate(*database, migrations());
    RunStore store(std::move(database));
    const auto version = store.database_->pragma("user_version");
    if (version > schemaVersion())
        store.notice_ = fmt::format("This store was written by a newer Inlay (schema {}, this one "
                                    "writes {}): reading only.",
                                    version, schemaVersion());
    else if (network)
        store.notice_ = "This store lies on a network file system: writers lock the whole file, so "
                        "live views may lag.";
    return store;
}

RunStore::RunStore(std::unique_ptr<Database> database)
    : database_(std::move(database)) {}

RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;
RunStore::~RunStore() = default;

const std::string& RunStore::path() const {
    return database_->path();
}

bool RunStore::isReadOnly() const {
    return database_->access() == Database::Access::ReadOnly;
}

const std::string& RunStore::notice() const {
    return notice_;
}

std::int64_t RunStore::dataVersion() {
    return database_->pragma("data_version");
}

std::int64_t RunStore::changeNumber() {
    Statement change = database_->prepare("SELECT value FROM meta WHERE key = 'change'");
    return change.step() ? change.integer(0) : 0;
}

void RunStore::transaction(const std::function<void()>& work, Durability durability) {
    Transaction transaction(*database_, durability == Durability::Full ? Transaction::Sync::Full
                                                                       : Transaction::Sync::Normal);
    work();
    transaction.commit();
}

std::int64_t RunStore::walBytes() const {
    return database_->walBytes();
}

bool RunStore::truncateWal() {
    return database_->truncateWal(0);
}

std::vector<std::string> RunStore::integrityProblems() {
    std::vector<std::string> problems;
    Statement check = database_->prepareOnce("PRAGMA integrity_check");
    while (check.step()) {
        if (check.textView(0) != "ok")
            problems.push_back(check.text(0));
    }
    return problems;
}

} // namespace inlay::engine

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/crc32c.h"
#include "engine/store/file_system.h"
#include "engine/store/run_store.h"
#include "engine/store/store_detail.h"
#include "engine/store/store_error.h"

namespace inlay::engine {
namespace {

constexpr std::size_t kCheckpointsKept = 2;

struct FileSum {
    std::int64_t bytes = 0;
    std::uint32_t crc = 0;
};

std::optional<FileSum> sumOf(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return std::nullopt;
    std::vector<char> buffer(1 << 20);
    FileSum sum;
    while (file) {
        file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        const auto n = static_cast<std::size_t>(file.gcount());
        sum.crc = crc32c(std::as_bytes(std::span(buffer.data(), n)), sum.crc);
        sum.bytes += static_cast<std::int64_t>(n);
    }
    if (file.bad())
        return std::nullopt;
    return sum;
}

void makeFolder(const std::string& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error)
        throw StoreError(error == std::errc::no_space_on_device ? StoreFault::DiskFull
                                                                : StoreFault::Other,
                         fmt::format("cannot make the folder {}: {}", folder, error.message()));
}

/// Writes `path` so that it exists either whole or not at all.
FileSum writeWhole(const std::string& path, const RunStore::FileWriter& write) {
    const std::string temporary = path + ".tmp";
    try {
        write(temporary);
        syncToDisk(temporary);
        const auto sum = sumOf(temporary);
        if (!sum)
            throw StoreError(StoreFault::Other, fmt::format("cannot read {} again", temporary));
        if (std::rename(temporary.c_str(), path.c_str()) != 0)
            throw StoreError(StoreFault::Other,
                             fmt::format("cannot write {}: {}", path, std::strerror(errno)));
        syncToDisk(std::filesystem::path(path).parent_path().string());
        return *sum;
    } catch (const Error& error) {
        const bool full = hasNoRoom(temporary);
        std::remove(temporary.c_str());
        if (!full)
            throw;
        throw StoreError(StoreFault::DiskFull,
                         fmt::format("{} cannot be written: no space is left on its disk; make "
                                     "room there",
                                     path),
                         error.what());
    } catch (...) {
        std::remove(temporary.c_str());
        throw;
    }
}

std::vector<CheckpointRecord> readCheckpoints(Database& database, RunId run) {
    std::vector<CheckpointRecord> checkpoints;
    Statement row =
        database.prepare("SELECT attempt, step, path, bytes, crc32c, pinned, created_ms "
                         "FROM checkpoint WHERE run = ? ORDER BY attempt DESC, "
                         "step DESC");
    row.bindAll(run);
    while (row.step())
        checkpoints.push_back({run, static_cast<int>(row.integer(0)), row.integer(1), row.text(2),
                               row.integer(3), static_cast<std::uint32_t>(row.integer(4)),
                               row.integer(5) != 0, row.integer(6)});
    return checkpoints;
}

} // namespace

std::string RunStore::filesRoot() const {
    return path() + ".files";
}

std::string RunStore::filesDirectory(RunId run) {
    Statement row = database_->prepare("SELECT uuid FROM run WHERE id = ?");
    if (!row.bindAll(run).step())
        detail::throwUnknownRun(*database_, run);
    return filesRoot() + "/" + detail::hexFromBytes(row.blob(0));
}

std::string RunStore::absolutePath(const std::string& relative) const {
    if (!staysBelow(relative))
        throw StoreError(StoreFault::Damaged,
                         fmt::format("{} names a file outside of its folder: \"{}\". The store was "
                                     "damaged or made by somebody else; nothing was touched.",
                                     path(), relative));
    return filesRoot() + "/" + relative;
}

CheckpointRecord RunStore::writeCheckpoint(RunId run, int attempt, std::int64_t step,
                                           const FileWriter& write) {
    const std::string folder = filesDirectory(run);
    makeFolder(folder);
    CheckpointRecord record;
    record.run = run;
    record.attempt = attempt;
    record.step = step;
    const std::string name = fmt::format("checkpoint-{}-{}.safetensors", attempt, step);
    record.path = std::filesystem::path(folder).filename().string() + "/" + name;
    const FileSum sum = writeWhole(folder + "/" + name, write);
    record.bytes = sum.bytes;
    record.crc32c = sum.crc;
    record.createdMs = wallMilliseconds();
    std::vector<std::string> dropped;
    {
        Transaction transaction(*database_, Transaction::Sync::Full);
        // Written again, it stays pinned for the fork that named it.
        database_->run("INSERT INTO checkpoint(run, attempt, step, path, bytes, crc32c, pinned, "
                       "created_ms) VALUES(?, ?, ?, ?, ?, ?, 0, ?) "
                       "ON CONFLICT(run, attempt, step) DO UPDATE SET path = excluded.path, "
                       "bytes = excluded.bytes, crc32c = excluded.crc32c, "
                       "created_ms = excluded.created_ms",
                       run, attempt, step, record.path, record.bytes, std::int64_t{record.crc32c},
                       record.createdMs);
        std::size_t kept = 0;
        for (const CheckpointRecord& old : readCheckpoints(*database_, run)) {
            if (old.pinned || kept++ < kCheckpointsKept)
                continue;
            database_->run("DELETE FROM checkpoint WHERE run = ? AND attempt = ? AND step = ?", run,
                           old.attempt, old.step);
            dropped.push_back(absolutePath(old.path));
        }
        transaction.commit();
    }
    // Only after the commit: a row must never name a file that is gone.
    for (const std::string& path : dropped)
        std::remove(path.c_str());
    return record;
}

std::vector<CheckpointRecord> RunStore::checkpoints(RunId run) {
    return readCheckpoints(*database_, run);
}

void RunStore::pinCheckpoint(const CheckpointRecord& checkpoint, Pin pin) {
    Transaction transaction(*database_, Transaction::Sync::Full);
    database_->run("UPDATE checkpoint SET pinned = ? WHERE run = ? AND attempt = ? AND step = ?",
                   pin == Pin::Keep ? 1 : 0, checkpoint.run, checkpoint.attempt, checkpoint.step);
    if (database_->changes() == 0)
        throw StoreError(StoreFault::NotFound,
                         fmt::format("the checkpoint of run {} at step {} is not kept any more",
                                     checkpoint.run, checkpoint.step));
    transaction.commit();
}

bool RunStore::checkpointIsSound(const CheckpointRecord& checkpoint) {
    const auto sum = sumOf(absolutePath(checkpoint.path));
    return sum && sum->bytes == checkpoint.bytes && sum->crc == checkpoint.crc32c;
}

int RunStore::removeStrayFiles(RunId run) {
    const std::string folder = filesDirectory(run);
    std::set<std::string> known;
    for (const CheckpointRecord& checkpoint : checkpoints(run))
        known.insert(absolutePath(checkpoint.path));
    for (const ArtifactRecord& artifact : artifacts(run))
        known.insert(absolutePath(artifact.path));
    std::error_code error;
    std::vector<std::filesystem::path> stray;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.is_regular_file() && known.count(entry.path().string()) == 0)
            stray.push_back(entry.path());
    }
    int removed = 0;
    for (const auto& path : stray)
        removed += std::filesystem::remove(path, error) ? 1 : 0;
    return removed;
}

ArtifactRecord RunStore::writeArtifact(RunId run, const std::string& name, std::int64_t step,
                                       const std::string& mime, const FileWriter& write) {
    if (name.empty() || name.find('/') != std::string::npos || name.front() == '.')
        throw Error(fmt::format("'{}' cannot name an artifact: a plain file name is wanted", name));
    const std::string folder = filesDirectory(run);
    makeFolder(folder);
    ArtifactRecord record;
    record.name = name;
    record.path = std::filesystem::path(folder).filename().string() + "/" + name;
    record.step = step;
    record.mime = mime;
    const FileSum sum = writeWhole(folder + "/" + name, write);
    record.bytes = sum.bytes;
    record.crc32c = sum.crc;
    record.createdMs = wallMilliseconds();
    Transaction transaction(*database_, Transaction::Sync::Full);
    database_->run("INSERT OR REPLACE INTO artifact(run, name, path, step, mime, bytes, crc32c, "
                   "created_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
                   run, name, record.path, step, mime, record.bytes, std::int64_t{record.crc32c},
                   record.createdMs);
    transaction.commit();
    return record;
}

std::vector<ArtifactRecord> RunStore::artifacts(RunId run) {
    std::vector<ArtifactRecord> artifacts;
    Statement row = database_->prepare("SELECT name, path, step, mime, bytes, crc32c, created_ms "
                                       "FROM artifact WHERE run = ? ORDER BY name");
    row.bindAll(run);
    while (row.step())
        artifacts.push_back({row.text(0), row.text(1), row.integer(2), row.text(3), row.integer(4),
                             static_cast<std::uint32_t>(row.integer(5)), row.integer(6)});
    return artifacts;
}

} // namespace inlay::engine

#include <filesystem>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/store/run_store.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {

void RunStore::rename(RunId run, const std::string& name) {
    Transaction transaction(*database_);
    database_->run("UPDATE run SET name = ? WHERE id = ?", name, run);
    detail::touchRun(*database_, run);
    transaction.commit();
}

void RunStore::setCompute(RunId run, const std::string& device, int threads) {
    Transaction transaction(*database_);
    database_->run("UPDATE run SET device = ?, threads = ? WHERE id = ?", device, threads, run);
    detail::touchRun(*database_, run);
    transaction.commit();
}

void RunStore::setNotes(RunId run, const std::string& notes) {
    Transaction transaction(*database_);
    database_->run("UPDATE run SET notes = ? WHERE id = ?", notes, run);
    detail::touchRun(*database_, run);
    transaction.commit();
}

void RunStore::setStar(RunId run, bool star) {
    Transaction transaction(*database_);
    database_->run("UPDATE run SET star = ? WHERE id = ?", star ? 1 : 0, run);
    detail::touchRun(*database_, run);
    transaction.commit();
}

void RunStore::addTag(RunId run, const std::string& tag) {
    Transaction transaction(*database_);
    detail::touchRun(*database_, run);
    database_->run("INSERT OR IGNORE INTO tag(run, tag) VALUES(?, ?)", run, tag);
    transaction.commit();
}

void RunStore::removeTag(RunId run, const std::string& tag) {
    Transaction transaction(*database_);
    detail::touchRun(*database_, run);
    database_->run("DELETE FROM tag WHERE run = ? AND tag = ?", run, tag);
    transaction.commit();
}

void RunStore::moveToBin(std::span<const RunId> runs) {
    Transaction transaction(*database_);
    for (const RunId run : runs) {
        database_->run("UPDATE run SET deleted_ms = ? WHERE id = ? AND deleted_ms IS NULL",
                       wallMilliseconds(), run);
        detail::touchRun(*database_, run);
    }
    transaction.commit();
}

void RunStore::restore(std::span<const RunId> runs) {
    Transaction transaction(*database_);
    for (const RunId run : runs) {
        database_->run("UPDATE run SET deleted_ms = NULL WHERE id = ?", run);
        detail::touchRun(*database_, run);
    }
    transaction.commit();
}

void RunStore::purge(std::span<const RunId> runs) {
    std::vector<std::string> folders;
    {
        Transaction transaction(*database_, Transaction::Sync::Full);
        for (const RunId run : runs) {
            const auto record = this->run(run);
            if (!record)
                detail::throwUnknownRun(*database_, run);
            if (isActive(record->status) && !isLost(*record, wallMilliseconds()))
                throw StoreError(StoreFault::Other,
                                 fmt::format("run {} is {}: stop it before deleting it", run,
                                             nameOf(record->status)));
            folders.push_back(filesDirectory(run));
            // The run's change number moves first, so that snapshots notice that rows are missing.
            detail::touchRun(*database_, run);
            database_->run("DELETE FROM run WHERE id = ?", run);
        }
        transaction.commit();
    }
    for (const std::string& folder : folders) {
        std::error_code error;
        std::filesystem::remove_all(folder, error);
    }
}

} // namespace inlay::engine

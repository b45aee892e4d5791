#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/store/run_store.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {
namespace {

constexpr std::int64_t kSilenceMs = 30000;

void writeStatus(Database& database, RunId run, RunStatus status, const std::string& message) {
    const std::int64_t now = wallMilliseconds();
    const bool ended = hasEnded(status);
    database.run("UPDATE run SET status = ?, message = ?, "
                 "started_ms = CASE WHEN ? AND started_ms = 0 THEN ? ELSE started_ms END, "
                 "ended_ms = ?, eta_ms = CASE WHEN ? THEN -1 ELSE eta_ms END WHERE id = ?",
                 nameOf(status), message, isActive(status) ? 1 : 0, now, ended ? now : 0,
                 ended ? 1 : 0, run);
    detail::touchRun(database, run);
}

void writeMetrics(Database& database, RunId run, const Metrics& metrics) {
    database.run("DELETE FROM metric WHERE run = ?", run);
    int position = 0;
    for (const auto& [name, value] : metrics)
        database.run("INSERT OR REPLACE INTO metric(run, key, position, num, bits) "
                     "VALUES(?, ?, ?, ?, ?)",
                     run, detail::keyId(database, name), position++, value, detail::bitsOf(value));
}

bool processIsLost(const ProcessIdentity& process, std::int64_t heartbeatMs, std::int64_t nowMs) {
    switch (liveness(process)) {
    case Liveness::Alive:
        return false;
    case Liveness::Gone:
        return true;
    case Liveness::Unknown:
        return nowMs - heartbeatMs > kSilenceMs;
    }
    return false;
}

} // namespace

bool isLost(const RunRecord& run, std::int64_t nowMs) {
    if (isActive(run.status))
        return processIsLost(run.process, run.heartbeatMs, nowMs);
    // A queued run has no heartbeat, so on another host nothing tells that its owner is gone.
    return run.status == RunStatus::Queued && !run.owner.empty() &&
           liveness(processFromString(run.owner)) == Liveness::Gone;
}

bool isLost(const WorkerRecord& worker, std::int64_t nowMs) {
    return processIsLost(worker.process, worker.heartbeatMs, nowMs);
}

void RunStore::setStatus(RunId run, RunStatus status, const std::string& message) {
    Transaction transaction(*database_, Transaction::Sync::Full);
    writeStatus(*database_, run, status, message);
    transaction.commit();
}

void RunStore::endRun(RunId run, RunStatus status, const std::string& message,
                      const Metrics& metrics) {
    Transaction transaction(*database_, Transaction::Sync::Full);
    writeMetrics(*database_, run, metrics);
    writeStatus(*database_, run, status, message);
    transaction.commit();
}

void RunStore::setMetrics(RunId run, const Metrics& metrics) {
    Transaction transaction(*database_);
    writeMetrics(*database_, run, metrics);
    detail::touchRun(*database_, run);
    transaction.commit();
}

void RunStore::heartbeat(RunId run, const Progress& progress) {
    Transaction transaction(*database_);
    database_->run("UPDATE run SET heartbeat_ms = ?, step = ?, total_steps = ?, eta_ms = ? "
                   "WHERE id = ?",
                   wallMilliseconds(), progress.step, progress.totalSteps, progress.etaMs, run);
    detail::touchRun(*database_, run);
    transaction.commit();
}

void RunStore::setEnvironment(RunId run, const Json& environment) {
    Transaction transaction(*database_);
    database_->run("UPDATE run SET environment = ? WHERE id = ?", dumpJson(environment), run);
    detail::touchRun(*database_, run);
    transaction.commit();
}

void RunStore::setFlags(RunId run, const std::vector<std::string>& flags) {
    Transaction transaction(*database_);
    database_->run("UPDATE run SET flags = ? WHERE id = ?", dumpJson(Json(flags)), run);
    detail::touchRun(*database_, run);
    transaction.commit();
}

std::vector<RunId> RunStore::markLostRuns() {
    const auto find = [this] {
        std::vector<RunRecord> lost;
        static const std::string sql =
            fmt::format("SELECT {} FROM run r WHERE r.status IN ('queued', 'running', 'paused')",
                        detail::kRunColumnsBrief);
        Statement row = database_->prepare(sql.c_str());
        const std::int64_t now = wallMilliseconds();
        while (row.step()) {
            RunRecord run = detail::runFromRow(row);
            if (isLost(run, now))
                lost.push_back(std::move(run));
        }
        return lost;
    };
    // Nearly always nothing is lost; then no lock is taken.
    if (find().empty())
        return {};
    Transaction transaction(*database_, Transaction::Sync::Full);
    std::vector<RunId> ids;
    for (const RunRecord& run : find()) {
        const bool queued = run.status == RunStatus::Queued;
        writeStatus(*database_, run.id, RunStatus::Lost,
                    queued ? "The program that was to run it has ended."
                           : "The process that ran it is gone.");
        database_->run("UPDATE run SET owner = '' WHERE id = ?", run.id);
        ids.push_back(run.id);
    }
    transaction.commit();
    return ids;
}

} // namespace inlay::engine

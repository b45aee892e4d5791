#include "engine/base/clock.h"
#include "engine/store/run_store.h"
#include "engine/store/series_scan.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {

AttemptRecord RunStore::beginAttempt(RunId run, std::int64_t fromStep, const std::string& reason) {
    Transaction transaction(*database_, Transaction::Sync::Full);
    AttemptRecord attempt;
    attempt.fromStep = fromStep;
    attempt.startedMs = wallMilliseconds();
    attempt.reason = reason;
    {
        Statement newest =
            database_->prepare("SELECT ifnull(max(n), 0) + 1 FROM attempt WHERE run = ?");
        newest.bindAll(run).step();
        attempt.n = static_cast<int>(newest.integer(0));
    }
    database_->run("UPDATE attempt SET ended_ms = ? WHERE run = ? AND ended_ms = 0",
                   attempt.startedMs, run);
    database_->run("INSERT INTO attempt(run, n, from_step, started_ms, reason) "
                   "VALUES(?, ?, ?, ?, ?)",
                   run, attempt.n, fromStep, attempt.startedMs, reason);
    std::vector<SeriesId> ids;
    {
        Statement row = database_->prepare("SELECT id FROM series WHERE run = ?");
        row.bindAll(run);
        while (row.step())
            ids.push_back(row.integer(0));
    }
    const detail::AttemptLimits limits(*database_, run);
    for (const SeriesId id : ids)
        detail::writeSeriesRow(
            *database_, id, attempt.n,
            detail::effectiveStats(*database_, id, limits, attempt.n, detail::NewestTail::Include));
    detail::touchRun(*database_, run);
    transaction.commit();
    return attempt;
}

void RunStore::endAttempt(RunId run, int attempt) {
    Transaction transaction(*database_);
    database_->run("UPDATE attempt SET ended_ms = ? WHERE run = ? AND n = ?", wallMilliseconds(),
                   run, attempt);
    transaction.commit();
}

std::vector<AttemptRecord> RunStore::attempts(RunId run) {
    std::vector<AttemptRecord> attempts;
    Statement row = database_->prepare("SELECT n, from_step, started_ms, ended_ms, reason FROM "
                                       "attempt WHERE run = ? ORDER BY n");
    row.bindAll(run);
    while (row.step())
        attempts.push_back({static_cast<int>(row.integer(0)), row.integer(1), row.integer(2),
                            row.integer(3), row.text(4)});
    return attempts;
}

} // namespace inlay::engine

#include <algorithm>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/version.h"
#include "engine/store/run_store.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {
namespace {

using Leaves = std::vector<std::pair<std::string, Json>>;

/// FNV-1a, 64 bits, over kind, version and the leaves in order of key, so that the order of
/// declaration does not matter.
std::string configHash(const NewRun& run, Leaves leaves) {
    std::sort(leaves.begin(), leaves.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    std::uint64_t hash = 0xcbf29ce484222325u;
    const auto feed = [&hash](std::string_view text) {
        for (const char c : text) {
            hash ^= static_cast<unsigned char>(c);
            hash *= 0x100000001b3u;
        }
        hash *= 0x100000001b3u;
    };
    feed(run.kind);
    feed(std::to_string(run.kindVersion));
    for (const auto& [key, value] : leaves) {
        feed(key);
        feed(dumpJson(value));
    }
    return fmt::format("{:016x}", hash);
}

void insertParams(Database& database, RunId run, const Leaves& leaves) {
    for (const auto& [key, value] : leaves) {
        std::optional<double> number;
        std::string text;
        ParamType type = ParamType::Structure;
        if (value.is_boolean()) {
            type = ParamType::Boolean;
            number = value.get<bool>() ? 1.0 : 0.0;
        } else if (value.is_number()) {
            type = ParamType::Number;
            number = value.get<double>();
        } else if (value.is_string()) {
            type = ParamType::Text;
            text = value.get<std::string>();
        }
        if (type != ParamType::Text)
            text = dumpJson(value);
        const bool keepsText =
            type == ParamType::Text || type == ParamType::Structure || !value.is_number_float();
        database.run(
            "INSERT OR REPLACE INTO param(run, key, type, num, text) VALUES(?, ?, ?, ?, ?)", run,
            detail::keyId(database, key), static_cast<int>(type), number,
            keepsText && type != ParamType::Boolean ? std::optional(text) : std::nullopt);
    }
}

} // namespace

RunId RunStore::insertRun(const NewRun& run) {
    return insertRuns({&run, 1}).front();
}

std::vector<RunId> RunStore::insertRuns(std::span<const NewRun> runs) {
    Transaction transaction(*database_, Transaction::Sync::Full);
    std::vector<RunId> ids;
    for (const NewRun& run : runs) {
        const std::int64_t now = wallMilliseconds();
        const bool active = isActive(run.status);
        const ProcessIdentity process =
            active ? run.process.value_or(ProcessIdentity::current()) : ProcessIdentity{};
        const Leaves leaves = flatten(run.config);
        const std::vector<std::byte> uuid = detail::newUuid();
        database_->run(
            "INSERT INTO run(uuid, project, name, kind, kind_version, status, created_ms, "
            "started_ms, heartbeat_ms, pid, proc_start, host, owner, parent_run, group_key, seed, "
            "config_hash, git_commit, git_dirty, app_version, device, threads, notes, "
            "project_file, flags, total_steps, changed, config, environment) VALUES(?, ?, ?, ?, "
            "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
            std::span<const std::byte>(uuid), run.project ? *run.project : untitledProject(),
            run.name, run.kind, run.kindVersion, nameOf(run.status), now, active ? now : 0,
            active ? now : 0, process.pid, process.procStart, process.host,
            run.owner ? textOf(*run.owner) : std::string(), run.parentRun, run.groupKey,
            static_cast<std::int64_t>(run.seed), configHash(run, leaves), run.gitCommit,
            run.gitDirty ? 1 : 0, version(), run.device, run.threads, run.notes, run.projectFile,
            dumpJson(run.flags), run.totalSteps, dumpJson(run.config), dumpJson(run.environment));
        const RunId id = database_->lastInsertId();
        insertParams(*database_, id, leaves);
        for (const std::string& tag : run.tags)
            database_->run("INSERT OR IGNORE INTO tag(run, tag) VALUES(?, ?)", id, tag);
        detail::touchRun(*database_, id);
        ids.push_back(id);
    }
    transaction.commit();
    return ids;
}

std::optional<RunId> RunStore::claimRun(const ClaimFilter& filter, const ProcessIdentity& process) {
    std::string where = "status = 'queued' AND deleted_ms IS NULL";
    if (filter.ids.empty())
        where += " AND owner = ''";
    else
        where += fmt::format(" AND id IN ({})", fmt::join(filter.ids, ", "));
    if (!filter.device.empty())
        where += " AND device = ?3";
    if (!filter.groupKey.empty())
        where += " AND group_key = ?4";
    Transaction transaction(*database_, Transaction::Sync::Full);
    RunId id = 0;
    {
        const std::int64_t now = wallMilliseconds();
        Statement claim = database_->prepareOnce(fmt::format(
            "UPDATE run SET status = 'running', pid = ?1, proc_start = ?2, host = ?5, owner = '', "
            "started_ms = ?6, heartbeat_ms = ?6, ended_ms = 0, message = '' WHERE id = "
            "(SELECT id FROM run WHERE {} ORDER BY id LIMIT 1) RETURNING id",
            where));
        claim.bind(1, process.pid).bind(2, process.procStart).bind(5, process.host).bind(6, now);
        if (!filter.device.empty())
            claim.bind(3, filter.device);
        if (!filter.groupKey.empty())
            claim.bind(4, filter.groupKey);
        while (claim.step())
            id = claim.integer(0);
    }
    if (id == 0)
        return std::nullopt;
    detail::touchRun(*database_, id);
    transaction.commit();
    return id;
}

bool RunStore::claimForResume(RunId run, const ProcessIdentity& process) {
    Transaction transaction(*database_, Transaction::Sync::Full);
    const std::int64_t now = wallMilliseconds();
    database_->run("UPDATE run SET status = 'running', pid = ?, proc_start = ?, host = ?, "
                   "owner = '', heartbeat_ms = ?, ended_ms = 0, message = '', eta_ms = -1, "
                   "started_ms = CASE started_ms WHEN 0 THEN ? ELSE started_ms END WHERE id = ? "
                   "AND status IN ('stopped', 'failed', 'diverged', 'lost')",
                   process.pid, process.procStart, process.host, now, now, run);
    if (database_->changes() == 0)
        return false;
    database_->run("DELETE FROM metric WHERE run = ?", run);
    detail::touchRun(*database_, run);
    transaction.commit();
    return true;
}

} // namespace inlay::engine

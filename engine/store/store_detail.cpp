#include "engine/store/store_detail.h"

#include <bit>
#include <random>

#include <fmt/format.h>

namespace inlay::engine::detail {

void throwUnknownRun(const Database& database, RunId run) {
    throw StoreError(StoreFault::NotFound,
                     fmt::format("there is no run {} in the store {}", run, database.path()));
}

void touchRun(Database& database, RunId run) {
    database.run("UPDATE meta SET value = value + 1 WHERE key = 'change'");
    database.run("UPDATE run SET changed = (SELECT value FROM meta WHERE key = 'change') "
                 "WHERE id = ?",
                 run);
    if (database.changes() == 0)
        throwUnknownRun(database, run);
}

std::int64_t keyId(Database& database, std::string_view name) {
    {
        Statement find = database.prepare("SELECT id FROM key WHERE name = ?");
        if (find.bindAll(name).step())
            return find.integer(0);
    }
    database.run("INSERT INTO key(name) VALUES(?)", name);
    return database.lastInsertId();
}

std::vector<std::byte> newUuid() {
    std::random_device source;
    std::vector<std::byte> bytes(16);
    for (std::size_t i = 0; i < bytes.size(); i += 4) {
        const std::uint32_t word = source();
        for (std::size_t k = 0; k < 4; ++k)
            bytes[i + k] = static_cast<std::byte>(word >> (8 * k));
    }
    bytes[6] = (bytes[6] & std::byte{0x0f}) | std::byte{0x40};
    bytes[8] = (bytes[8] & std::byte{0x3f}) | std::byte{0x80};
    return bytes;
}

std::string hexFromBytes(std::span<const std::byte> bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::byte byte : bytes) {
        text += kDigits[static_cast<unsigned>(byte) >> 4];
        text += kDigits[static_cast<unsigned>(byte) & 15];
    }
    return text;
}

std::vector<std::byte> bytesFromHex(std::string_view hex) {
    const auto digit = [](char c) {
        return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    };
    std::vector<std::byte> bytes(hex.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(16 * digit(hex[2 * i]) + digit(hex[2 * i + 1]));
    return bytes;
}

#define INLAY_RUN_COLUMNS                                                                          \
    "r.id, r.uuid, r.project, r.name, r.kind, r.kind_version, r.status, r.created_ms, "            \
    "r.started_ms, r.ended_ms, r.heartbeat_ms, r.pid, r.proc_start, r.host, r.owner, "             \
    "r.parent_run, r.group_key, r.seed, r.config_hash, r.git_commit, r.git_dirty, "                \
    "r.app_version, r.device, r.threads, r.deleted_ms, r.star, r.notes, r.project_file, "          \
    "r.message, r.flags, r.step, r.total_steps, r.eta_ms, r.changed, "

const char* const kRunColumns = INLAY_RUN_COLUMNS "r.config, r.environment";
const char* const kRunColumnsBrief = INLAY_RUN_COLUMNS "'', ''";

#undef INLAY_RUN_COLUMNS

RunRecord runFromRow(const Statement& row) {
    RunRecord run;
    int column = 0;
    run.id = row.integer(column++);
    run.uuid = hexFromBytes(row.blob(column++));
    run.project = row.integer(column++);
    run.name = row.text(column++);
    run.kind = row.text(column++);
    run.kindVersion = static_cast<int>(row.integer(column++));
    run.status = runStatusFromString(row.textView(column++)).value_or(RunStatus::Lost);
    run.createdMs = row.integer(column++);
    run.startedMs = row.integer(column++);
    run.endedMs = row.integer(column++);
    run.heartbeatMs = row.integer(column++);
    run.process.pid = row.integer(column++);
    run.process.procStart = row.integer(column++);
    run.process.host = row.text(column++);
    run.owner = row.text(column++);
    run.parentRun = row.optionalInteger(column++);
    run.groupKey = row.text(column++);
    run.seed = static_cast<std::uint64_t>(row.integer(column++));
    run.configHash = row.text(column++);
    run.gitCommit = row.text(column++);
    run.gitDirty = row.integer(column++) != 0;
    run.appVersion = row.text(column++);
    run.device = row.text(column++);
    run.threads = static_cast<int>(row.integer(column++));
    run.deletedMs = row.optionalInteger(column++).value_or(0);
    run.star = row.integer(column++) != 0;
    run.notes = row.text(column++);
    run.projectFile = row.text(column++);
    run.message = row.text(column++);
    const std::string_view flags = row.textView(column++);
    if (flags != "[]")
        run.flags = parseJson(flags, "run.flags").get<std::vector<std::string>>();
    run.step = row.integer(column++);
    run.totalSteps = row.integer(column++);
    run.etaMs = row.integer(column++);
    run.changed = row.integer(column++);
    run.config = row.text(column++);
    run.environment = row.text(column++);
    return run;
}

std::int64_t bitsOf(double value) {
    return std::bit_cast<std::int64_t>(value);
}

double valueOfBits(std::int64_t bits) {
    return std::bit_cast<double>(bits);
}

} // namespace inlay::engine::detail

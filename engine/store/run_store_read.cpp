#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

#include "engine/store/run_query_sql.h"
#include "engine/store/run_store.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {

std::optional<RunRecord> RunStore::run(RunId id) {
    std::optional<RunRecord> run;
    {
        static const std::string sql =
            fmt::format("SELECT {} FROM run r WHERE r.id = ?", detail::kRunColumns);
        Statement row = database_->prepare(sql.c_str());
        if (!row.bindAll(id).step())
            return std::nullopt;
        run = detail::runFromRow(row);
    }
    run->tags = tags(id);
    return run;
}

std::vector<RunId> RunStore::findRuns(std::string_view reference) {
    const bool digits =
        !reference.empty() && std::all_of(reference.begin(), reference.end(),
                                          [](char c) { return c >= '0' && c <= '9'; });
    if (digits) {
        RunId id = 0;
        const auto parsed =
            std::from_chars(reference.data(), reference.data() + reference.size(), id);
        Statement row = database_->prepare("SELECT id FROM run WHERE id = ?");
        if (parsed.ec == std::errc() && row.bindAll(id).step())
            return {id};
    }
    std::string low;
    for (const char c : reference) {
        if (c == '-')
            continue;
        if (!std::isxdigit(static_cast<unsigned char>(c)))
            return {};
        low += c;
    }
    if (low.size() < 6 || low.size() > 32)
        return {};
    std::string high = low;
    low.resize(32, '0');
    high.resize(32, 'f');
    const auto first = detail::bytesFromHex(low);
    const auto last = detail::bytesFromHex(high);
    std::vector<RunId> ids;
    Statement row = database_->prepare("SELECT id FROM run WHERE uuid BETWEEN ? AND ? ORDER BY id");
    row.bindAll(std::span<const std::byte>(first), std::span<const std::byte>(last));
    while (row.step())
        ids.push_back(row.integer(0));
    return ids;
}

std::vector<RunRecord> RunStore::listRuns(const RunFilter& filter) {
    SqlCondition condition = sqlCondition(filter.query.value_or(RunQuery()));
    std::string where = condition.where;
    if (filter.bin != RunFilter::Bin::Include)
        where += filter.bin == RunFilter::Bin::Only ? " AND r.deleted_ms IS NOT NULL"
                                                    : " AND r.deleted_ms IS NULL";
    if (filter.project)
        where += fmt::format(" AND r.project = {}", *filter.project);
    if (!filter.groupKey.empty()) {
        where += " AND r.group_key = ?";
        condition.values.emplace_back(filter.groupKey);
    }
    if (!filter.statuses.empty()) {
        std::vector<std::string> names;
        for (const RunStatus status : filter.statuses)
            names.push_back(fmt::format("'{}'", nameOf(status)));
        where += fmt::format(" AND r.status IN ({})", fmt::join(names, ", "));
    }
    where += " ORDER BY r.id DESC";
    if (filter.limit > 0)
        where += fmt::format(" LIMIT {}", filter.limit);
    const ReadScope scope(*database_);
    std::vector<RunRecord> runs;
    {
        Statement row = database_->prepareOnce(fmt::format("SELECT {} FROM run r WHERE {}",
                                                           filter.detail == RunFilter::Detail::Brief
                                                               ? detail::kRunColumnsBrief
                                                               : detail::kRunColumns,
                                                           where));
        condition.bindTo(row, 1);
        while (row.step())
            runs.push_back(detail::runFromRow(row));
    }
    for (RunRecord& run : runs)
        run.tags = tags(run.id);
    return runs;
}

std::vector<RunId> RunStore::childrenOf(RunId run) {
    std::vector<RunId> ids;
    Statement row = database_->prepare(
        "SELECT id FROM run WHERE parent_run = ? AND deleted_ms IS NULL ORDER BY id");
    row.bindAll(run);
    while (row.step())
        ids.push_back(row.integer(0));
    return ids;
}

std::vector<ParamRecord> RunStore::params(RunId run) {
    std::vector<ParamRecord> params;
    Statement row = database_->prepare("SELECT k.name, p.type, p.num, p.text FROM param p JOIN key "
                                       "k ON k.id = p.key WHERE p.run = ? ORDER BY k.name");
    row.bindAll(run);
    while (row.step()) {
        ParamRecord param;
        param.key = row.text(0);
        param.type = static_cast<ParamType>(row.integer(1));
        param.number = row.optionalReal(2);
        param.text = row.text(3);
        if (param.type == ParamType::Boolean)
            param.text = param.number == 1.0 ? "true" : "false";
        else if (param.type == ParamType::Number && row.isNull(3))
            param.text = dumpJson(Json(param.number.value_or(0)));
        params.push_back(std::move(param));
    }
    return params;
}

Metrics RunStore::metrics(RunId run) {
    Metrics metrics;
    Statement row = database_->prepare("SELECT k.name, m.bits FROM metric m JOIN key k ON k.id = "
                                       "m.key WHERE m.run = ? ORDER BY m.position");
    row.bindAll(run);
    while (row.step())
        metrics.emplace_back(row.text(0), detail::valueOfBits(row.integer(1)));
    return metrics;
}

std::vector<std::string> RunStore::tags(RunId run) {
    std::vector<std::string> tags;
    Statement row = database_->prepare("SELECT tag FROM tag WHERE run = ? ORDER BY tag");
    row.bindAll(run);
    while (row.step())
        tags.push_back(row.text(0));
    return tags;
}

std::vector<std::string> RunStore::paramKeys() {
    std::vector<std::string> keys;
    Statement row = database_->prepare(
        "SELECT name FROM key k WHERE EXISTS(SELECT 1 FROM param p JOIN run r ON r.id = p.run "
        "WHERE p.key = k.id AND r.deleted_ms IS NULL) ORDER BY name");
    while (row.step())
        keys.push_back(row.text(0));
    return keys;
}

std::vector<std::string> RunStore::metricKeys() {
    std::vector<std::string> keys;
    Statement row = database_->prepare(
        "SELECT name FROM key k WHERE EXISTS(SELECT 1 FROM metric m JOIN run r ON r.id = m.run "
        "WHERE m.key = k.id AND r.deleted_ms IS NULL) UNION SELECT DISTINCT s.name FROM series s "
        "JOIN run r ON r.id = s.run WHERE s.n > 0 AND r.deleted_ms IS NULL ORDER BY 1");
    while (row.step())
        keys.push_back(row.text(0));
    return keys;
}

} // namespace inlay::engine

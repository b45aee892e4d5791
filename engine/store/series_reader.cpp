#include "engine/store/series_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/store/run_store.h"
#include "engine/store/series_reduction.h"
#include "engine/store/series_scan.h"

namespace inlay::engine {
namespace {

constexpr const char* kInfoColumns = "id, run, name, unit, n, attempt, first_step, last_step, "
                                     "last_value, min, max, min_step, max_step, "
                                     "first_nonfinite_step";

SeriesInfo infoFromRow(const Statement& row) {
    SeriesInfo info;
    info.id = row.integer(0);
    info.run = row.integer(1);
    info.name = row.text(2);
    info.unit = row.text(3);
    info.count = row.integer(4);
    info.attempt = static_cast<int>(row.integer(5));
    info.firstStep = row.integer(6);
    info.lastStep = row.integer(7);
    info.lastValue = row.optionalReal(8).value_or(std::numeric_limits<double>::quiet_NaN());
    info.minimum = row.optionalReal(9);
    info.maximum = row.optionalReal(10);
    info.minimumStep = row.integer(11);
    info.maximumStep = row.integer(12);
    info.firstNonFiniteStep = row.optionalInteger(13);
    return info;
}

std::optional<SeriesInfo> infoOf(Database& database, SeriesId series) {
    static const std::string sql = fmt::format("SELECT {} FROM series WHERE id = ?", kInfoColumns);
    Statement row = database.prepare(sql.c_str());
    if (!row.bindAll(series).step())
        return std::nullopt;
    return infoFromRow(row);
}

/// Visits each attempt with the range of steps in which it is effective, cut to [from, to].
template <typename Visit>
void forEachAttempt(Database& database, const SeriesInfo& info, std::int64_t from, std::int64_t to,
                    const Visit& visit) {
    const detail::AttemptLimits limits(database, info.run);
    for (int attempt = 1; attempt <= info.attempt; ++attempt) {
        const std::int64_t limit = limits.limitOf(attempt);
        const std::int64_t end = limit == SeriesReader::kLast ? to : std::min(to, limit - 1);
        if (from <= end)
            visit(attempt, from, end);
    }
}

} // namespace

SeriesReader::SeriesReader(RunStore& store)
    : store_(store) {}

std::vector<SeriesInfo> SeriesReader::list(RunId run) {
    static const std::string sql =
        fmt::format("SELECT {} FROM series WHERE run = ? ORDER BY name", kInfoColumns);
    std::vector<SeriesInfo> all;
    Statement row = store_.database().prepare(sql.c_str());
    row.bindAll(run);
    while (row.step())
        all.push_back(infoFromRow(row));
    return all;
}

std::optional<SeriesInfo> SeriesReader::find(RunId run, const std::string& name) {
    static const std::string sql =
        fmt::format("SELECT {} FROM series WHERE run = ? AND name = ?", kInfoColumns);
    Statement row = store_.database().prepare(sql.c_str());
    if (!row.bindAll(run, name).step())
        return std::nullopt;
    return infoFromRow(row);
}

SeriesData SeriesReader::read(SeriesId series, std::int64_t from, std::int64_t to) {
    Database& database = store_.database();
    const ReadScope scope(database);
    SeriesData data;
    const auto info = infoOf(database, series);
    if (!info)
        return data;
    if (from <= info->firstStep && to >= info->lastStep) {
        const auto n = static_cast<std::size_t>(info->count);
        data.steps.reserve(n);
        data.values.reserve(n);
        data.wallMs.reserve(n);
    }
    forEachAttempt(database, *info, from, to,
                   [&](int attempt, std::int64_t first, std::int64_t last) {
                       detail::readAttempt(database, series, attempt, first, last, data);
                   });
    return data;
}

SeriesData SeriesReader::readSuperseded(SeriesId series) {
    Database& database = store_.database();
    const ReadScope scope(database);
    SeriesData data;
    const auto info = infoOf(database, series);
    if (!info)
        return data;
    const detail::AttemptLimits limits(database, info->run);
    for (int attempt = 1; attempt <= info->attempt; ++attempt) {
        const std::int64_t limit = limits.limitOf(attempt);
        if (limit != kLast)
            detail::readAttempt(database, series, attempt, limit, kLast, data);
    }
    return data;
}

ReducedSeries SeriesReader::readReduced(SeriesId series, int buckets, std::int64_t from,
                                        std::int64_t to) {
    Database& database = store_.database();
    const ReadScope scope(database);
    const auto info = infoOf(database, series);
    if (!info || info->count == 0)
        return {};
    from = std::max(from, info->firstStep);
    to = std::min(to, info->lastStep);
    if (from > to || buckets < 1)
        return {};
    SeriesReduction reduction(from, to, buckets);
    forEachAttempt(
        database, *info, from, to, [&](int attempt, std::int64_t first, std::int64_t last) {
            SeriesData points;
            detail::scanChunks(
                database, series, attempt, first, last, [&](const detail::ChunkRow& chunk) {
                    const SeriesStats stats = chunk.stats();
                    const bool whole = stats.firstStep >= first && stats.lastStep <= last;
                    if (whole && reduction.isInOneBucket(stats)) {
                        reduction.addChunk(stats);
                        return;
                    }
                    chunk.decode(first, last, points);
                    reduction.addPoints(points);
                });
            detail::readTail(database, series, attempt, first, last, points);
            reduction.addPoints(points);
        });
    return reduction.finish();
}

std::vector<SeriesUpdate> SeriesReader::poll(std::span<SeriesCursor> cursors) {
    Database& database = store_.database();
    const ReadScope scope(database);
    std::vector<SeriesUpdate> updates;
    for (SeriesCursor& cursor : cursors) {
        const auto info = infoOf(database, cursor.series);
        if (!info || (info->attempt == cursor.attempt && info->count == cursor.count &&
                      info->lastStep == cursor.lastStep))
            continue;
        SeriesUpdate update;
        update.series = cursor.series;
        std::int64_t from = kFirst;
        if (cursor.count > 0)
            from = cursor.lastStep + 1;
        if (cursor.count > 0 && info->attempt != cursor.attempt) {
            const detail::AttemptLimits limits(database, info->run);
            from = std::min(from,
                            limits.firstStepBetween(cursor.attempt, info->attempt).value_or(from));
            update.dropFrom = from;
        }
        forEachAttempt(
            database, *info, from, kLast, [&](int attempt, std::int64_t first, std::int64_t last) {
                detail::readAttempt(database, cursor.series, attempt, first, last, update.points);
            });
        cursor.attempt = info->attempt;
        cursor.count = info->count;
        cursor.lastStep = info->lastStep;
        if (update.dropFrom || update.points.size() > 0 || !update.points.gaps.empty())
            updates.push_back(std::move(update));
    }
    return updates;
}

} // namespace inlay::engine

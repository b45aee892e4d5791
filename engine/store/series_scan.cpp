#include "engine/store/series_scan.h"

#include <algorithm>

#include "engine/store/store_detail.h"

namespace inlay::engine::detail {

AttemptLimits::AttemptLimits(Database& database, RunId run) {
    Statement row = database.prepare("SELECT n, from_step FROM attempt WHERE run = ? ORDER BY n");
    row.bindAll(run);
    while (row.step())
        fromSteps_.emplace_back(static_cast<int>(row.integer(0)), row.integer(1));
}

std::int64_t AttemptLimits::limitOf(int attempt) const {
    std::int64_t limit = std::numeric_limits<std::int64_t>::max();
    for (const auto& [n, fromStep] : fromSteps_) {
        if (n > attempt)
            limit = std::min(limit, fromStep);
    }
    return limit;
}

std::optional<std::int64_t> AttemptLimits::firstStepBetween(int after, int upTo) const {
    std::optional<std::int64_t> first;
    for (const auto& [n, fromStep] : fromSteps_) {
        if (n > after && n <= upTo)
            first = std::min(first.value_or(fromStep), fromStep);
    }
    return first;
}

SeriesStats ChunkRow::stats() const {
    SeriesStats stats;
    stats.firstStep = row_.integer(0);
    stats.lastStep = row_.integer(1);
    stats.count = row_.integer(2);
    stats.minimum = row_.optionalReal(3);
    stats.maximum = row_.optionalReal(4);
    stats.minimumStep = row_.integer(5);
    stats.maximumStep = row_.integer(6);
    stats.firstNonFiniteStep = row_.optionalInteger(7);
    stats.firstValue = valueOfBits(row_.integer(8));
    stats.lastValue = valueOfBits(row_.integer(9));
    return stats;
}

void ChunkRow::decode(std::int64_t from, std::int64_t to, SeriesData& out) const {
    StoredChunk chunk;
    chunk.firstStep = row_.integer(0);
    chunk.lastStep = row_.integer(1);
    chunk.count = row_.integer(2);
    chunk.codec = row_.integer(10);
    chunk.crc32c = static_cast<std::uint32_t>(row_.integer(11));
    chunk.data = row_.blob(12);
    if (!decodeChunk(chunk, from, to, out))
        out.gaps.push_back({std::max(from, chunk.firstStep), std::min(to, chunk.lastStep)});
}

void scanChunks(Database& database, SeriesId series, int attempt, std::int64_t from,
                std::int64_t to, const std::function<void(const ChunkRow&)>& visit) {
    // Chunks of an attempt do not overlap, so the one that holds `from` is the last that starts
    // at or before it.
    Statement row = database.prepare(
        "SELECT first_step, last_step, n, vmin, vmax, min_step, max_step, first_nonfinite_step, "
        "first_bits, last_bits, codec, crc32c, data FROM chunk WHERE series = ?1 AND attempt = ?2 "
        "AND first_step >= ifnull((SELECT max(first_step) FROM chunk WHERE series = ?1 AND "
        "attempt = ?2 AND first_step <= ?3), ?3) AND first_step <= ?4 AND last_step >= ?3 "
        "ORDER BY first_step");
    row.bindAll(series, attempt, from, to);
    while (row.step())
        visit(ChunkRow(row));
}

void readTail(Database& database, SeriesId series, int attempt, std::int64_t from, std::int64_t to,
              SeriesData& out) {
    Statement row =
        database.prepare("SELECT step, bits, wall_ms FROM tail WHERE series = ? AND attempt = ? "
                         "AND step >= ? AND step <= ? ORDER BY step");
    row.bindAll(series, attempt, from, to);
    while (row.step()) {
        out.steps.push_back(row.integer(0));
        out.values.push_back(valueOfBits(row.integer(1)));
        out.wallMs.push_back(row.integer(2));
    }
}

void readAttempt(Database& database, SeriesId series, int attempt, std::int64_t from,
                 std::int64_t to, SeriesData& out) {
    if (from > to)
        return;
    scanChunks(database, series, attempt, from, to,
               [&](const ChunkRow& chunk) { chunk.decode(from, to, out); });
    readTail(database, series, attempt, from, to, out);
}

SeriesStats effectiveStats(Database& database, SeriesId series, const AttemptLimits& limits,
                           int newest, NewestTail tail) {
    constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
    SeriesStats stats;
    const auto addPoints = [&stats](const SeriesData& data) {
        for (std::size_t i = 0; i < data.size(); ++i)
            stats.add(data.steps[i], data.values[i]);
    };
    for (int attempt = 1; attempt <= newest; ++attempt) {
        const std::int64_t limit = limits.limitOf(attempt);
        const std::int64_t to = limit == kLast ? kLast : limit - 1;
        scanChunks(database, series, attempt, kFirst, to, [&](const ChunkRow& chunk) {
            const SeriesStats header = chunk.stats();
            if (header.lastStep <= to) {
                stats.append(header);
                return;
            }
            SeriesData part;
            chunk.decode(kFirst, to, part);
            addPoints(part);
        });
        if (attempt == newest && tail == NewestTail::Exclude)
            continue;
        SeriesData open;
        readTail(database, series, attempt, kFirst, to, open);
        addPoints(open);
    }
    return stats;
}

void writeSeriesRow(Database& database, SeriesId series, int attempt, const SeriesStats& stats) {
    const auto stepIf = [](bool known, std::int64_t step) {
        return known ? std::optional(step) : std::nullopt;
    };
    database.run("UPDATE series SET attempt = ?, n = ?, first_step = ?, last_step = ?, "
                 "last_value = ?, min = ?, max = ?, min_step = ?, max_step = ?, "
                 "first_nonfinite_step = ? WHERE id = ?",
                 attempt, stats.count, stats.firstStep, stats.lastStep, stats.lastValue,
                 stats.minimum, stats.maximum, stepIf(stats.minimum.has_value(), stats.minimumStep),
                 stepIf(stats.maximum.has_value(), stats.maximumStep), stats.firstNonFiniteStep,
                 series);
}

} // namespace inlay::engine::detail

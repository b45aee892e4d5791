#pragma once

#include <functional>
#include <limits>

#include "engine/store/database.h"
#include "engine/store/series_chunk.h"

/// Walks the points of one series as they lie in the store; shared by reader and writer.
namespace inlay::engine::detail {

/// Where the points of each attempt end: at the first step of any later attempt.
class AttemptLimits {
public:
    AttemptLimits(Database& database, RunId run);

    /// Steps at or above this belong to a later attempt; the largest integer for the newest.
    std::int64_t limitOf(int attempt) const;
    /// First step of any attempt in (after, upTo].
    std::optional<std::int64_t> firstStepBetween(int after, int upTo) const;

private:
    std::vector<std::pair<int, std::int64_t>> fromSteps_;
};

/// A row of `chunk`. data() is read from the disk only when it is called.
class ChunkRow {
public:
    explicit ChunkRow(Statement& row)
        : row_(row) {}

    SeriesStats stats() const;
    /// Appends the points of [from, to], or a gap when they cannot be read.
    void decode(std::int64_t from, std::int64_t to, SeriesData& out) const;

private:
    Statement& row_;
};

/// Chunks of an attempt that overlap [from, to], by step.
void scanChunks(Database& database, SeriesId series, int attempt, std::int64_t from,
                std::int64_t to, const std::function<void(const ChunkRow&)>& visit);
/// Appends the open points of an attempt in [from, to].
void readTail(Database& database, SeriesId series, int attempt, std::int64_t from, std::int64_t to,
              SeriesData& out);
/// Appends chunks and tail of an attempt in [from, to].
void readAttempt(Database& database, SeriesId series, int attempt, std::int64_t from,
                 std::int64_t to, SeriesData& out);

/// Stats of the effective points of attempts 1 to `newest`, with or without the open points of the
/// newest.
enum class NewestTail { Include, Exclude };
SeriesStats effectiveStats(Database& database, SeriesId series, const AttemptLimits& limits,
                           int newest, NewestTail tail);

/// Writes the latest-value columns of a row of `series`.
void writeSeriesRow(Database& database, SeriesId series, int attempt, const SeriesStats& stats);

} // namespace inlay::engine::detail

#pragma once

#include <limits>
#include <span>

#include "engine/store/series_data.h"

namespace inlay::engine {

class RunStore;

/// Reads series. Effective points are those of each attempt below the first step of every later
/// attempt. A chunk with a bad checksum becomes a gap, never an exception. Uses the connection of
/// its store, and holds no statement between calls.
class SeriesReader {
public:
    static constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
    static constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

    explicit SeriesReader(RunStore& store);

    /// By name.
    std::vector<SeriesInfo> list(RunId run);
    std::optional<SeriesInfo> find(RunId run, const std::string& name);
    /// Effective points with from <= step <= to.
    SeriesData read(SeriesId series, std::int64_t from = kFirst, std::int64_t to = kLast);
    /// Points that a later attempt replaced, by attempt, then step.
    SeriesData readSuperseded(SeriesId series);
    /// At most about 2 points for each of `buckets` equal intervals of [from, to]; raw when there
    /// are no more than 2 x buckets points.
    ReducedSeries readReduced(SeriesId series, int buckets, std::int64_t from = kFirst,
                              std::int64_t to = kLast);
    /// New points of many series in one read transaction; advances the cursors. Series without
    /// news are left out.
    std::vector<SeriesUpdate> poll(std::span<SeriesCursor> cursors);

private:
    RunStore& store_;
};

} // namespace inlay::engine

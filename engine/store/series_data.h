#pragma once

#include "engine/store/run_record.h"

namespace inlay::engine {

/// A row of the latest-value table: describes the effective series without touching points.
struct SeriesInfo {
    SeriesId id = 0;
    RunId run = 0;
    std::string name;
    std::string unit;
    /// Points of the effective series.
    std::int64_t count = 0;
    /// The newest attempt that has written to it.
    int attempt = 1;
    std::int64_t firstStep = 0;
    std::int64_t lastStep = 0;
    double lastValue = 0;
    /// Of the finite values; empty when there is none.
    std::optional<double> minimum;
    std::optional<double> maximum;
    std::int64_t minimumStep = 0;
    std::int64_t maximumStep = 0;
    std::optional<std::int64_t> firstNonFiniteStep;
};

/// Steps [first, last] of a chunk that could not be read (checksum or format).
struct SeriesGap {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

/// Points in order of step; the three columns have one length.
struct SeriesData {
    std::vector<std::int64_t> steps;
    std::vector<double> values;
    std::vector<std::int64_t> wallMs;
    std::vector<SeriesGap> gaps;

    std::size_t size() const { return steps.size(); }
};

/// A view of a series for drawing: per bucket of steps the smallest and the largest finite value in
/// order of step, plus the first and last point of the range and the first non-finite point of each
/// bucket (as NaN). A spike of one point is never lost.
struct ReducedSeries {
    std::vector<std::int64_t> steps;
    std::vector<double> values;
    std::vector<SeriesGap> gaps;
    /// True when these are the raw points, none left out.
    bool isRaw = false;
    /// Points of the range in the store.
    std::int64_t count = 0;
};

/// Where a live reader stands in one series; start with {series}.
struct SeriesCursor {
    SeriesId series = 0;
    int attempt = 0;
    std::int64_t lastStep = 0;
    std::int64_t count = 0;
};

/// What came since a cursor. First drop the points with step >= dropFrom, if set (a new attempt
/// started there); then append.
struct SeriesUpdate {
    SeriesId series = 0;
    std::optional<std::int64_t> dropFrom;
    SeriesData points;
};

} // namespace inlay::engine

#pragma once

#include "engine/store/series_data.h"
#include "engine/store/series_stats.h"

namespace inlay::engine {

/// Reduces the points of [from, to] to a min/max view with `buckets` equal intervals, from points
/// or from the headers of chunks that lie in one interval. Points come in order of step.
class SeriesReduction {
public:
    SeriesReduction(std::int64_t from, std::int64_t to, int buckets);

    /// Whether a chunk may be taken by its header. False while few enough points have come that
    /// the raw ones may still be the answer.
    bool isInOneBucket(const SeriesStats& chunk) const;
    void addChunk(const SeriesStats& chunk);
    /// Takes the points and empties `points`; gaps are taken as well.
    void addPoints(SeriesData& points);
    ReducedSeries finish();

private:
    std::size_t bucketOf(std::int64_t step) const;

    std::int64_t from_;
    double bucketsPerStep_;
    std::vector<SeriesStats> buckets_;
    SeriesStats total_;
    /// All points so far, until there are more than two a bucket or a chunk came by its header.
    ReducedSeries raw_;
    bool rawIsComplete_ = true;
    std::vector<SeriesGap> gaps_;
};

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <vector>

#include "engine/datasets/points/point_stream.h"

namespace inlay::engine::kmeans {

/// What a pass learns of the columns, in any units.
struct ColumnStatistics {
    std::vector<double> minimum;
    std::vector<double> maximum;
    std::int64_t rows = 0;
};

/// Reads a stream in f32 relative to an origin: the mean of the first points read. Distances do not
/// depend on it, and far from zero f32 would lose them. Holds no more rows than it was asked for.
class StreamReader {
public:
    /// Rows that one read takes at most: the window in which rows pass as doubles.
    static constexpr std::int64_t kWindow = 1024;

    explicit StreamReader(PointStream& stream);

    std::int64_t dims() const { return dims_; }
    const std::vector<double>& origin() const { return origin_; }
    /// The next points, at most min(rows, kWindow); fewer than that only at the end.
    std::int64_t read(std::int64_t rows);
    /// Those points, rows x dims, less the origin.
    const std::vector<float>& values() const { return values_; }
    const std::vector<double>& exact() const { return exact_; }
    const std::vector<std::int32_t>& planted() const { return planted_; }

    const ColumnStatistics& columns() const { return columns_; }
    /// Goes back to the first point; the origin stays.
    void rewind();

private:
    PointStream& stream_;
    std::int64_t dims_;
    std::vector<double> origin_;
    std::vector<double> exact_;
    std::vector<float> values_;
    std::vector<std::int32_t> planted_;
    ColumnStatistics columns_;
    bool counting_ = true; // column statistics: first pass only
};

/// The cost of a partition that the source planted, at the means of its parts.
class PlantedCost {
public:
    PlantedCost(std::int64_t clusters, std::int64_t dims);
    void add(const std::vector<double>& rows, const std::vector<std::int32_t>& planted,
             std::int64_t count);
    double cost() const;
    std::int64_t clusters() const { return static_cast<std::int64_t>(counts_.size()); }
    double clusterCost(std::int64_t cluster) const;

private:
    std::int64_t dims_;
    std::vector<double> sums_;
    std::vector<double> counts_;
    std::vector<double> squares_;
};

} // namespace inlay::engine::kmeans

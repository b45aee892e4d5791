#include "engine/experiments/streaming_kmeans/stream_reader.h"

#include <algorithm>
#include <limits>

namespace inlay::engine::kmeans {

StreamReader::StreamReader(PointStream& stream)
    : stream_(stream)
    , dims_(stream.dims()) {
    const auto dims = static_cast<std::size_t>(dims_);
    columns_.minimum.assign(dims, std::numeric_limits<double>::infinity());
    columns_.maximum.assign(dims, -std::numeric_limits<double>::infinity());
}

std::int64_t StreamReader::read(std::int64_t rows) {
    const auto dims = static_cast<std::size_t>(dims_);
    rows = std::min(rows, kWindow);
    exact_.resize(static_cast<std::size_t>(rows) * dims);
    planted_.assign(static_cast<std::size_t>(rows), 0);
    const std::int64_t got = stream_.read(exact_.data(), rows, planted_.data());
    exact_.resize(static_cast<std::size_t>(got) * dims);
    values_.resize(exact_.size());
    if (origin_.empty()) {
        origin_.assign(dims, 0);
        for (std::size_t i = 0; i < exact_.size(); ++i)
            origin_[i % dims] += exact_[i] / static_cast<double>(std::max<std::int64_t>(got, 1));
    }
    for (std::size_t at = 0; at < exact_.size(); at += dims) {
        for (std::size_t p = 0; p < dims; ++p) {
            const double value = exact_[at + p];
            if (counting_) {
                columns_.minimum[p] = std::min(columns_.minimum[p], value);
                columns_.maximum[p] = std::max(columns_.maximum[p], value);
            }
            exact_[at + p] = value - origin_[p];
            values_[at + p] = static_cast<float>(exact_[at + p]);
        }
    }
    if (counting_)
        columns_.rows += got;
    return got;
}

void StreamReader::rewind() {
    stream_.rewind();
    counting_ = false;
}

PlantedCost::PlantedCost(std::int64_t clusters, std::int64_t dims)
    : dims_(dims)
    , sums_(static_cast<std::size_t>(clusters * dims))
    , counts_(static_cast<std::size_t>(clusters))
    , squares_(static_cast<std::size_t>(clusters)) {}

void PlantedCost::add(const std::vector<double>& rows, const std::vector<std::int32_t>& planted,
                      std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        const auto cluster = static_cast<std::size_t>(planted[static_cast<std::size_t>(i)]);
        const double* row = rows.data() + i * dims_;
        double* sum = sums_.data() + cluster * static_cast<std::size_t>(dims_);
        for (std::int64_t p = 0; p < dims_; ++p) {
            sum[p] += row[p];
            squares_[cluster] += row[p] * row[p];
        }
        counts_[cluster] += 1;
    }
}

double PlantedCost::clusterCost(std::int64_t cluster) const {
    const auto c = static_cast<std::size_t>(cluster);
    double cost = squares_[c];
    const double* sum = sums_.data() + cluster * dims_;
    for (std::int64_t p = 0; p < dims_ && counts_[c] > 0; ++p)
        cost -= sum[p] * sum[p] / counts_[c];
    return std::max(cost, 0.0);
}

double PlantedCost::cost() const {
    double cost = 0;
    for (std::int64_t c = 0; c < clusters(); ++c)
        cost += clusterCost(c);
    return cost;
}

} // namespace inlay::engine::kmeans

#include "engine/experiments/graph_clustering/frames.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace inlay::engine::graph_clustering {

FrameRecord reducedMatrix(const std::string& name, std::int64_t step, std::int64_t n,
                          std::span<const std::int32_t> order, const MatrixRow& row) {
    const std::int64_t side = std::min(n, kFrameSide);
    FrameRecord frame;
    frame.name = name;
    frame.step = step;
    frame.type = FrameType::U8;
    frame.shape = {side, side};
    frame.data.resize(static_cast<std::size_t>(side * side));
    std::vector<float> full(static_cast<std::size_t>(n));
    std::vector<double> sums(static_cast<std::size_t>(side));
    std::vector<std::int64_t> cellOf(static_cast<std::size_t>(n));
    std::vector<double> width(static_cast<std::size_t>(side));
    for (std::int64_t j = 0; j < n; ++j) {
        cellOf[static_cast<std::size_t>(j)] = j * side / n;
        width[static_cast<std::size_t>(j * side / n)] += 1;
    }
    std::int64_t i = 0;
    for (std::int64_t cell = 0; cell < side; ++cell) {
        std::fill(sums.begin(), sums.end(), 0.0);
        double height = 0;
        for (; i < n && cellOf[static_cast<std::size_t>(i)] == cell; ++i, ++height) {
            row(order[static_cast<std::size_t>(i)], full.data());
            for (std::int64_t j = 0; j < n; ++j)
                sums[static_cast<std::size_t>(cellOf[static_cast<std::size_t>(j)])] +=
                    full[static_cast<std::size_t>(order[static_cast<std::size_t>(j)])];
        }
        for (std::int64_t j = 0; j < side; ++j) {
            const double mean =
                sums[static_cast<std::size_t>(j)] / (height * width[static_cast<std::size_t>(j)]);
            frame.data[static_cast<std::size_t>(cell * side + j)] =
                static_cast<std::byte>(std::lround(255 * std::clamp(mean, 0.0, 1.0)));
        }
    }
    return frame;
}

FrameRecord floatFrame(const std::string& name, std::int64_t step, std::vector<std::int64_t> shape,
                       std::span<const double> values) {
    FrameRecord frame;
    frame.name = name;
    frame.step = step;
    frame.type = FrameType::F32;
    frame.shape = std::move(shape);
    frame.data.resize(values.size() * sizeof(float));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto value = static_cast<float>(values[i]);
        std::memcpy(frame.data.data() + i * sizeof value, &value, sizeof value);
    }
    return frame;
}

} // namespace inlay::engine::graph_clustering

#include "engine/experiments/streaming_kmeans/stream_pass.h"

#include <algorithm>

#include "engine/experiments/streaming_kmeans/device_points.h"
#include "kernels/nearest.h"
#include "kernels/parallel.h"

namespace inlay::engine::kmeans {
namespace {

constexpr std::int64_t kPieceValues = 1 << 19; // numbers of the piece that is assigned at once
constexpr std::int64_t kRowsAtOnce = 256;

double squaredDistance(const double* a, const double* b, std::int64_t dims) {
    double parts[4] = {};
    std::int64_t p = 0;
    for (; p + 4 <= dims; p += 4)
        for (std::int64_t lane = 0; lane < 4; ++lane) {
            const double d = a[p + lane] - b[p + lane];
            parts[lane] += d * d;
        }
    for (; p < dims; ++p)
        parts[0] += (a[p] - b[p]) * (a[p] - b[p]);
    return (parts[0] + parts[1]) + (parts[2] + parts[3]);
}

} // namespace

PassResult passOver(StreamReader& reader, const std::vector<double>& centers,
                    std::int64_t plantedClusters, const PassWatch& watch,
                    const std::optional<Device>& device) {
    const std::int64_t dims = reader.dims();
    const std::int64_t count = static_cast<std::int64_t>(centers.size()) / dims;
    const std::vector<float> rounded(centers.begin(), centers.end());
    const kernels::CenterPack pack(rounded.data(), count, dims);
    std::optional<DevicePoints> elsewhere;
    if (device && DevicePoints::serves(*device))
        elsewhere.emplace(*device);
    PassResult result;
    result.counts.assign(static_cast<std::size_t>(count), 0);
    result.costs.assign(static_cast<std::size_t>(count), 0);
    result.sums.assign(centers.size(), 0);
    result.planted.assign(static_cast<std::size_t>(plantedClusters), 0);
    const std::int64_t piece = std::max<std::int64_t>(
        StreamReader::kWindow, kPieceValues / std::max<std::int64_t>(dims, 1));
    std::vector<float> values;
    std::vector<double> exact;
    std::vector<std::int32_t> planted;
    std::vector<std::int32_t> label;
    std::vector<float> squared;
    std::vector<double> costs;
    reader.rewind();
    for (bool ended = false; !ended;) {
        values.clear();
        exact.clear();
        planted.clear();
        std::int64_t rows = 0;
        while (rows < piece) {
            const std::int64_t got = reader.read(piece - rows);
            if (got == 0) {
                ended = true;
                break;
            }
            values.insert(values.end(), reader.values().begin(), reader.values().end());
            exact.insert(exact.end(), reader.exact().begin(), reader.exact().end());
            planted.insert(planted.end(), reader.planted().begin(), reader.planted().begin() + got);
            rows += got;
        }
        label.resize(static_cast<std::size_t>(rows));
        squared.resize(static_cast<std::size_t>(rows));
        costs.resize(static_cast<std::size_t>(rows));
        if (elsewhere) {
            elsewhere->set(values.data(), rows, dims);
            elsewhere->assign(rounded, label.data(), squared.data());
        }
        kernels::parallelFor(rows, kRowsAtOnce, [&](std::int64_t begin, std::int64_t end) {
            if (!elsewhere)
                kernels::nearestCenters(pack, values.data() + begin * dims, end - begin,
                                        label.data() + begin, squared.data() + begin, nullptr);
            for (std::int64_t i = begin; i < end; ++i)
                costs[static_cast<std::size_t>(i)] = squaredDistance(
                    exact.data() + i * dims,
                    centers.data() + label[static_cast<std::size_t>(i)] * dims, dims);
        });
        for (std::size_t i = 0; i < label.size(); ++i) {
            const auto c = static_cast<std::size_t>(label[i]);
            result.counts[c] += 1;
            result.costs[c] += costs[i];
            if (plantedClusters > 0)
                result.planted[static_cast<std::size_t>(planted[i])] += costs[i];
            double* sum = result.sums.data() + label[i] * dims;
            const double* row = exact.data() + i * static_cast<std::size_t>(dims);
            for (std::int64_t p = 0; p < dims; ++p)
                sum[p] += row[p];
        }
        result.points += rows;
        if (watch.labels)
            watch.labels(label);
        if (watch.proceed && !watch.proceed(result.points)) {
            result.interrupted = true;
            break;
        }
    }
    for (const double cost : result.costs)
        result.cost += cost;
    return result;
}

} // namespace inlay::engine::kmeans

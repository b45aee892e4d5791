#include "engine/datasets/blobs/blobs.h"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/random.h"

namespace inlay::engine {
namespace {

constexpr int kCandidates = 32;

float squaredDistance(const float* a, const float* b, int dims) {
    float sum = 0;
    for (int d = 0; d < dims; ++d)
        sum += (a[d] - b[d]) * (a[d] - b[d]);
    return sum;
}

Dataset drawBlobs(const BlobsConfig& config, const std::vector<float>& centers,
                  std::string_view part, std::int64_t first, std::int64_t count) {
    Dataset data;
    data.count = count;
    data.shape = {1, 1, config.dims};
    data.floats.reserve(static_cast<std::size_t>(count * config.dims));
    data.labels.reserve(static_cast<std::size_t>(count));
    for (int c = 0; c < config.classes; ++c)
        data.classNames.push_back(std::to_string(c));
    const RandomStream stream = RandomStream(config.seed, "blobs").split(part);
    for (std::int64_t i = first; i < first + count; ++i) {
        RandomStream sample = stream.split(static_cast<std::uint64_t>(i));
        const auto label = static_cast<std::int32_t>(i % config.classes);
        data.labels.push_back(label);
        const float* center = centers.data() + std::ptrdiff_t{label} * config.dims;
        for (int d = 0; d < config.dims; ++d)
            data.floats.push_back(center[d] + static_cast<float>(config.spread * sample.normal()));
    }
    return data;
}

} // namespace

std::vector<float> blobCenters(const BlobsConfig& config) {
    RandomStream stream = RandomStream(config.seed, "blobs").split("centers");
    const auto dims = static_cast<std::size_t>(config.dims);
    std::vector<float> centers;
    std::vector<float> candidate(dims);
    std::vector<float> best(dims);
    for (int c = 0; c < config.classes; ++c) {
        float farthest = -1;
        for (int attempt = 0; attempt < kCandidates; ++attempt) {
            for (float& value : candidate)
                value = static_cast<float>(stream.uniform(-1.0, 1.0));
            float nearest = std::numeric_limits<float>::max();
            for (std::size_t other = 0; other < centers.size(); other += dims)
                nearest = std::min(nearest, squaredDistance(candidate.data(),
                                                            centers.data() + other, config.dims));
            if (nearest > farthest) {
                farthest = nearest;
                best = candidate;
            }
        }
        centers.insert(centers.end(), best.begin(), best.end());
    }
    return centers;
}

DatasetSplit loadBlobs(const BlobsConfig& config) {
    const SplitCounts counts = resolveGeneratedSplit(config);
    const std::vector<float> centers = blobCenters(config);
    DatasetSplit split;
    split.training = drawBlobs(config, centers, "training", counts.validation, counts.training);
    split.validation = drawBlobs(config, centers, "training", 0, counts.validation);
    split.test = drawBlobs(config, centers, "test", 0, counts.test);
    return split;
}

} // namespace inlay::engine

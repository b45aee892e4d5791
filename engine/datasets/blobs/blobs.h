#pragma once

#include "engine/datasets/dataset.h"

namespace inlay::engine {

/// Gaussian clusters: class c is a normal cloud around a center of its own in the cube -1 … 1.
struct BlobsConfig : SplitConfig {
    int classes = 5;
    int dims = 8;
    /// Standard deviation of each cloud, along every axis.
    double spread = 0.4;
};

/// classes x dims, row-major. Each center is the one of 32 random points that is farthest from
/// the centers before it (Mitchell's best candidate), so that no two classes coincide.
std::vector<float> blobCenters(const BlobsConfig& config);

DatasetSplit loadBlobs(const BlobsConfig& config);

} // namespace inlay::engine

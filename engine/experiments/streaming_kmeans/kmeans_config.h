#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/datasets/points/point_source.h"
#include "engine/experiments/streaming_kmeans/lloyd.h"

namespace inlay::engine::kmeans {

enum class Algorithm { Dc1, Dc2, MultiLevel, Seeding, Lloyd, Online, MiniBatch };
enum class Start { Random, PlusPlus, Sharp };
enum class LogBase { Two, Natural };
enum class Polish { None, Weighted, Full };
enum class LabelFile { None, Npy, Csv };

/// Baselines that are run on the same points after the chosen algorithm.
struct CompareConfig {
    bool lloyd = false;    // random start
    bool plusPlus = false; // k-means++ on all points, no Lloyd
    bool online = false;
    bool miniBatch = false;
};

struct KmeansConfig {
    PointSource source = Norm25Config{};
    std::int64_t k = 8;
    Algorithm algorithm = Algorithm::Dc2;
    Start start = Start::PlusPlus;
    std::int64_t repetitions = 3;  // 0 = the paper's ceil(3 log n)
    std::int64_t oversampling = 0; // 0 = ceil(3 log k)
    LogBase logBase = LogBase::Two;
    std::int64_t groupSize = 0; // 0 = ceil(sqrt(n k))
    std::int64_t levels = -1;   // -1 = from the memory budget
    std::string memory = "64MB";
    std::int64_t batchSize = 1024;
    Polish polish = Polish::Weighted;
    std::int64_t polishIterations = 10;
    std::int64_t maxIterations = 300;
    double tolerance = 1e-4;
    double absoluteTolerance = 0;
    EmptyRule empty = EmptyRule::Farthest;
    CompareConfig compare;
    std::int64_t preview = 2000;
    LabelFile labels = LabelFile::Npy;
};

} // namespace inlay::engine::kmeans

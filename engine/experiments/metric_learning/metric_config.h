#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "engine/datasets/catalog.h"
#include "engine/networks/metric_losses.h"
#include "engine/networks/network_config.h"
#include "engine/optimizers/optimizer.h"

namespace inlay::engine::metric_learning {

/// Largest peak rate that schema and `set` accept.
inline constexpr double kLargestLearningRate = 10.0;

struct MseRatioConfig {
    double temperature = 1.0;
    bool operator==(const MseRatioConfig&) const = default;
};
struct NllRatioConfig {
    double temperature = 1.0;
    bool operator==(const NllRatioConfig&) const = default;
};
struct HingeConfig {
    double margin = 0.2;
    bool operator==(const HingeConfig&) const = default;
};
struct ContrastiveConfig {
    double margin = 1.0;
    bool operator==(const ContrastiveConfig&) const = default;
};
/// Each pair of one class against the batch's items of other classes.
struct InfoNceConfig {
    Similarity similarity = Similarity::NegativeDistance;
    double temperature = 1.0;
    bool operator==(const InfoNceConfig&) const = default;
};
using LossConfig =
    std::variant<MseRatioConfig, NllRatioConfig, HingeConfig, ContrastiveConfig, InfoNceConfig>;

enum class TripletSource {
    InBatch,          // every anchor-positive pair, one uniform negative each
    InBatchAll,       // every triplet of the batch
    SemiHard,         // the nearest negative beyond the positive, within the margin
    DistanceWeighted, // a negative drawn with probability 1 / distance
    PaperList,        // uniform triplets of the whole training set
    Comparisons       // a file of "a is closer to b than to c"
};

struct TripletConfig {
    TripletSource source = TripletSource::InBatch;
    std::int64_t perEpoch = 640000; // of the paper's list
    double margin = 0.2;            // semi-hard
    std::string path;               // comparisons
    bool operator==(const TripletConfig&) const = default;
};

/// Batches of `classes` classes with `items` items each; classes 0 = plain batches.
struct BalanceConfig {
    std::int64_t classes = 0;
    std::int64_t items = 13;
    bool operator==(const BalanceConfig&) const = default;
};

struct EmbeddingConfig {
    std::int64_t dimension = 0; // 0: the flattened last map of a convnet; 64 of other networks
    bool normalize = false;     // rows of length 1
    bool operator==(const EmbeddingConfig&) const = default;
};

struct SnapshotConfig {
    std::int64_t points = 5000;      // test samples
    std::int64_t trainingPoints = 0; // behind them
    std::int64_t everyEpochs = 1;    // after the first epoch, which has ten
    bool operator==(const SnapshotConfig&) const = default;
};

struct MetricAugmentConfig {
    std::int64_t shift = 0;
    bool mirror = false;
    bool operator==(const MetricAugmentConfig&) const = default;
};

struct MetricCheckpointConfig {
    double everySeconds = 30;
    std::int64_t everyEpochs = 1;
    bool operator==(const MetricCheckpointConfig&) const = default;
};

inline NetworkConfig convolutional() {
    NetworkConfig network;
    network.model = ConvNetConfig{};
    return network;
}

struct MetricConfig {
    DatasetConfig dataset;
    NetworkConfig network = convolutional();
    EmbeddingConfig embedding;
    LossConfig loss;
    TripletConfig triplets;
    BalanceConfig balanced;
    std::int64_t epochs = 5;
    std::int64_t batchSize = 128;
    double learningRate = 0.1;
    OptimizerConfig optimizer = SgdConfig{0.9, 1e-4, 0.0, true};
    ScheduleConfig schedule{ScheduleKind::OneCycle, 0.1};
    MetricAugmentConfig augment;
    SnapshotConfig snapshot;
    bool linearProbe = true;
    MetricCheckpointConfig checkpoint;
};

/// Validation samples are not held out unless asked for: metric learning does not use them.
inline void useAllForTraining(DatasetConfig& dataset) {
    std::visit(
        [](auto& config) {
            if (config.validationCount < 0)
                config.validationCount = 0;
        },
        dataset);
}

/// Whether a step's triplets come from a list instead of the batch.
inline bool isListed(const TripletConfig& triplets) {
    return triplets.source == TripletSource::PaperList ||
           triplets.source == TripletSource::Comparisons;
}

/// What the network is built for.
NetworkInput embeddingInput(const MetricConfig& config, const SampleShape& shape);
/// Numbers of an embedded point. Precondition: the network's plan has no issues.
std::int64_t embeddingWidth(const MetricConfig& config, const NetworkInput& input);
/// Side of the first convolution's window, where the network begins with one.
std::optional<std::int64_t> firstWindow(const MetricConfig& config, const NetworkInput& input);

} // namespace inlay::engine::metric_learning

#pragma once

#include <cstdint>
#include <string>

#include "engine/datasets/catalog.h"
#include "engine/networks/conv_stack.h"
#include "engine/networks/metric_losses.h"
#include "engine/networks/network_config.h"
#include "engine/optimizers/optimizer.h"

namespace inlay::engine::spatial_contrasting {

/// Where the two views of an image come from: two windows of one feature map, the maps of two
/// patches of the image, or those of two shifted copies.
enum class ViewSource { FeatureWindow, ImagePatch, Augmentation };

struct ContrastConfig {
    ViewSource views = ViewSource::FeatureWindow;
    std::string layer;       // "blocks.1"; empty: the last map of at least 2 x 2
    std::int64_t window = 0; // side; 0: half the map's (patches: the image's) side
    std::int64_t shift = 4;  // augmentation, pixels both ways
    Similarity similarity = Similarity::NegativeDistance;
    double temperature = 1.0;
    bool symmetric = true;
    bool operator==(const ContrastConfig&) const = default;
};

struct FineTuneConfig {
    std::int64_t labelsPerClass = 400; // 0 = all
    std::int64_t epochs = 40;
    std::int64_t batchSize = 32;
    double learningRate = 0.01;
    double scratchLearningRate = 0.01;
    std::int64_t shift = 2;
    bool mirror = false;
    std::int64_t replicates = 3;
    bool operator==(const FineTuneConfig&) const = default;
};

struct SpatialSnapshotConfig {
    std::int64_t points = 5000; // test images
    bool operator==(const SpatialSnapshotConfig&) const = default;
};

struct SpatialCheckpointConfig {
    double everySeconds = 30;
    bool operator==(const SpatialCheckpointConfig&) const = default;
};

inline NetworkConfig convolutional() {
    NetworkConfig network;
    network.model = ConvNetConfig{};
    return network;
}

struct SpatialConfig {
    DatasetConfig dataset;
    NetworkConfig network = convolutional();
    ContrastConfig contrast;
    std::int64_t epochs = 5;
    std::int64_t batchSize = 128;
    double learningRate = 0.1;
    std::int64_t patience = 3; // epochs without a lower loss before the rate falls to a tenth
    OptimizerConfig optimizer = SgdConfig{0.9, 1e-4, 0.0, true};
    FineTuneConfig fineTune;
    SpatialSnapshotConfig snapshot;
    SpatialCheckpointConfig checkpoint;
};

/// The part of the network below the criterion.
struct Encoder {
    NetworkConfig network; // a layer list without a head
    NetworkInput input;    // the image's, or a patch's
    MapSize map;           // what it ends in
    std::string layer;     // its last layer with a name
    std::int64_t window = 0;
    std::string issue; // why there is none; empty otherwise
    std::string issueKey;
};
Encoder encoderOf(const SpatialConfig& config, const SampleShape& shape);

/// Validation samples are not held out unless asked for.
void useAllForTraining(DatasetConfig& dataset);

} // namespace inlay::engine::spatial_contrasting

#pragma once

#include <string>
#include <vector>

#include "engine/networks/layers.h"
#include "engine/networks/network.h"
#include "kernels/op_types.h"

namespace inlay::engine {

/// Sizes of a map: height x width pixels of `channels` numbers.
struct MapSize {
    std::int64_t height = 1;
    std::int64_t width = 1;
    std::int64_t channels = 1;
    std::int64_t pixels() const { return height * width; }
    bool operator==(const MapSize&) const = default;
};

/// One module of a convolutional network with the sizes it works on. A max pooling that follows a
/// convolution without batch norm is part of its stage.
struct ConvStage {
    ConvLayer layer;
    std::string name;  // "blocks.2", "blocks.2.norm", "pool.1", "dropout.0", "mean", "head"
    std::string title; // "Convolution 3 (3 x 3, 64)"
    MapSize in;
    MapSize out;
    kernels::Windows windows; // convolution and max pooling, for one image
    kernels::Windows pool;    // behind a convolution; one tap: none
    bool isHead = false;
};

/// The layer list of a configuration: that of its preset, or its own.
std::vector<ConvLayer> convLayers(const ConvNetConfig& config);

/// The stages in order, for one image; sizes may be zero where checkConvNet() has an issue.
std::vector<ConvStage> convStages(const ConvNetConfig& config, const NetworkInput& input);

/// Empty lists, windows of more than 256 taps in a pooling, and the layer whose map would be empty.
std::vector<Issue> checkConvNet(const ConvNetConfig& config, const NetworkInput& input);

/// The stages whose map is an operator, as layers for a batch.
std::vector<LayerShape> convLayerShapes(const ConvNetConfig& config, const NetworkInput& input,
                                        std::int64_t batch);

kernels::Activation kernelActivation(ConvActivation activation);

} // namespace inlay::engine

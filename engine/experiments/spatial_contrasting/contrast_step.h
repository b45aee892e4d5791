#pragma once

#include <span>
#include <vector>

#include "engine/experiments/spatial_contrasting/spatial_config.h"
#include "engine/experiments/spatial_contrasting/views.h"
#include "engine/networks/batch_feed.h"
#include "engine/networks/network.h"

namespace inlay::engine::spatial_contrasting {

/// What a batch of images gives.
struct ContrastResult {
    double loss = 0;
    double ownNearest = 0;           // share of images nearest to their own other view
    double largestNorm = 0;          // of a view's features, before any normalization
    double largestSpread = 0;        // largest deviation of a feature over views of length 1
    std::vector<double> distances;   // N x N, first views by second views
    std::vector<WindowPair> windows; // of feature windows and patches
};

/// The criterion on batches of one data set: makes the views, and takes the gradient back through
/// the encoder.
class ContrastStep {
public:
    ContrastStep(const SpatialConfig& config, const Encoder& encoder, const Dataset& data,
                 const Normalization& normalization, const Device& device);

    /// With `train` the encoder's parameters get their gradients; otherwise it runs in inference.
    enum class Mode { Train, Look };
    ContrastResult run(Network& encoder, std::span<const std::int64_t> samples,
                       const RandomStream& stream, Mode mode);

private:
    /// The network's inputs for the views, a batch of one or two views an image.
    Tensor windowInput(std::span<const std::int64_t> samples);
    Tensor patchInput(std::span<const std::int64_t> samples,
                      const std::vector<WindowPair>& windows);
    Tensor shiftedInput(std::span<const std::int64_t> samples, const RandomStream& stream);
    Tensor toDevice(const std::vector<float>& values) const;

    const SpatialConfig& config_;
    Encoder encoder_;
    Device device_;
    BatchAssembler assembler_;
    MapSize image_;
    std::vector<float> values_;
    std::vector<std::int32_t> labels_;
};

} // namespace inlay::engine::spatial_contrasting

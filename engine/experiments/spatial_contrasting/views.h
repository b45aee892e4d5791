#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/random.h"
#include "engine/experiments/spatial_contrasting/spatial_config.h"

namespace inlay::engine::spatial_contrasting {

/// Upper left corner of a square window.
struct Corner {
    std::int64_t y = 0;
    std::int64_t x = 0;
    bool operator==(const Corner&) const = default;
};

/// Where the two views of an image lie.
struct WindowPair {
    Corner first;
    Corner second;
    bool operator==(const WindowPair&) const = default;
};

/// Two windows an image, each uniform over all places where it lies inside, borders included.
std::vector<WindowPair> drawWindows(std::int64_t images, std::int64_t height, std::int64_t width,
                                    std::int64_t window, RandomStream stream);

/// The numbers of one window of each map side by side, a row an image: window*window*channels.
/// `maps` has a row of pixels*channels numbers an image, the channel fastest.
std::vector<double> cutWindows(std::span<const double> maps, const MapSize& map,
                               std::span<const Corner> corners, std::int64_t window);

/// Adds the windows' gradients to those of the maps; windows may overlap.
void addWindows(std::span<const double> gradients, const MapSize& map,
                std::span<const Corner> corners, std::int64_t window, std::vector<double>& maps);

/// Square patches of images, cut from rows of height*width*channels floats.
std::vector<float> cutPatches(std::span<const float> images, const MapSize& image,
                              std::span<const Corner> corners, std::int64_t window);

std::vector<Corner> firstCorners(const std::vector<WindowPair>& windows);
std::vector<Corner> secondCorners(const std::vector<WindowPair>& windows);

} // namespace inlay::engine::spatial_contrasting

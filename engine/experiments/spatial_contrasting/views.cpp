#include "engine/experiments/spatial_contrasting/views.h"

#include <algorithm>
#include <cassert>

namespace inlay::engine::spatial_contrasting {
namespace {

/// Calls body(offset in an image's row of the map, offset in the window's row) for each line of a
/// window, which is `window * channels` adjacent numbers in both.
template <typename Body>
void forEachLine(const MapSize& map, Corner corner, std::int64_t window, Body&& body) {
    assert(corner.y >= 0 && corner.y + window <= map.height);
    assert(corner.x >= 0 && corner.x + window <= map.width);
    for (std::int64_t line = 0; line < window; ++line)
        body(((corner.y + line) * map.width + corner.x) * map.channels,
             line * window * map.channels);
}

template <typename T>
std::vector<T> cut(std::span<const T> maps, const MapSize& map, std::span<const Corner> corners,
                   std::int64_t window) {
    const std::int64_t from = map.pixels() * map.channels;
    const std::int64_t to = window * window * map.channels;
    std::vector<T> rows(corners.size() * static_cast<std::size_t>(to));
    for (std::size_t i = 0; i < corners.size(); ++i) {
        const T* source = maps.data() + static_cast<std::int64_t>(i) * from;
        T* target = rows.data() + static_cast<std::int64_t>(i) * to;
        forEachLine(map, corners[i], window, [&](std::int64_t in, std::int64_t out) {
            std::copy_n(source + in, window * map.channels, target + out);
        });
    }
    return rows;
}

} // namespace

std::vector<WindowPair> drawWindows(std::int64_t images, std::int64_t height, std::int64_t width,
                                    std::int64_t window, RandomStream stream) {
    std::vector<WindowPair> windows;
    const auto corner = [&] {
        Corner own;
        own.y = static_cast<std::int64_t>(stream.below(std::uint64_t(height - window + 1)));
        own.x = static_cast<std::int64_t>(stream.below(std::uint64_t(width - window + 1)));
        return own;
    };
    for (std::int64_t i = 0; i < images; ++i) {
        const Corner first = corner();
        windows.push_back({first, corner()});
    }
    return windows;
}

std::vector<double> cutWindows(std::span<const double> maps, const MapSize& map,
                               std::span<const Corner> corners, std::int64_t window) {
    return cut(maps, map, corners, window);
}

std::vector<float> cutPatches(std::span<const float> images, const MapSize& image,
                              std::span<const Corner> corners, std::int64_t window) {
    return cut(images, image, corners, window);
}

void addWindows(std::span<const double> gradients, const MapSize& map,
                std::span<const Corner> corners, std::int64_t window, std::vector<double>& maps) {
    const std::int64_t from = map.pixels() * map.channels;
    const std::int64_t to = window * window * map.channels;
    for (std::size_t i = 0; i < corners.size(); ++i) {
        double* target = maps.data() + static_cast<std::int64_t>(i) * from;
        const double* source = gradients.data() + static_cast<std::int64_t>(i) * to;
        forEachLine(map, corners[i], window, [&](std::int64_t in, std::int64_t out) {
            for (std::int64_t k = 0; k < window * map.channels; ++k)
                target[in + k] += source[out + k];
        });
    }
}

std::vector<Corner> firstCorners(const std::vector<WindowPair>& windows) {
    std::vector<Corner> corners;
    for (const WindowPair& pair : windows)
        corners.push_back(pair.first);
    return corners;
}

std::vector<Corner> secondCorners(const std::vector<WindowPair>& windows) {
    std::vector<Corner> corners;
    for (const WindowPair& pair : windows)
        corners.push_back(pair.second);
    return corners;
}

} // namespace inlay::engine::spatial_contrasting

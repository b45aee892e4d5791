#pragma once

#include <cstdint>
#include <vector>

#include <QImage>

namespace inlay::widgets {

/// Small pictures of the points, all of one size: gray or RGB bytes, row-major.
struct ThumbnailSheet {
    std::int64_t count = 0;
    int height = 0;
    int width = 0;
    int channels = 1; // 1 or 3
    std::vector<std::uint8_t> bytes;

    bool isEmpty() const { return count == 0; }
    /// A copy that lives on its own; null for a number that there is none of.
    QImage image(std::int64_t index) const;
};

} // namespace inlay::widgets

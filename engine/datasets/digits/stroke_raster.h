#pragma once

#include <array>
#include <cstdint>

namespace inlay::engine {

/// Collects line segments of varying width on a small square canvas and gives the share of each
/// pixel that they cover. Coordinates are in pixels; pixel (x, y) has its center at (x, y).
class StrokeRaster {
public:
    static constexpr int kSide = 28;

    /// A segment from a to b with half widths `widthA` and `widthB` (> 0) at its ends.
    struct Segment {
        float ax, ay, bx, by;
        float widthA, widthB;
    };

    void clear();
    void add(const Segment& segment);
    /// Cover of a pixel in 0 … 1 for strokes whose half width is `width` on average, with an edge
    /// that falls off over about one pixel.
    float cover(int x, int y, float width) const;

private:
    // Smallest squared distance to a segment, in units of that segment's half width.
    std::array<float, kSide * kSide> distance_;
};

} // namespace inlay::engine

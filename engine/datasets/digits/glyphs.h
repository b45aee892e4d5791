#pragma once

#include <span>
#include <vector>

namespace inlay::engine {

/// A point of a glyph: x to the right, y down, both in 0 … 1 of the digit's box.
struct GlyphPoint {
    float x = 0;
    float y = 0;
};

/// One way to write a digit: points, and strokes that run through them. A stroke is a smooth curve
/// through its points in order; a point named twice in a row is a corner; a stroke whose first
/// and last point are equal is closed smoothly. Strokes that share a point stay joined there.
struct Glyph {
    std::vector<GlyphPoint> points;
    std::vector<std::vector<int>> strokes;
    /// Width of the box over its height.
    float aspect = 0.7f;
    /// How often this way is chosen, relative to the others of its digit.
    int weight = 1;
};

/// The ways to write `digit`, 0 … 9.
std::span<const Glyph> glyphsOf(int digit);

} // namespace inlay::engine

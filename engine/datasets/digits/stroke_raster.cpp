#include "engine/datasets/digits/stroke_raster.h"

#include <algorithm>
#include <cmath>

namespace inlay::engine {
namespace {

// Farther than this many half widths from every stroke a pixel is empty.
constexpr float kFar = 1e6f;

} // namespace

void StrokeRaster::clear() {
    distance_.fill(kFar);
}

void StrokeRaster::add(const Segment& s) {
    const float reach = std::max(s.widthA, s.widthB) + 1.0f;
    const int left = std::max(0, static_cast<int>(std::min(s.ax, s.bx) - reach));
    const int right = std::min(kSide - 1, static_cast<int>(std::max(s.ax, s.bx) + reach) + 1);
    const int top = std::max(0, static_cast<int>(std::min(s.ay, s.by) - reach));
    const int bottom = std::min(kSide - 1, static_cast<int>(std::max(s.ay, s.by) + reach) + 1);
    const float dx = s.bx - s.ax;
    const float dy = s.by - s.ay;
    const float inverse = 1.0f / std::max(dx * dx + dy * dy, 1e-12f);
    const float width = 0.5f * (s.widthA + s.widthB);
    const float scale = 1.0f / (width * width);
    for (int y = top; y <= bottom; ++y) {
        const float py = static_cast<float>(y) - s.ay;
        float* line = distance_.data() + y * kSide;
        for (int x = left; x <= right; ++x) {
            const float px = static_cast<float>(x) - s.ax;
            float t = (px * dx + py * dy) * inverse;
            t = t < 0.0f ? 0.0f : t;
            t = t > 1.0f ? 1.0f : t;
            const float ex = px - t * dx;
            const float ey = py - t * dy;
            const float distance = (ex * ex + ey * ey) * scale;
            line[x] = distance < line[x] ? distance : line[x];
        }
    }
}

float StrokeRaster::cover(int x, int y, float width) const {
    const float distance = distance_[static_cast<std::size_t>(y * kSide + x)];
    if (distance >= kFar)
        return 0.0f;
    return std::clamp((1.0f - std::sqrt(distance)) * width + 0.5f, 0.0f, 1.0f);
}

} // namespace inlay::engine

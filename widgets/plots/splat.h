#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <QImage>

#include "widgets/theme/series_style.h"

namespace inlay::widgets {

/// A mark as a small picture of opacities, made once for 4 x 4 places within a pixel, so that a
/// drawn point costs a few blends and no path.
class SplatStamp {
public:
    /// Radius of the disc, and width of the ring of a hollow mark, in device pixels; opacity 0
    /// to 1.
    SplatStamp(double radius, MarkerFill fill, double opacity = 1, double ringWidth = 1);

    static constexpr int kPhases = 4;
    /// Pixels across; odd, the point lies in the middle one.
    int size() const { return size_; }
    /// From one row to the next; a multiple of 4, the rest is 0.
    int stride() const { return (size_ + 3) / 4 * 4; }
    /// Opacities (0 to 256), row-major, for a center `phaseX`/4, `phaseY`/4 of a pixel right and
    /// below the corner of the middle pixel.
    const std::uint16_t* opacities(int phaseX, int phaseY) const {
        return opacities_.data() +
               static_cast<std::ptrdiff_t>(phaseY * kPhases + phaseX) * size_ * stride();
    }

private:
    int size_ = 1;
    std::vector<std::uint16_t> opacities_;
};

/// How points of one class are drawn.
struct SplatLook {
    QRgb color = 0xff000000;
    const SplatStamp* stamp = nullptr;
};

/// Draws points `order` of the arrays, in this order, over a picture of format
/// ARGB32_Premultiplied. x and y are device pixels of the picture; points outside and NaN are
/// skipped. `look` gives each point its place in `looks`. No stamp may be larger than 100 pixels.
void splat(QImage& image, std::span<const float> x, std::span<const float> y,
           std::span<const std::uint32_t> order, std::span<const std::uint16_t> look,
           std::span<const SplatLook> looks);

} // namespace inlay::widgets

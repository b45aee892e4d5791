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
    /// Pixels that can have any opacity, whatever the place within the pixel.
    int columns() const { return columns_; }
    int rows() const { return rows_; }
    /// From one row to the next; a multiple of 4, the rest is 0.
    int stride() const { return (columns_ + 3) / 4 * 4; }
    /// Where the first column and row lie, counted from the pixel that holds the point.
    int left(int phaseX) const { return first_[phaseX]; }
    int top(int phaseY) const { return first_[phaseY]; }
    /// Opacities (0 to 256), row-major, for a center `phaseX`/4, `phaseY`/4 of a pixel right and
    /// below the corner of its pixel.
    const std::uint16_t* opacities(int phaseX, int phaseY) const {
        return opacities_.data() +
               static_cast<std::ptrdiff_t>(phaseY * kPhases + phaseX) * rows_ * stride();
    }

private:
    int columns_ = 1;
    int rows_ = 1;
    int first_[kPhases] = {};
    std::vector<std::uint16_t> opacities_;
};

/// How points of one class are drawn.
struct SplatLook {
    QRgb color = 0xff000000;
    const SplatStamp* stamp = nullptr;
};

/// A mark: where it lies, in device pixels of the picture, and its place among the looks. Side by
/// side, because marks that are drawn one after the other lie anywhere among the points.
struct SplatMark {
    float x = 0;
    float y = 0;
    std::uint32_t look = 0;
};

/// Draws marks, in this order, over a picture of format ARGB32_Premultiplied; marks outside and NaN
/// are skipped. No stamp may be larger than 100 pixels.
void splat(QImage& image, std::span<const SplatMark> marks, std::span<const SplatLook> looks);

} // namespace inlay::widgets

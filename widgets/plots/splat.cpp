#include "widgets/plots/splat.h"

#include <algorithm>
#include <cmath>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace inlay::widgets {
namespace {

/// Share of a pixel `distance` from the center that a disc of this radius covers, by the usual
/// one-pixel ramp.
double discCoverage(double distance, double radius) {
    return std::clamp(radius + 0.5 - distance, 0.0, 1.0);
}

/// The four channels of (source * a + below * (256 - a)) / 256; both are premultiplied.
std::uint32_t blended(std::uint32_t source, std::uint32_t below, std::uint32_t a) {
    constexpr std::uint32_t kOdd = 0x00ff00ffu;
    const std::uint32_t odd = (source & kOdd) * a + (below & kOdd) * (256 - a);
    const std::uint32_t even = (source >> 8 & kOdd) * a + (below >> 8 & kOdd) * (256 - a);
    return (odd >> 8 & kOdd) | (even & ~kOdd);
}

struct Place {
    std::uint32_t* pixels; // of the corner of the picture
    std::ptrdiff_t stride;
    int left;
    int top;
};

/// A mark of which a part may lie outside.
void drawCut(const Place& at, int width, int height, const std::uint16_t* a,
             const SplatStamp& stamp, std::uint32_t source) {
    const int toColumn = std::min(stamp.columns(), width - at.left);
    const int toRow = std::min(stamp.rows(), height - at.top);
    for (int row = std::max(0, -at.top); row < toRow; ++row) {
        std::uint32_t* line = at.pixels + (at.top + row) * at.stride + at.left;
        for (int column = std::max(0, -at.left); column < toColumn; ++column)
            line[column] = blended(source, line[column], a[row * stamp.stride() + column]);
    }
}

/// A mark of which all rows, up to the stamp's stride, lie inside. Four pixels at a time.
void drawWhole(const Place& at, const std::uint16_t* a, const SplatStamp& stamp,
               std::uint32_t source) {
    const int stampStride = stamp.stride();
    const int rows = stamp.rows();
    std::uint32_t* line = at.pixels + at.top * at.stride + at.left;
#ifdef __SSE2__
    const __m128i zero = _mm_setzero_si128();
    const __m128i all = _mm_set1_epi16(256);
    const __m128i over = _mm_unpacklo_epi8(_mm_set1_epi32(static_cast<int>(source)), zero);
    for (int row = 0; row < rows; ++row, line += at.stride, a += stampStride)
        for (int column = 0; column < stampStride; column += 4) {
            const __m128i four = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(a + column));
            const __m128i twice = _mm_unpacklo_epi16(four, four);
            const __m128i low = _mm_shuffle_epi32(twice, 0x50);
            const __m128i high = _mm_shuffle_epi32(twice, 0xfa);
            auto* const place = reinterpret_cast<__m128i*>(line + column);
            const __m128i below = _mm_loadu_si128(place);
            const auto mix = [&](const __m128i& opacity, const __m128i& pixels) {
                return _mm_srli_epi16(
                    _mm_add_epi16(_mm_mullo_epi16(over, opacity),
                                  _mm_mullo_epi16(pixels, _mm_sub_epi16(all, opacity))),
                    8);
            };
            _mm_storeu_si128(place, _mm_packus_epi16(mix(low, _mm_unpacklo_epi8(below, zero)),
                                                     mix(high, _mm_unpackhi_epi8(below, zero))));
        }
#else
    for (int row = 0; row < rows; ++row, line += at.stride, a += stampStride)
        for (int column = 0; column < stamp.columns(); ++column)
            line[column] = blended(source, line[column], a[column]);
#endif
}

} // namespace

SplatStamp::SplatStamp(double radius, MarkerFill fill, double opacity, double ringWidth) {
    // The last pixel whose middle the ramp can reach from any of the places.
    const double farthest = 1 - 0.5 / kPhases;
    const int reach = std::max(0, static_cast<int>(std::ceil(radius + farthest)) - 1);
    const auto opacityAt = [&](int column, int row, int phaseX, int phaseY) {
        // Middles of pixels lie at half; the point lies in pixel 0.
        const double dx = column + 0.5 - (phaseX + 0.5) / kPhases;
        const double dy = row + 0.5 - (phaseY + 0.5) / kPhases;
        const double distance = std::hypot(dx, dy);
        double share = discCoverage(distance, radius);
        if (fill == MarkerFill::Hollow)
            share -= discCoverage(distance, radius - ringWidth);
        return static_cast<std::uint16_t>(std::lround(256 * opacity * std::max(0.0, share)));
    };
    // A disc covers fewer pixels than a square around its pixel that would hold it from everywhere:
    // only those are kept. Rows are as columns.
    columns_ = 1;
    for (int phase = 0; phase < kPhases; ++phase) {
        int low = reach;
        int high = -reach;
        for (int column = -reach; column <= reach; ++column)
            for (int row = -reach; row <= reach; ++row)
                for (int other = 0; other < kPhases; ++other)
                    if (opacityAt(column, row, phase, other) > 0) {
                        low = std::min(low, column);
                        high = std::max(high, column);
                    }
        first_[phase] = std::min(low, high);
        columns_ = std::max(columns_, high - low + 1);
    }
    rows_ = columns_;
    const int across = stride();
    opacities_.resize(static_cast<std::size_t>(kPhases * kPhases) *
                      static_cast<std::size_t>(rows_ * across));
    auto* out = opacities_.data();
    for (int phaseY = 0; phaseY < kPhases; ++phaseY)
        for (int phaseX = 0; phaseX < kPhases; ++phaseX)
            for (int row = 0; row < rows_; ++row, out += across)
                for (int column = 0; column < columns_; ++column)
                    out[column] =
                        opacityAt(left(phaseX) + column, top(phaseY) + row, phaseX, phaseY);
}

void splat(QImage& image, std::span<const SplatMark> marks, std::span<const SplatLook> looks) {
    // Half of the largest stamp, and more: places above zero are cut off downwards.
    constexpr int kOutside = 64;
    const int width = image.width();
    const int height = image.height();
    Place at{reinterpret_cast<std::uint32_t*>(image.bits()),
             static_cast<std::ptrdiff_t>(image.bytesPerLine() / 4), 0, 0};
    const auto farRight = static_cast<float>(width + kOutside);
    const auto farBelow = static_cast<float>(height + kOutside);
    for (const SplatMark& mark : marks) {
        // Also false for NaN.
        if (!(mark.x > -kOutside && mark.x < farRight && mark.y > -kOutside && mark.y < farBelow))
            continue;
        const SplatLook& one = looks[mark.look];
        const SplatStamp& stamp = *one.stamp;
        const float placeX = mark.x + kOutside;
        const float placeY = mark.y + kOutside;
        const int column = static_cast<int>(placeX);
        const int row = static_cast<int>(placeY);
        const int phaseX =
            static_cast<int>((placeX - static_cast<float>(column)) * SplatStamp::kPhases);
        const int phaseY =
            static_cast<int>((placeY - static_cast<float>(row)) * SplatStamp::kPhases);
        const std::uint16_t* a = stamp.opacities(phaseX, phaseY);
        at.left = column - kOutside + stamp.left(phaseX);
        at.top = row - kOutside + stamp.top(phaseY);
        const std::uint32_t source = one.color | 0xff000000u;
        if (at.left >= 0 && at.top >= 0 && at.left + stamp.stride() <= width &&
            at.top + stamp.rows() <= height)
            drawWhole(at, a, stamp, source);
        else
            drawCut(at, width, height, a, stamp, source);
    }
}

} // namespace inlay::widgets

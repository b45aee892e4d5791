#include "widgets/plots/heat_picture.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "widgets/plots/heat_map.h"

namespace inlay::widgets {
namespace {

struct Span {
    int begin = 0;
    int end = 0; // begin == end: outside
};

std::vector<Span> spansOf(const std::vector<double>& edges, int cells) {
    std::vector<Span> spans;
    for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
        const double middle = (edges[i] + edges[i + 1]) / 2;
        Span span;
        if (middle >= 0 && middle < cells) {
            // Whole cells only, unless the pixel lies inside one: borders stay sharp.
            span.begin = std::max(0, static_cast<int>(std::ceil(edges[i] - 1e-9)));
            span.end = std::min(cells, static_cast<int>(std::floor(edges[i + 1] + 1e-9)));
            if (span.end <= span.begin) {
                span.begin = static_cast<int>(middle);
                span.end = span.begin + 1;
            }
        }
        spans.push_back(span);
    }
    return spans;
}

} // namespace

QImage heatPicture(const MatrixData& data, const ColorScale& scale, Appearance appearance,
                   const std::vector<double>& rows, const std::vector<double>& columns) {
    constexpr int kShades = 256;
    std::vector<QRgb> shades(kShades);
    for (int i = 0; i < kShades; ++i)
        shades[static_cast<std::size_t>(i)] =
            mapColor(scale.map, appearance, static_cast<double>(i) / (kShades - 1)).rgb();
    const QRgb none = tokens(appearance).noValue.rgb();
    const std::vector<Span> rowSpans = spansOf(rows, data.rows);
    const std::vector<Span> columnSpans = spansOf(columns, data.columns);
    QImage image(static_cast<int>(columnSpans.size()), static_cast<int>(rowSpans.size()),
                 QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    for (std::size_t y = 0; y < rowSpans.size(); ++y) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(static_cast<int>(y)));
        for (std::size_t x = 0; x < columnSpans.size(); ++x) {
            const Span& r = rowSpans[y];
            const Span& c = columnSpans[x];
            if (r.begin == r.end || c.begin == c.end)
                continue;
            double sum = 0;
            int count = 0;
            for (int row = r.begin; row < r.end; ++row)
                for (int column = c.begin; column < c.end; ++column) {
                    const double p =
                        scale.position(data.values[static_cast<std::size_t>(row) *
                                                       static_cast<std::size_t>(data.columns) +
                                                   static_cast<std::size_t>(column)]);
                    if (std::isnan(p))
                        continue;
                    sum += std::clamp(p, 0.0, 1.0);
                    ++count;
                }
            line[x] =
                count == 0
                    ? none
                    : shades[static_cast<std::size_t>(std::lround(sum / count * (kShades - 1)))];
        }
    }
    return image;
}

} // namespace inlay::widgets

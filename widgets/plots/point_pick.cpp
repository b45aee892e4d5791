#include "widgets/plots/point_pick.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <QImage>
#include <QPainter>

namespace inlay::widgets {

PointSet combine(const PointSet& before, const PointSet& found, SelectionChange change) {
    PointSet result;
    const auto out = std::back_inserter(result);
    switch (change) {
    case SelectionChange::Replace:
        return found;
    case SelectionChange::Add:
        std::set_union(before.begin(), before.end(), found.begin(), found.end(), out);
        break;
    case SelectionChange::Subtract:
        std::set_difference(before.begin(), before.end(), found.begin(), found.end(), out);
        break;
    case SelectionChange::Intersect:
        std::set_intersection(before.begin(), before.end(), found.begin(), found.end(), out);
        break;
    }
    return result;
}

PointSet inverted(const PointSet& set, std::uint32_t count) {
    PointSet result;
    auto next = set.begin();
    for (std::uint32_t i = 0; i < count; ++i)
        if (next != set.end() && *next == i)
            ++next;
        else
            result.push_back(i);
    return result;
}

PointSet pointsInside(const QPolygonF& outline, std::span<const float> x, std::span<const float> y,
                      std::span<const std::uint8_t> shown) {
    PointSet result;
    const QRect box = outline.boundingRect().toAlignedRect();
    if (outline.size() < 3 || box.isEmpty() || box.width() > 16384 || box.height() > 16384)
        return result;
    QImage raster(box.size(), QImage::Format_Grayscale8);
    raster.fill(0);
    QPainter painter(&raster);
    painter.setPen(Qt::NoPen);
    painter.setBrush(Qt::white);
    painter.translate(-box.topLeft());
    painter.drawPolygon(outline, Qt::OddEvenFill);
    painter.end();
    for (std::size_t i = 0; i < x.size(); ++i) {
        if ((!shown.empty() && shown[i] == 0) || !std::isfinite(x[i]) || !std::isfinite(y[i]))
            continue;
        const int column = static_cast<int>(std::floor(std::clamp(x[i], -1e6F, 1e6F))) - box.left();
        const int row = static_cast<int>(std::floor(std::clamp(y[i], -1e6F, 1e6F))) - box.top();
        if (column >= 0 && row >= 0 && column < box.width() && row < box.height() &&
            raster.constScanLine(row)[column] > 127)
            result.push_back(static_cast<std::uint32_t>(i));
    }
    return result;
}

void PointGrid::clear() {
    isBuilt_ = false;
}

void PointGrid::build(const QRectF& area, std::span<const float> x, std::span<const float> y,
                      std::span<const std::uint8_t> shown) {
    area_ = area;
    x_ = x;
    y_ = y;
    columns_ = std::max(1, static_cast<int>(std::ceil(area.width() / kCell)));
    rows_ = std::max(1, static_cast<int>(std::ceil(area.height() / kCell)));
    starts_.assign(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(rows_) + 1, 0);
    const auto cellOf = [&](std::size_t i) -> std::ptrdiff_t {
        if ((!shown.empty() && shown[i] == 0) || !area_.contains(x[i], y[i]))
            return -1;
        const int column = std::min(columns_ - 1, static_cast<int>((x[i] - area_.left()) / kCell));
        const int row = std::min(rows_ - 1, static_cast<int>((y[i] - area_.top()) / kCell));
        return static_cast<std::ptrdiff_t>(row) * columns_ + column;
    };
    for (std::size_t i = 0; i < x.size(); ++i)
        if (const auto cell = cellOf(i); cell >= 0)
            ++starts_[static_cast<std::size_t>(cell) + 1];
    for (std::size_t cell = 1; cell < starts_.size(); ++cell)
        starts_[cell] += starts_[cell - 1];
    points_.resize(starts_.back());
    std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
    for (std::size_t i = 0; i < x.size(); ++i)
        if (const auto cell = cellOf(i); cell >= 0)
            points_[next[static_cast<std::size_t>(cell)]++] = static_cast<std::uint32_t>(i);
    isBuilt_ = true;
}

std::int64_t PointGrid::nearest(const QPointF& pixel, double reach) const {
    const int column = static_cast<int>(std::floor((pixel.x() - area_.left()) / kCell));
    const int row = static_cast<int>(std::floor((pixel.y() - area_.top()) / kCell));
    std::int64_t best = -1;
    double least = reach;
    for (int r = std::max(0, row - 1); r <= std::min(rows_ - 1, row + 1); ++r)
        for (int c = std::max(0, column - 1); c <= std::min(columns_ - 1, column + 1); ++c) {
            const auto cell = static_cast<std::size_t>(r) * static_cast<std::size_t>(columns_) +
                              static_cast<std::size_t>(c);
            for (std::uint32_t k = starts_[cell]; k < starts_[cell + 1]; ++k) {
                const std::uint32_t i = points_[k];
                const double distance = std::hypot(x_[i] - pixel.x(), y_[i] - pixel.y());
                if (distance < least || (distance == least && std::int64_t{i} > best)) {
                    least = distance;
                    best = i;
                }
            }
        }
    return best;
}

} // namespace inlay::widgets

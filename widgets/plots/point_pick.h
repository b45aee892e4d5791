#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <QPolygonF>
#include <QRectF>

namespace inlay::widgets {

/// A set of points by their numbers, ascending.
using PointSet = std::vector<std::uint32_t>;

/// What a lasso or a rectangle does to the selection there was.
enum class SelectionChange { Replace, Add, Subtract, Intersect };

PointSet combine(const PointSet& before, const PointSet& found, SelectionChange change);
/// The points below `count` that are not in the set.
PointSet inverted(const PointSet& set, std::uint32_t count);

/// Points inside a closed outline (even-odd), tested against a raster of the outline at one sample
/// a pixel: the cost does not grow with the outline. Points whose `shown` is 0 are left out; an
/// empty `shown` shows all.
PointSet pointsInside(const QPolygonF& outline, std::span<const float> x, std::span<const float> y,
                      std::span<const std::uint8_t> shown);

/// Finds the point nearest to a pixel. Cells of 16 pixels hold the numbers of their points.
class PointGrid {
public:
    /// The spans must stay alive and unchanged until the next call.
    void build(const QRectF& area, std::span<const float> x, std::span<const float> y,
               std::span<const std::uint8_t> shown);
    void clear();
    bool isBuilt() const { return isBuilt_; }
    /// -1 when none is within `reach` (at most 16) pixels; ties go to the point drawn last, which
    /// lies on top.
    std::int64_t nearest(const QPointF& pixel, double reach) const;

private:
    static constexpr int kCell = 16;

    bool isBuilt_ = false;
    QRectF area_;
    int columns_ = 0;
    int rows_ = 0;
    std::span<const float> x_;
    std::span<const float> y_;
    std::vector<std::uint32_t> starts_;
    std::vector<std::uint32_t> points_;
};

} // namespace inlay::widgets

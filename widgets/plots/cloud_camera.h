#pragma once

#include <array>

#include <QVector3D>

namespace inlay::widgets {

/// Looks at points in three dimensions: turned about the upright axis, then tilted, and projected
/// without perspective, so that lengths across the picture stay comparable.
class CloudCamera {
public:
    CloudCamera() { set(30, 20); }

    /// Degrees; the tilt stays within ±90.
    double turn() const { return turn_; }
    double tilt() const { return tilt_; }
    void set(double turn, double tilt);
    void orbit(double turnBy, double tiltBy) { set(turn_ + turnBy, tilt_ + tiltBy); }
    void setCenter(const QVector3D& center) { center_ = center; }
    const QVector3D& center() const { return center_; }

    /// Place right of, above and in front of the center, in the units of the points.
    QVector3D view(float x, float y, float z) const {
        const float p[3] = {x - center_.x(), y - center_.y(), z - center_.z()};
        const auto row = [&](int r) {
            const float* m = rows_.data() + 3 * r;
            return m[0] * p[0] + m[1] * p[1] + m[2] * p[2];
        };
        return {row(0), row(1), row(2)};
    }

private:
    double turn_ = 0;
    double tilt_ = 0;
    QVector3D center_;
    std::array<float, 9> rows_{};
};

} // namespace inlay::widgets

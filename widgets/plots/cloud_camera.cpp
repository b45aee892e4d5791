#include "widgets/plots/cloud_camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace inlay::widgets {

void CloudCamera::set(double turn, double tilt) {
    turn_ = std::remainder(turn, 360.0);
    tilt_ = std::clamp(tilt, -90.0, 90.0);
    const double a = turn_ * std::numbers::pi / 180;
    const double b = tilt_ * std::numbers::pi / 180;
    const double rows[9] = {std::cos(a),
                            0,
                            std::sin(a),
                            std::sin(b) * std::sin(a),
                            std::cos(b),
                            -std::sin(b) * std::cos(a),
                            -std::cos(b) * std::sin(a),
                            std::sin(b),
                            std::cos(b) * std::cos(a)};
    for (std::size_t i = 0; i < rows_.size(); ++i)
        rows_[i] = static_cast<float>(rows[i]);
}

} // namespace inlay::widgets

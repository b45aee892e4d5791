#include "widgets/theme/color_map.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace inlay::widgets {

std::span<const QColor> colorStops(ColorMap map, Appearance appearance) {
    static const std::array<QColor, 11> viridis = {"#440154", "#482374", "#404387", "#345E8D",
                                                   "#29788E", "#20908C", "#22A784", "#44BE70",
                                                   "#79D151", "#BDDE26", "#FDE724"};
    static const std::array<QColor, 5> divergingLight = {"#05508C", "#6EAAD7", "#F5F5F5", "#F0AA6E",
                                                         "#AA4B00"};
    static const std::array<QColor, 5> divergingDark = {"#6EBEFF", "#3C78B4", "#2B3038", "#BE6428",
                                                        "#FFAA64"};
    if (map == ColorMap::Viridis)
        return viridis;
    return appearance == Appearance::Dark ? divergingDark : divergingLight;
}

QColor mapColor(ColorMap map, Appearance appearance, double t) {
    if (std::isnan(t))
        return tokens(appearance).noValue;
    const auto stops = colorStops(map, appearance);
    const double position = std::clamp(t, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
    const auto index = std::min(static_cast<std::size_t>(position), stops.size() - 2);
    const double f = position - static_cast<double>(index);
    const QColor& a = stops[index];
    const QColor& b = stops[index + 1];
    const auto mix = [f](int from, int to) {
        return qRound(from + f * (to - from));
    };
    return QColor(mix(a.red(), b.red()), mix(a.green(), b.green()), mix(a.blue(), b.blue()));
}

} // namespace inlay::widgets

#include "widgets/plots/ticks.h"

#include <algorithm>
#include <cmath>

namespace inlay::widgets {

Ticks linearTicks(const Range& range, int count, TickStep whole) {
    Ticks ticks;
    if (!(range.size() > 0) || !std::isfinite(range.size()))
        return ticks;
    const double raw = range.size() / std::max(1, count);
    const double magnitude = std::pow(10.0, std::floor(std::log10(raw)));
    ticks.step = 10 * magnitude;
    for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
        const double step = factor * magnitude;
        if (step >= raw * (1 - 1e-9) && (whole == TickStep::Any || step == std::round(step))) {
            ticks.step = step;
            break;
        }
    }
    if (whole == TickStep::Whole)
        ticks.step = std::max(1.0, ticks.step);
    const double first = std::ceil(range.low / ticks.step - 1e-9);
    const double last = std::floor(range.high / ticks.step + 1e-9);
    for (double i = first; i <= last; ++i)
        ticks.positions.push_back(i * ticks.step);
    return ticks;
}

Ticks nameTicks(const Range& range, std::size_t names, double pixels, double room) {
    Ticks ticks;
    if (!(range.size() > 0) || pixels <= 0)
        return ticks;
    const double cell = pixels / range.size();
    const auto every = static_cast<std::size_t>(std::max(1.0, std::ceil(room / cell)));
    ticks.step = static_cast<double>(every);
    for (std::size_t i = 0; i < names; i += every) {
        const double center = static_cast<double>(i) + 0.5;
        if (center >= range.low && center <= range.high)
            ticks.positions.push_back(center);
    }
    return ticks;
}

Ticks logTicks(const Range& range, int count) {
    Ticks ticks;
    if (!(range.low > 0) || !(range.high > range.low))
        return ticks;
    if (range.high / range.low < 2.5)
        return linearTicks(range, count, TickStep::Any);
    const double decades = std::log10(range.high / range.low);
    const auto collect = [&](std::initializer_list<double> factors, int every) {
        ticks.positions.clear();
        const int first = static_cast<int>(std::floor(std::log10(range.low)));
        const int last = static_cast<int>(std::ceil(std::log10(range.high)));
        for (int e = first; e <= last; ++e) {
            if (e % every != 0)
                continue;
            for (const double factor : factors) {
                // Dividing gives the double that 0.3 is written as; multiplying does not.
                const double value =
                    e < 0 ? factor / std::pow(10.0, -e) : factor * std::pow(10.0, e);
                if (value >= range.low * (1 - 1e-9) && value <= range.high * (1 + 1e-9))
                    ticks.positions.push_back(value);
            }
        }
        return static_cast<int>(ticks.positions.size()) <= std::max(2, count);
    };
    if (collect({1, 2, 5}, 1) || collect({1, 3}, 1) || collect({1}, 1))
        return ticks;
    collect({1}, std::max(2, static_cast<int>(std::ceil(decades / std::max(1, count)))));
    return ticks;
}

Range padded(const Range& range, AxisScale scale, double share) {
    if (scale == AxisScale::Log) {
        if (!(range.low > 0))
            return {0.1, 10};
        const double ratio = range.high / range.low;
        const double factor = ratio > 1.0001 ? std::pow(ratio, share) : 1.5;
        return {range.low / factor, range.high * factor};
    }
    if (range.size() > 0 && range.size() > 1e-12 * std::abs(range.high))
        return {range.low - share * range.size(), range.high + share * range.size()};
    const double half = range.high == 0 ? 1 : std::abs(range.high) * 0.05;
    return {range.low - half, range.high + half};
}

} // namespace inlay::widgets

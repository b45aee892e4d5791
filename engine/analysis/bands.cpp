#include "engine/analysis/bands.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <optional>

namespace inlay::engine {
namespace {

/// Walks one member along the increasing steps of the group.
class Cursor {
public:
    Cursor(const SeriesView& series, Alignment alignment)
        : series_(series)
        , alignment_(alignment) {
        assert(series.x.size() == series.y.size());
    }

    /// The member's finite value at x, if it counts there; x never decreases between calls.
    std::optional<double> at(double x) {
        const auto& keys = series_.x;
        while (next_ < keys.size() && keys[next_] <= x)
            ++next_;
        if (next_ == 0)
            return std::nullopt;
        const double value = series_.y[next_ - 1];
        if (!std::isfinite(value))
            return std::nullopt;
        if (keys[next_ - 1] == x)
            return value;
        if (alignment_ == Alignment::Exact || next_ == keys.size())
            return std::nullopt;
        const std::size_t after = lastEqual(next_);
        const double following = series_.y[after];
        if (!std::isfinite(following))
            return std::nullopt;
        const double t = (x - keys[next_ - 1]) / (keys[after] - keys[next_ - 1]);
        return value + t * (following - value);
    }

private:
    std::size_t lastEqual(std::size_t i) const {
        while (i + 1 < series_.x.size() && series_.x[i + 1] == series_.x[i])
            ++i;
        return i;
    }

    SeriesView series_;
    Alignment alignment_;
    std::size_t next_ = 0;
};

std::vector<double> unionOfSteps(std::span<const SeriesView> members) {
    std::vector<double> steps;
    for (const SeriesView& member : members)
        steps.insert(steps.end(), member.x.begin(), member.x.end());
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
    return steps;
}

} // namespace

Band bandOf(std::span<const SeriesView> members, Alignment alignment) {
    std::vector<Cursor> cursors;
    for (const SeriesView& member : members)
        cursors.emplace_back(member, alignment);
    Band band;
    std::vector<double> values;
    for (const double x : unionOfSteps(members)) {
        values.clear();
        for (Cursor& cursor : cursors)
            if (const auto value = cursor.at(x))
                values.push_back(*value);
        if (values.empty())
            continue;
        const double n = static_cast<double>(values.size());
        double mean = 0;
        for (const double value : values)
            mean += value / n;
        double squares = 0;
        for (const double value : values)
            squares += (value - mean) * (value - mean);
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        band.x.push_back(x);
        band.mean.push_back(mean);
        band.deviation.push_back(values.size() > 1 ? std::sqrt(squares / (n - 1))
                                                   : std::numeric_limits<double>::quiet_NaN());
        band.min.push_back(*low);
        band.max.push_back(*high);
        band.count.push_back(values.size());
    }
    return band;
}

} // namespace inlay::engine

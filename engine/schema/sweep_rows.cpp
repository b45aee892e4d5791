#include "engine/schema/sweep_rows.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace inlay::engine {
namespace {

constexpr const char* kSeparator = " · ";

std::vector<std::string_view> splitValues(std::string_view text) {
    std::vector<std::string_view> parts;
    std::size_t start = 0;
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            ++depth;
        } else if (c == ']' || c == '}') {
            --depth;
        } else if (c == ',' && depth <= 0) {
            parts.push_back(text.substr(start, i - start));
            start = i + 1;
        }
    }
    parts.push_back(text.substr(start));
    return parts;
}

/// The last part of a key where that names one axis only, else the whole key.
std::string shortKey(const std::vector<GridAxis>& grid, const std::string& key) {
    const auto last = [](const std::string& dotted) {
        return dotted.substr(dotted.rfind('.') + 1); // npos + 1 is 0
    };
    const auto same = std::count_if(grid.begin(), grid.end(), [&](const GridAxis& axis) {
        return last(axis.key) == last(key);
    });
    return same > 1 ? key : last(key);
}

std::string shortValue(const Json& value) {
    return value.is_string() ? value.get<std::string>() : valueText(value);
}

void addPart(std::string& name, const std::string& part) {
    if (!name.empty())
        name += kSeparator;
    name += part;
}

/// `set` with `assignment` in it, in place of an older one to the same key.
void put(std::vector<Assignment>& set, const Assignment& assignment) {
    const auto found = std::find_if(set.begin(), set.end(), [&assignment](const Assignment& old) {
        return old.key == assignment.key;
    });
    if (found == set.end())
        set.push_back(assignment);
    else
        found->value = assignment.value;
}

} // namespace

ParsedGrid parseGrid(const std::vector<std::string>& texts) {
    ParsedGrid parsed;
    for (const std::string& text : texts) {
        const std::size_t equal = text.find('=');
        if (equal == std::string::npos || equal == 0) {
            parsed.issues.push_back(
                {text,
                 fmt::format("{} is not a grid, expected is key=value,value,…", valueText(text))});
            continue;
        }
        GridAxis axis{text.substr(0, equal), {}};
        bool whole = true;
        for (const std::string_view part : splitValues(std::string_view(text).substr(equal + 1))) {
            whole = whole && !part.empty();
            axis.values.push_back(valueFromText(part));
        }
        const bool twice =
            std::any_of(parsed.axes.begin(), parsed.axes.end(),
                        [&axis](const GridAxis& other) { return other.key == axis.key; });
        if (!whole)
            parsed.issues.push_back(
                {axis.key, fmt::format("{} has an empty value in the grid {}, expected is "
                                       "key=value,value,…",
                                       axis.key, valueText(text))});
        else if (twice)
            parsed.issues.push_back({axis.key, fmt::format("{} is in the grid twice", axis.key)});
        else
            parsed.axes.push_back(std::move(axis));
    }
    return parsed;
}

std::size_t sweepSize(const std::vector<ProjectVariant>& variants,
                      const std::vector<GridAxis>& grid, std::int64_t seeds) {
    std::size_t size = std::max<std::size_t>(variants.size(), 1);
    const auto times = [&size](std::size_t factor) {
        size = factor != 0 && size > std::numeric_limits<std::size_t>::max() / factor
                   ? std::numeric_limits<std::size_t>::max()
                   : size * factor;
    };
    for (const GridAxis& axis : grid)
        times(axis.values.size());
    times(std::size_t(std::max<std::int64_t>(seeds, 0)));
    return size;
}

std::vector<SweepRow> sweepRows(const std::vector<ProjectVariant>& variants,
                                const std::vector<GridAxis>& grid, std::int64_t firstSeed,
                                std::int64_t seeds) {
    std::vector<SweepRow> rows;
    if (variants.empty())
        rows.emplace_back();
    for (std::size_t i = 0; i < variants.size(); ++i) {
        rows.push_back({variants[i].name, i, {}, firstSeed});
        for (const Assignment& assignment : variants[i].set)
            put(rows.back().set, assignment);
    }
    for (const GridAxis& axis : grid) {
        std::vector<SweepRow> longer;
        for (const SweepRow& row : rows)
            for (const Json& value : axis.values) {
                SweepRow next = row;
                put(next.set, {axis.key, value});
                if (axis.values.size() > 1)
                    addPart(next.name, shortKey(grid, axis.key) + "=" + shortValue(value));
                longer.push_back(std::move(next));
            }
        rows = std::move(longer);
    }
    std::vector<SweepRow> all;
    for (const SweepRow& row : rows)
        for (std::int64_t i = 0; i < seeds; ++i) {
            SweepRow next = row;
            next.seed = firstSeed + i;
            if (seeds > 1)
                addPart(next.name, fmt::format("seed {}", next.seed));
            all.push_back(std::move(next));
        }
    return all;
}

} // namespace inlay::engine

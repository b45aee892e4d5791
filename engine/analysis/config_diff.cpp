#include "engine/analysis/config_diff.h"

#include <algorithm>
#include <cassert>
#include <list>
#include <string_view>
#include <unordered_map>

namespace inlay::engine {
namespace {

/// All keys; each new key of a later configuration goes behind the key before it there.
std::list<std::string> mergedKeys(std::span<const FlatConfig> configs) {
    std::list<std::string> keys;
    std::unordered_map<std::string_view, std::list<std::string>::iterator> places;
    for (const FlatConfig& config : configs) {
        auto next = keys.begin();
        for (const auto& [key, value] : config) {
            const auto found = places.find(key);
            if (found != places.end()) {
                next = std::next(found->second);
                continue;
            }
            const auto place = keys.insert(next, key);
            places.emplace(*place, place);
        }
    }
    return keys;
}

std::vector<std::unordered_map<std::string, const Json*>>
indexed(std::span<const FlatConfig> configs) {
    std::vector<std::unordered_map<std::string, const Json*>> maps;
    for (const FlatConfig& config : configs) {
        auto& map = maps.emplace_back();
        for (const auto& [key, value] : config)
            map[key] = &value;
    }
    return maps;
}

} // namespace

ConfigDiff diffConfigs(std::span<const FlatConfig> configs, std::size_t baseline, DiffKeys keys) {
    assert(configs.empty() || baseline < configs.size());
    const auto maps = indexed(configs);
    ConfigDiff diff;
    for (const std::string& key : mergedKeys(configs)) {
        DifferingKey row;
        for (const auto& map : maps) {
            const auto found = map.find(key);
            row.values.push_back(found == map.end() ? std::nullopt
                                                    : std::optional<Json>(*found->second));
        }
        for (const auto& value : row.values)
            row.differs.push_back(value != row.values[baseline]);
        if (std::none_of(row.differs.begin(), row.differs.end(), [](bool d) { return d; })) {
            ++diff.equalKeys;
            if (keys == DiffKeys::Differing)
                continue;
        }
        const std::size_t dot = key.rfind('.');
        const std::string section = dot == std::string::npos ? "" : key.substr(0, dot);
        row.key = key;
        row.name = dot == std::string::npos ? key : key.substr(dot + 1);
        auto at = std::find_if(diff.sections.begin(), diff.sections.end(),
                               [&](const DiffSection& s) { return s.section == section; });
        if (at == diff.sections.end())
            at = diff.sections.insert(at, {section, {}});
        at->keys.push_back(std::move(row));
    }
    return diff;
}

} // namespace inlay::engine

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/json.h"

namespace inlay::engine {

/// A configuration as flatten() returns it: (dotted key, value), in declaration order.
using FlatConfig = std::vector<std::pair<std::string, Json>>;

/// One key with its value in each configuration.
struct DifferingKey {
    /// The whole dotted key and its last part.
    std::string key;
    std::string name;
    /// One value per configuration; nothing where the configuration lacks the key.
    std::vector<std::optional<Json>> values;
    /// Per configuration: unlike the baseline's value.
    std::vector<bool> differs;
};

/// The keys under one dotted prefix ("network.operator"; "" for top-level keys).
struct DiffSection {
    std::string section;
    std::vector<DifferingKey> keys;
};

struct ConfigDiff {
    std::vector<DiffSection> sections;
    /// Keys that are the same everywhere.
    std::size_t equalKeys = 0;
};

enum class DiffKeys {
    Differing,
    All ///< those that are the same everywhere are listed too
};

/// What differs between `configs`, measured against configs[baseline]. Sections and keys keep the
/// order of the configurations, a key that only later ones have follows its predecessor there.
/// 1 and 1.0 are equal.
ConfigDiff diffConfigs(std::span<const FlatConfig> configs, std::size_t baseline = 0,
                       DiffKeys keys = DiffKeys::Differing);

} // namespace inlay::engine

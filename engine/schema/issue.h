#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inlay::engine {

/// One thing that is wrong with the user's input.
struct Issue {
    /// Dotted key of the parameter ("network.layers[1].operator.rank"); empty when no key is meant.
    std::string key;
    /// A full sentence that names the wrong value and what is allowed, and that opens with the key:
    /// "network.operator.rank is 100, allowed is 1 to 64 (tile³)".
    std::string message;

    bool operator==(const Issue&) const = default;
};

/// Issues of a nested configuration seen from outside: `prefix` goes before every key, and before
/// every message that opens with its key. An empty key becomes the prefix itself.
std::vector<Issue> prefixed(std::vector<Issue> issues, std::string_view prefix);

/// The messages, one a line.
std::string joinMessages(const std::vector<Issue>& issues);

} // namespace inlay::engine

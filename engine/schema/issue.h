#pragma once

#include <string>

namespace inlay::engine {

/// One thing wrong with user input: `key` is the dotted key it belongs to, `message` a sentence
/// that names the value and what is allowed.
struct Issue {
    std::string key;
    std::string message;

    bool operator==(const Issue&) const = default;
};

} // namespace inlay::engine

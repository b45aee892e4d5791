#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/json.h"
#include "engine/schema/any_schema.h"
#include "engine/schema/issue.h"

namespace inlay::engine {

/// A dotted key and its new value, as `--set key=value` or the `set` of a project's variant gives.
struct Assignment {
    std::string key;
    Json value;

    bool operator==(const Assignment&) const = default;
};

/// The value a person typed: JSON when the text is JSON, else the text itself.
Json valueFromText(std::string_view text);

struct ParsedAssignments {
    std::vector<Assignment> assignments;
    std::vector<Issue> issues;
};
/// Reads "key=value" texts; the value may hold more equal signs.
ParsedAssignments parseAssignments(const std::vector<std::string>& texts);

struct Assigned {
    /// The partial config with all assignments made whose key is known.
    Json config;
    /// Unknown keys, then everything that is wrong with `config`.
    std::vector<Issue> issues;
};
/// Makes all assignments as one step, then validates. An assigned key that ends in ".kind" first
/// puts its sibling keys to the defaults of that kind, so what counts is only what this step sets
/// beside it. Keys of whole groups take JSON objects, lists are set whole. Of two assignments to
/// one key the later counts; otherwise their order does not matter.
Assigned assign(const AnySchema& schema, const Json& config,
                const std::vector<Assignment>& assignments);

/// The values with every relative path resolved against `folder` (absolute), without "." and "..".
Json withAbsolutePaths(const AnySchema& schema, const Json& values, const std::string& folder);

} // namespace inlay::engine

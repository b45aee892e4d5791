#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace inlay::engine {

/// Objects keep the order of their keys: files and forms show parameters as they were declared.
using Json = nlohmann::ordered_json;

/// Parses JSON text. Throws Error "<source> is not JSON: line L, column C: …".
Json parseJson(std::string_view text, const std::string& source);

/// Reads and parses a file; throws Error when it cannot be read or is not JSON.
Json readJsonFile(const std::string& path);

/// Serializes on one line; non-finite numbers become the strings "NaN", "Infinity", "-Infinity".
std::string dumpJson(const Json& value);
/// The same with two spaces of indentation and a final newline.
std::string dumpJsonPretty(const Json& value);

/// A number as JSON: finite numbers as they are, others as the strings above.
Json jsonNumber(double value);
/// The inverse of jsonNumber; nullopt when `value` is neither a number nor one of the strings.
std::optional<double> numberFromJson(const Json& value);

/// The value at a dotted path ("network.operator.kind"), or null when a part is missing.
const Json* findPath(const Json& root, std::string_view dotted);
/// Sets the value at a dotted path, creating objects on the way.
void setPath(Json& root, std::string_view dotted, Json value);
/// Leaves of a nested object as (dotted path, value), in order. Arrays are leaves.
std::vector<std::pair<std::string, Json>> flatten(const Json& root);

} // namespace inlay::engine

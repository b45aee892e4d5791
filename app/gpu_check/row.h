#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace inlay::app {

/// The fields of a row by name: text as it is, everything else as JSON wrote it.
using Fields = std::map<std::string, std::string>;

/// One result as a flat JSON object. "stage" and "case" come first and name it.
class Row {
public:
    Row(const std::string& stage, const std::string& name);

    Row& text(const std::string& key, const std::string& value);
    /// Seven digits; what is not finite becomes "NaN", "Infinity" or "-Infinity".
    Row& number(const std::string& key, double value);
    Row& count(const std::string& key, std::int64_t value);
    Row& flag(const std::string& key, bool value);
    Row& numbers(const std::string& key, const std::vector<double>& values);

    /// The line, without its end.
    std::string json() const { return text_ + "}"; }

private:
    Row& field(const std::string& key, const std::string& value);

    std::string text_;
};

/// The fields of a line made by Row (or a flat one made elsewhere); nothing when it is no such
/// line.
std::optional<Fields> parseRow(std::string_view line);

/// A field's value, or `otherwise` where there is none.
std::string fieldOr(const Fields& fields, const std::string& key,
                    const std::string& otherwise = "");
double numberOr(const Fields& fields, const std::string& key, double otherwise);
/// False only where the field "ok" says so.
bool isOk(const Fields& fields);
/// "stage case", by which a row is found again.
std::string keyOf(const Fields& fields);

} // namespace inlay::app

#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/json.h"

namespace inlay::engine {

class AnySchema;

/// What a field holds, and with it which editor shows it. In JSON: true/false, number, number,
/// string, string (the id of a choice), string, list of numbers, list of numbers, list of objects.
enum class FieldType { Boolean, Integer, Real, Text, Choice, Path, IntegerList, RealList, Rules };

/// What a Path field names; forms choose their file dialog by it.
enum class PathKind { File, Directory, FileOrDirectory };

/// One value of a Choice field.
struct Choice {
    std::string id;
    std::string title;
    std::string summary;
};

/// The field is active while the value at `key` is one of `values`.
struct Condition {
    std::string key;
    std::vector<Json> values;

    bool operator==(const Condition&) const = default;
};

/// All that a form, a page or a flag needs to know of one parameter.
struct FieldInfo {
    /// Dotted key from the schema asked, e.g. "network.operator.rank".
    std::string key;
    std::string title;
    std::string help;
    /// Symbol of the unit, "s", "px"; empty for pure numbers.
    std::string unit;
    FieldType type = FieldType::Text;

    /// Bounds of numbers and of the elements of lists; open bounds are not allowed themselves.
    std::optional<double> minimum;
    std::optional<double> maximum;
    bool minimumOpen = false;
    bool maximumOpen = false;
    /// What the C++ member can hold (Integer, IntegerList).
    std::int64_t typeMinimum = std::numeric_limits<std::int64_t>::min();
    std::int64_t typeMaximum = std::numeric_limits<std::int64_t>::max();
    /// Bounds of a list's length.
    std::size_t minimumLength = 0;
    std::size_t maximumLength = std::numeric_limits<std::size_t>::max();
    /// Hint for a spin box.
    std::optional<double> step;
    /// Hint: the value is thought of in factors, not in differences.
    bool logScale = false;

    std::vector<Choice> choices;
    PathKind pathKind = PathKind::FileOrDirectory;
    /// A text or path that may not be empty.
    bool required = false;
    Json defaultValue;

    /// All of these hold while the field is active; keys as in `key`.
    std::vector<Condition> enabledWhen;
    /// Titles of the enclosing groups, outermost first; then the field's own section.
    std::vector<std::string> groups;
    /// Heading for fields that share no struct but belong together in a form.
    std::string section;
    /// Belongs in the folded part of a form.
    bool advanced = false;
    /// The true discriminator of a variant: choosing another value replaces its sibling fields.
    bool discriminator = false;
    /// A discriminator whose alternatives' keys lie beside fields that are not theirs; those keep
    /// their values when another alternative is chosen.
    bool inlined = false;
    /// Schema of one element (Rules).
    std::shared_ptr<const AnySchema> item;
};

/// "whole number", "true or false", …
std::string typeText(const FieldInfo& field);
/// "1 to 64", "more than 0", "sgd, adamw"; empty when everything of the type is allowed.
std::string allowedText(const FieldInfo& field);
/// "optimizer.kind is sgd or adamw and …"; empty when always active.
std::string conditionText(const FieldInfo& field);
/// A value as sentences show it: short, strings in quotes.
std::string valueText(const Json& value);
/// A number the way people write it: "0.001", "1e-07", "64".
std::string numberText(double value);

} // namespace inlay::engine

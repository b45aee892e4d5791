#include "engine/schema/field.h"

#include <cmath>

#include <fmt/format.h>

namespace inlay::engine {
namespace {

constexpr std::size_t kLongestValue = 60;

std::string boundText(const FieldInfo& field, double bound) {
    const bool integer = field.type == FieldType::Integer || field.type == FieldType::IntegerList;
    if (integer && std::abs(bound) < 9e15)
        return std::to_string(std::int64_t(bound));
    return numberText(bound);
}

std::string rangeText(const FieldInfo& field) {
    const auto& low = field.minimum;
    const auto& high = field.maximum;
    const std::string lowText = low ? boundText(field, *low) : std::string();
    const std::string highText = high ? boundText(field, *high) : std::string();
    if (low && high) {
        if (!field.minimumOpen && !field.maximumOpen)
            return fmt::format("{} to {}", lowText, highText);
        return fmt::format("{}{} {}{}", field.minimumOpen ? "more than " : "", lowText,
                           field.maximumOpen ? "to less than " : "to ", highText);
    }
    if (low)
        return field.minimumOpen ? "more than " + lowText : lowText + " or more";
    if (high)
        return field.maximumOpen ? "less than " + highText : highText + " or less";
    return {};
}

bool isNumeric(FieldType type) {
    return type == FieldType::Integer || type == FieldType::Real ||
           type == FieldType::IntegerList || type == FieldType::RealList;
}

} // namespace

std::string typeText(const FieldInfo& field) {
    switch (field.type) {
    case FieldType::Boolean:
        return "true or false";
    case FieldType::Integer:
        return "a whole number";
    case FieldType::Real:
        return "a number";
    case FieldType::Text:
        return "a text";
    case FieldType::Choice:
        return "a choice";
    case FieldType::Path:
        return "a path";
    case FieldType::IntegerList:
        return "a list of whole numbers";
    case FieldType::RealList:
        return "a list of numbers";
    case FieldType::Rules:
        return "a list of objects";
    }
    return {};
}

std::string allowedText(const FieldInfo& field) {
    if (field.type == FieldType::Choice) {
        std::string text;
        for (const Choice& choice : field.choices)
            text += (text.empty() ? "" : ", ") + choice.id;
        return text;
    }
    if (!isNumeric(field.type))
        return {};
    const std::string text = rangeText(field);
    return text.empty() || field.unit.empty() ? text : text + " " + field.unit;
}

std::string conditionText(const FieldInfo& field) {
    std::string text;
    for (const Condition& condition : field.enabledWhen) {
        std::string values;
        for (std::size_t i = 0; i < condition.values.size(); ++i) {
            const Json& value = condition.values[i];
            if (i > 0)
                values += i + 1 == condition.values.size() ? " or " : ", ";
            values += value.is_string() ? value.get<std::string>() : dumpJson(value);
        }
        text += fmt::format("{}{} is {}", text.empty() ? "" : " and ", condition.key, values);
    }
    return text;
}

std::string valueText(const Json& value) {
    if (value.is_number_float())
        return numberText(value.get<double>());
    std::string text = dumpJson(value);
    if (text.size() <= kLongestValue)
        return text;
    std::size_t end = kLongestValue;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return text.substr(0, end) + "…";
}

std::string numberText(double value) {
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "Infinity" : "-Infinity";
    return fmt::format("{}", value);
}

} // namespace inlay::engine

#include <algorithm>
#include <cassert>
#include <cmath>

#include <fmt/format.h>

#include "engine/schema/any_schema.h"
#include "engine/schema/nearest.h"

namespace inlay::engine {
namespace {

constexpr const char* kKind = "kind";

std::string joined(const std::string& prefix, const std::string& name) {
    return prefix.empty() ? name : prefix + "." + name;
}

Issue expected(const std::string& key, const Json& value, const FieldInfo& info) {
    const std::string allowed = allowedText(info);
    return {key, fmt::format("{} is {}, {} is expected{}", key, valueText(value), typeText(info),
                             allowed.empty() ? "" : " (" + allowed + ")")};
}

Issue outOfRange(const std::string& key, const Json& value, const FieldInfo& info) {
    return {key, fmt::format("{} is {}, allowed is {}", key, valueText(value), allowedText(info))};
}

/// A number that the member cannot hold: the bounds are those of its type where they are tighter.
Issue outOfType(const std::string& key, const Json& value, const FieldInfo& info) {
    const std::int64_t low =
        info.minimum ? std::int64_t(std::ceil(*info.minimum)) : info.typeMinimum;
    const std::int64_t high =
        info.maximum && *info.maximum < 0x1p63 ? std::int64_t(*info.maximum) : info.typeMaximum;
    return {key, fmt::format("{} is {}, allowed is {} to {}", key, valueText(value),
                             std::max(low, info.typeMinimum), std::min(high, info.typeMaximum))};
}

bool insideBounds(double number, const FieldInfo& info) {
    if (info.minimum && (number < *info.minimum || (info.minimumOpen && number == *info.minimum)))
        return false;
    return !(info.maximum &&
             (number > *info.maximum || (info.maximumOpen && number == *info.maximum)));
}

bool insideType(const Json& value, const FieldInfo& info) {
    if (value.is_number_unsigned() &&
        value.get<std::uint64_t>() > std::uint64_t(std::numeric_limits<std::int64_t>::max()))
        return false;
    if (value.is_number_float() && std::abs(value.get<double>()) >= 0x1p63)
        return false;
    const auto number =
        value.is_number_float() ? std::int64_t(value.get<double>()) : value.get<std::int64_t>();
    return number >= info.typeMinimum && number <= info.typeMaximum;
}

std::optional<Issue> checkNumber(const std::string& key, const Json& value, const FieldInfo& info) {
    const bool integer = info.type == FieldType::Integer || info.type == FieldType::IntegerList;
    FieldInfo single = info;
    single.type = integer ? FieldType::Integer : FieldType::Real;
    const std::optional<double> number = numberFromJson(value);
    if (!number)
        return expected(key, value, single);
    if (!std::isfinite(*number))
        return Issue{
            key, fmt::format("{} is {}, a finite number is expected", key, numberText(*number))};
    if (integer && *number != std::floor(*number))
        return expected(key, value, single);
    if (!insideBounds(*number, info))
        return outOfRange(key, value, single);
    if (integer && !insideType(value, info))
        return outOfType(key, value, single);
    return std::nullopt;
}

std::optional<Issue> checkChoice(const std::string& key, const Json& value, const FieldInfo& info) {
    std::vector<std::string> ids;
    for (const Choice& choice : info.choices) {
        if (value == choice.id)
            return std::nullopt;
        ids.push_back(choice.id);
    }
    std::string message =
        fmt::format("{} is {}, allowed is {}", key, valueText(value), fmt::join(ids, ", "));
    if (value.is_string() && ids.size() > 1)
        message += "; the nearest is " + nearestKey(value.get<std::string>(), ids);
    return Issue{key, std::move(message)};
}

std::string lengthText(const FieldInfo& info) {
    if (info.maximumLength == std::numeric_limits<std::size_t>::max())
        return fmt::format("{} or more", info.minimumLength);
    return fmt::format("{} to {}", info.minimumLength, info.maximumLength);
}

std::optional<Issue> checkLength(const std::string& key, const Json& value, const FieldInfo& info) {
    if (value.size() >= info.minimumLength && value.size() <= info.maximumLength)
        return std::nullopt;
    return Issue{
        key, fmt::format("{} has {} elements, allowed is {}", key, value.size(), lengthText(info))};
}

std::vector<Issue> checkField(const std::string& key, const Json& value, const FieldInfo& info) {
    std::vector<Issue> issues;
    const auto add = [&issues](std::optional<Issue> issue) {
        if (issue)
            issues.push_back(std::move(*issue));
    };
    switch (info.type) {
    case FieldType::Boolean:
        if (!value.is_boolean())
            issues.push_back(expected(key, value, info));
        break;
    case FieldType::Integer:
    case FieldType::Real:
        add(checkNumber(key, value, info));
        break;
    case FieldType::Text:
    case FieldType::Path:
        if (value.is_number() || value.is_boolean())
            issues.push_back(
                {key, fmt::format("{} is {}, {} is expected: \"{}\"", key, valueText(value),
                                  typeText(info), valueText(value))});
        else if (!value.is_string())
            issues.push_back(expected(key, value, info));
        else if (info.required && value.get_ref<const std::string&>().empty())
            issues.push_back({key, fmt::format("{} is empty, {} is needed", key, typeText(info))});
        break;
    case FieldType::Choice:
        add(checkChoice(key, value, info));
        break;
    case FieldType::IntegerList:
    case FieldType::RealList:
        if (!value.is_array()) {
            issues.push_back(expected(key, value, info));
            break;
        }
        add(checkLength(key, value, info));
        for (std::size_t i = 0; i < value.size(); ++i)
            add(checkNumber(fmt::format("{}[{}]", key, i), value[i], info));
        break;
    case FieldType::Rules:
        break;
    }
    return issues;
}

/// "network.layers[1].match" as "network.layers[].match".
std::string withoutIndices(const std::string& key) {
    std::string pattern;
    bool inside = false;
    for (const char c : key) {
        inside = inside && c != ']';
        if (!inside)
            pattern += c;
        inside = inside || c == '[';
    }
    return pattern;
}

/// The text with the list part of `key` in place of its pattern.
std::string withIndices(std::string text, const std::string& key) {
    const std::string list = key.substr(0, key.rfind(']') + 1);
    const std::string pattern = withoutIndices(list);
    if (list.empty())
        return text;
    for (std::size_t at = text.find(pattern); at != std::string::npos;
         at = text.find(pattern, at + list.size()))
        text.replace(at, pattern.size(), list);
    return text;
}

/// When the fields of this key (or below it) are active: "a.kind is x or y, or when …".
std::string placesOf(const std::vector<FieldInfo>& all, const std::string& key) {
    std::vector<FieldInfo> places;
    for (const FieldInfo& info : all) {
        if ((info.key != key && !info.key.starts_with(key + ".")) || info.enabledWhen.empty())
            continue;
        FieldInfo place;
        place.enabledWhen = info.enabledWhen;
        // Places that differ only in the last condition's value share one clause.
        const auto merge = std::find_if(places.begin(), places.end(), [&](const FieldInfo& other) {
            return other.enabledWhen.size() == place.enabledWhen.size() &&
                   std::equal(other.enabledWhen.begin(), other.enabledWhen.end() - 1,
                              place.enabledWhen.begin()) &&
                   other.enabledWhen.back().key == place.enabledWhen.back().key;
        });
        if (merge == places.end()) {
            places.push_back(std::move(place));
            continue;
        }
        std::vector<Json>& values = merge->enabledWhen.back().values;
        for (const Json& value : place.enabledWhen.back().values)
            if (std::find(values.begin(), values.end(), value) == values.end())
                values.push_back(value);
    }
    std::string text;
    for (const FieldInfo& place : places)
        text += (text.empty() ? "" : ", or when ") + conditionText(place);
    return text;
}

} // namespace

struct AnySchema::Findings {
    std::vector<Issue> issues;
    /// Parallel to `issues`: the key is unknown and its sentence is written at the root, which
    /// alone sees all keys.
    std::vector<bool> unknown;

    void add(Issue issue) {
        issues.push_back(std::move(issue));
        unknown.push_back(false);
    }
    void addUnknown(std::string key) {
        issues.push_back({std::move(key), {}});
        unknown.push_back(true);
    }
};

std::vector<Issue> AnySchema::validate(const Json& values) const {
    if (!values.is_object())
        return {
            {"", fmt::format("the configuration is {}, an object is expected", valueText(values))}};
    Findings findings;
    check(values, defaults(), "", findings);
    for (std::size_t i = 0; i < findings.issues.size(); ++i)
        if (findings.unknown[i])
            findings.issues[i].message = unknownKeySentence(values, findings.issues[i].key);
    return findings.issues;
}

void AnySchema::check(const Json& given, const Json& defaults, const std::string& prefix,
                      Findings& findings) const {
    const std::size_t before = findings.issues.size();
    const Json full = completeWith(given, defaults);
    for (const Entry& entry : entries_)
        if (entry.kind == EntryKind::InlineVariant)
            checkInline(entry, given, defaults, prefix, findings);
    for (const auto& [name, value] : given.items()) {
        const std::string key = joined(prefix, name);
        const Entry* entry = findEntry(name);
        if (entry ? entry->kind == EntryKind::InlineVariant : isInlineKey(name))
            continue;
        if (!entry && name.find('.') != std::string::npos && knows(name))
            findings.add({key, fmt::format("{} is written as one key, nested objects are expected "
                                           "here: {{\"{}\": {{…}}}}",
                                           key, name.substr(0, name.find('.')))});
        else if (!entry)
            findings.addUnknown(key);
        else if (isActive(*entry, full))
            checkEntry(*entry, value, defaults.at(name), key, findings);
    }
    // Defaults that need a word from the user, and checks of nested configs left at defaults.
    for (const Entry& entry : entries_)
        if (entry.kind != EntryKind::InlineVariant && !given.contains(entry.info.key) &&
            isActive(entry, full))
            checkEntry(entry, full.at(entry.info.key), defaults.at(entry.info.key),
                       joined(prefix, entry.info.key), findings);
    if (findings.issues.size() > before)
        return;
    std::vector<Issue> issues;
    runChecks(full, issues);
    for (Issue& issue : prefixed(std::move(issues), prefix))
        findings.add(std::move(issue));
}

void AnySchema::checkInline(const Entry& entry, const Json& given, const Json& defaults,
                            const std::string& prefix, Findings& findings) const {
    const Json own = inlinePart(entry, given, defaults);
    checkVariant(entry, own, inlineDefaults(entry, defaults), prefix, findings);
    const Json kind = own.contains(kKind) ? own.at(kKind) : defaults.at(kKind);
    if (!kind.is_string() || !findAlternative(entry, kind.get<std::string>()))
        return; // the wrong kind is said; which keys would be right nobody knows
    for (const auto& [name, value] : given.items())
        if (!own.contains(name) && !findEntry(name) && isInlineKey(name))
            findings.addUnknown(joined(prefix, name));
}

void AnySchema::checkEntry(const Entry& entry, const Json& given, const Json& defaults,
                           const std::string& key, Findings& findings) const {
    switch (entry.kind) {
    case EntryKind::Field:
        for (Issue& issue : checkField(key, given, entry.info))
            findings.add(std::move(issue));
        break;
    case EntryKind::Group:
        if (given.is_object())
            entry.child->check(given, defaults, key, findings);
        else
            findings.add(
                {key, fmt::format("{} is {}, an object is expected", key, valueText(given))});
        break;
    case EntryKind::InlineVariant:
        assert(false && "inline variants are checked with their object");
        break;
    case EntryKind::Variant:
        checkVariant(entry, given, defaults, key, findings);
        break;
    case EntryKind::List:
        checkList(entry, given, key, findings);
        break;
    }
}

void AnySchema::checkVariant(const Entry& entry, const Json& given, const Json& defaults,
                             const std::string& key, Findings& findings) const {
    if (!given.is_object()) {
        findings.add({key, fmt::format("{} is {}, an object with \"kind\" is expected ({})", key,
                                       valueText(given), allowedText(entry.info))});
        return;
    }
    const auto found = given.find(kKind);
    const Json kind = found == given.end() ? defaults.at(kKind) : *found;
    if (auto issue = checkChoice(joined(key, kKind), kind, entry.info)) {
        findings.add(std::move(*issue));
        return;
    }
    const Alternative& chosen = *findAlternative(entry, kind.get<std::string>());
    Json inside = given;
    inside.erase(kKind);
    chosen.schema->check(inside, alternativeDefaults(chosen, defaults), key, findings);
}

void AnySchema::checkList(const Entry& entry, const Json& given, const std::string& key,
                          Findings& findings) const {
    if (!given.is_array()) {
        findings.add(expected(key, given, entry.info));
        return;
    }
    if (auto issue = checkLength(key, given, entry.info))
        findings.add(std::move(*issue));
    const Json itemDefaults = entry.child->defaults();
    for (std::size_t i = 0; i < given.size(); ++i) {
        const std::string itemKey = fmt::format("{}[{}]", key, i);
        if (given[i].is_object())
            entry.child->check(given[i], itemDefaults, itemKey, findings);
        else
            findings.add({itemKey, fmt::format("{} is {}, an object is expected", itemKey,
                                               valueText(given[i]))});
    }
}

std::string AnySchema::unknownKeySentence(const Json& values, const std::string& key) const {
    const std::string pattern = withoutIndices(key);
    const std::vector<FieldInfo> all = allFields();
    // A right key of another kind is told apart from a misspelled one.
    const std::string places = placesOf(all, pattern);
    if (!places.empty())
        return fmt::format("{} is not a parameter here; it is one when {}", key,
                           withIndices(places, key));

    // In a list, the keys of its elements; elsewhere those that are active now.
    std::vector<std::string> candidates;
    const std::size_t bracket = key.rfind(']');
    for (const FieldInfo& info : all)
        if (const std::size_t end = info.key.rfind("[]");
            bracket != std::string::npos && end != std::string::npos &&
            pattern.starts_with(info.key.substr(0, end + 2)))
            candidates.push_back(key.substr(0, bracket + 1) + info.key.substr(end + 2));
    const std::string best =
        candidates.empty() ? nearest(values, key) : nearestKey(key, candidates);
    if (best.empty())
        return fmt::format("{} is not a parameter; there are none", key);
    return fmt::format("{} is not a parameter; the nearest is {}", key, best);
}

} // namespace inlay::engine

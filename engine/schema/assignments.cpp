#include "engine/schema/assignments.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace inlay::engine {
namespace {

constexpr std::string_view kKindSuffix = ".kind";

/// Removes the value at a dotted path if there is one.
void erasePath(Json& root, std::string_view dotted) {
    Json* node = &root;
    for (;;) {
        const std::size_t dot = dotted.find('.');
        const std::string part(dotted.substr(0, dot));
        if (!node->is_object() || !node->contains(part))
            return;
        if (dot == std::string_view::npos) {
            node->erase(part);
            return;
        }
        node = &(*node)[part];
        dotted = dotted.substr(dot + 1);
    }
}

/// Puts back to the defaults what a new kind replaces: all of the variant's object, or only the
/// alternatives' keys where these lie beside others.
void resetSiblings(const AnySchema& schema, Json& config, const std::string& kindKey) {
    const std::string object = kindKey.substr(0, kindKey.size() - kKindSuffix.size());
    const std::vector<FieldInfo> fields = schema.allFields();
    const bool inlined = std::any_of(fields.begin(), fields.end(), [&](const FieldInfo& info) {
        return info.key == kindKey && info.inlined;
    });
    if (!inlined) {
        erasePath(config, object);
        return;
    }
    for (const FieldInfo& info : fields)
        if (info.key.starts_with(object + ".") &&
            std::any_of(info.enabledWhen.begin(), info.enabledWhen.end(),
                        [&](const Condition& condition) { return condition.key == kindKey; }))
            erasePath(config, info.key);
}

Issue unknownKey(const AnySchema& schema, const Json& config, const std::string& key) {
    const std::size_t bracket = key.find('[');
    if (bracket != std::string::npos && schema.knows(key.substr(0, bracket)))
        return {key, fmt::format("{} cannot be set alone; set {} as a whole, as a JSON list", key,
                                 key.substr(0, bracket))};
    const std::string nearest = schema.nearest(config, key);
    if (nearest.empty())
        return {key, fmt::format("{} is not a parameter; there are none", key)};
    return {key, fmt::format("{} is not a parameter; the nearest is {}", key, nearest)};
}

} // namespace

Json valueFromText(std::string_view text) {
    try {
        return Json::parse(text.begin(), text.end());
    } catch (const nlohmann::json::parse_error&) {
        return std::string(text);
    } catch (const nlohmann::json::out_of_range&) {
        // A number that no double holds, 1e999.
        return jsonNumber(text.starts_with('-') ? -std::numeric_limits<double>::infinity()
                                                : std::numeric_limits<double>::infinity());
    }
}

ParsedAssignments parseAssignments(const std::vector<std::string>& texts) {
    ParsedAssignments parsed;
    for (const std::string& text : texts) {
        const std::size_t equal = text.find('=');
        if (equal == std::string::npos || equal == 0)
            parsed.issues.push_back(
                {text,
                 fmt::format("{} is not an assignment, expected is key=value", valueText(text))});
        else
            parsed.assignments.push_back(
                {text.substr(0, equal), valueFromText(std::string_view(text).substr(equal + 1))});
    }
    return parsed;
}

Assigned assign(const AnySchema& schema, const Json& config,
                const std::vector<Assignment>& assignments) {
    Assigned result{config.is_object() ? config : Json::object(), {}};
    std::vector<Assignment> known;
    std::vector<std::string> unknown;
    for (const Assignment& assignment : assignments) {
        if (schema.knows(assignment.key))
            known.push_back(assignment);
        else
            unknown.push_back(assignment.key);
    }
    for (const Assignment& assignment : known)
        if (assignment.key.ends_with(kKindSuffix))
            resetSiblings(schema, result.config, assignment.key);
    // Whole groups before what lies in them.
    std::stable_sort(known.begin(), known.end(), [](const Assignment& a, const Assignment& b) {
        return std::count(a.key.begin(), a.key.end(), '.') <
               std::count(b.key.begin(), b.key.end(), '.');
    });
    for (const Assignment& assignment : known)
        setPath(result.config, assignment.key, assignment.value);
    // The nearest key is looked for once the kinds of this step are in place.
    for (const std::string& key : unknown)
        result.issues.push_back(unknownKey(schema, result.config, key));
    for (Issue& issue : schema.validate(result.config))
        result.issues.push_back(std::move(issue));
    return result;
}

Json withAbsolutePaths(const AnySchema& schema, const Json& values, const std::string& folder) {
    return schema.mapPaths(values, [&folder](const std::string& path) {
        return (std::filesystem::path(folder) / path).lexically_normal().string();
    });
}

} // namespace inlay::engine

#include "widgets/forms/kind_memory.h"

#include <algorithm>

namespace inlay::widgets {

using engine::AnySchema;
using engine::Condition;
using engine::FieldInfo;
using engine::Json;

namespace {

/// Whether the field belongs to the alternative `kind` of the discriminator `key`.
bool belongsTo(const FieldInfo& field, const std::string& key, const std::string& kind) {
    return std::any_of(field.enabledWhen.begin(), field.enabledWhen.end(),
                       [&](const Condition& condition) {
                           return condition.key == key && condition.values.size() == 1 &&
                                  condition.values.front() == Json(kind);
                       });
}

} // namespace

void erasePath(Json& root, const std::string& dotted) {
    const std::size_t dot = dotted.find('.');
    if (!root.is_object() || !root.contains(dotted.substr(0, dot)))
        return;
    if (dot == std::string::npos) {
        root.erase(dotted);
        return;
    }
    const std::string head = dotted.substr(0, dot);
    erasePath(root.at(head), dotted.substr(dot + 1));
    if (root.at(head).is_object() && root.at(head).empty())
        root.erase(head);
}

void KindMemory::choose(const AnySchema& schema, Json& values, const std::string& key,
                        const std::string& chosen) {
    const Json full = schema.complete(values);
    const Json* before = engine::findPath(full, key);
    const std::string old = before && before->is_string() ? before->get<std::string>() : "";
    if (old == chosen)
        return;
    std::map<std::string, Json>& kept = kept_[{key, old}];
    kept.clear();
    for (const FieldInfo& field : schema.allFields()) {
        if (field.key.find("[]") != std::string::npos || !belongsTo(field, key, old))
            continue;
        const Json* value = engine::findPath(values, field.key);
        if (!value)
            continue;
        kept[field.key] = *value;
        erasePath(values, field.key);
    }
    engine::setPath(values, key, chosen);
    const auto known = kept_.find({key, chosen});
    if (known == kept_.end())
        return;
    for (const auto& [name, value] : known->second)
        engine::setPath(values, name, value);
}

} // namespace inlay::widgets

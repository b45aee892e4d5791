#include "engine/schema/any_schema.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "engine/schema/nearest.h"

namespace inlay::engine {
namespace {

constexpr const char* kKind = "kind";

std::string joined(const std::string& prefix, const std::string& name) {
    return prefix.empty() ? name : prefix + "." + name;
}

Json normalizedInteger(const Json& value) {
    if (value.is_number_unsigned() || value.is_number_integer())
        return value;
    if (!value.is_number_float())
        return value;
    const double number = value.get<double>();
    if (number != std::floor(number) || std::abs(number) >= 0x1p63)
        return value;
    return std::int64_t(number);
}

/// A right value in the JSON type of its field; a wrong one as it is.
Json normalized(const FieldInfo& info, const Json& value) {
    switch (info.type) {
    case FieldType::Integer:
        return normalizedInteger(value);
    case FieldType::Real:
        return value.is_number() ? Json(value.get<double>() + 0.0) : value;
    case FieldType::IntegerList:
    case FieldType::RealList: {
        if (!value.is_array())
            return value;
        Json out = Json::array();
        for (const Json& element : value) {
            if (info.type == FieldType::IntegerList)
                out.push_back(normalizedInteger(element));
            else
                out.push_back(element.is_number() ? Json(element.get<double>() + 0.0) : element);
        }
        return out;
    }
    default:
        return value;
    }
}

Json withoutKind(const Json& object) {
    Json out = object;
    out.erase(kKind);
    return out;
}

/// The kind that a variant's object names, or the default one.
Json kindOf(const Json& given, const Json& defaults) {
    const auto found = given.find(kKind);
    return found == given.end() ? defaults.at(kKind) : *found;
}

std::string titleFromName(const std::string& name) {
    std::string title = name;
    std::replace(title.begin(), title.end(), '_', ' ');
    if (!title.empty() && title[0] >= 'a' && title[0] <= 'z')
        title[0] = char(title[0] - 'a' + 'A');
    return title;
}

} // namespace

AnySchema::Entry& AnySchema::addEntry(EntryKind kind, std::string name) {
    assert(findEntry(name) == nullptr && "a key declared twice");
    assert(name.find_first_of(".[]= ") == std::string::npos);
    Entry& entry = entries_.emplace_back();
    entry.kind = kind;
    entry.info.title = titleFromName(name);
    entry.info.key = std::move(name);
    return entry;
}

const AnySchema::Entry* AnySchema::findEntry(std::string_view name) const {
    for (const Entry& entry : entries_)
        if (entry.info.key == name)
            return &entry;
    return nullptr;
}

const Alternative* AnySchema::findAlternative(const Entry& entry, std::string_view id) {
    for (const Alternative& alternative : entry.alternatives)
        if (alternative.choice.id == id)
            return &alternative;
    return nullptr;
}

void AnySchema::addCondition(Entry& entry, std::string key, std::vector<Json> values) const {
    // A condition looks back only: complete() then decides every field in one pass.
    assert(findEntry(key.substr(0, key.find('.'))) != nullptr);
    assert(key.substr(0, key.find('.')) != entry.info.key);
    entry.info.enabledWhen.push_back({std::move(key), std::move(values)});
}

bool AnySchema::isActive(const Entry& entry, const Json& full) {
    return std::all_of(entry.info.enabledWhen.begin(), entry.info.enabledWhen.end(),
                       [&full](const Condition& condition) {
                           const Json* value = findPath(full, condition.key);
                           return value != nullptr &&
                                  std::find(condition.values.begin(), condition.values.end(),
                                            *value) != condition.values.end();
                       });
}

void AnySchema::readInto(void* config, const Json& full) const {
    for (const Entry& entry : entries_)
        entry.read(config, entry.kind == EntryKind::InlineVariant ? full : full.at(entry.info.key));
}

Json AnySchema::writeFrom(const void* config) const {
    Json out = Json::object();
    for (const Entry& entry : entries_)
        if (entry.kind == EntryKind::InlineVariant)
            out.update(entry.write(config));
        else
            out[entry.info.key] = entry.write(config);
    return out;
}

Json AnySchema::alternativeDefaults(const Alternative& alternative,
                                    const Json& variantDefaults) const {
    // The default alternative starts from what the enclosing config's initializer says.
    if (variantDefaults.at(kKind) == alternative.choice.id)
        return withoutKind(variantDefaults);
    return alternative.schema->defaults();
}

Json AnySchema::inlinePart(const Entry& entry, const Json& object, const Json& defaults) const {
    const Json kind = kindOf(object, defaults);
    Json out = Json::object();
    if (object.contains(kKind))
        out[kKind] = kind;
    if (!kind.is_string())
        return out;
    if (const Alternative* chosen = findAlternative(entry, kind.get<std::string>()))
        for (const Entry& own : chosen->schema->entries_)
            if (const auto found = object.find(own.info.key); found != object.end())
                out[own.info.key] = *found;
    return out;
}

Json AnySchema::inlineDefaults(const Entry& entry, const Json& defaults) const {
    return inlinePart(entry, defaults, defaults);
}

bool AnySchema::isInlineKey(const std::string& name) const {
    for (const Entry& entry : entries_)
        if (entry.kind == EntryKind::InlineVariant)
            for (const Alternative& alternative : entry.alternatives)
                if (alternative.schema->findEntry(name))
                    return true;
    return false;
}

Json AnySchema::complete(const Json& partial) const {
    return completeWith(partial.is_object() ? partial : Json::object(), defaults());
}

Json AnySchema::completeWith(const Json& given, const Json& defaults) const {
    Json out = Json::object();
    for (const Entry& entry : entries_) {
        if (entry.kind == EntryKind::InlineVariant) {
            out.update(completeVariant(entry, inlinePart(entry, given, defaults),
                                       inlineDefaults(entry, defaults)));
            continue;
        }
        const std::string& name = entry.info.key;
        const auto found = given.find(name);
        const Json& initial = defaults.at(name);
        if (found == given.end() || !isActive(entry, out)) {
            out[name] = initial;
            continue;
        }
        if (entry.kind == EntryKind::Field) {
            out[name] = normalized(entry.info, *found);
        } else if (entry.kind == EntryKind::Variant) {
            out[name] = completeVariant(entry, *found, initial);
        } else if (entry.kind == EntryKind::Group) {
            out[name] = found->is_object() ? entry.child->completeWith(*found, initial) : *found;
        } else if (found->is_array()) {
            const Json itemDefaults = entry.child->defaults();
            Json items = Json::array();
            for (const Json& item : *found)
                items.push_back(item.is_object() ? entry.child->completeWith(item, itemDefaults)
                                                 : item);
            out[name] = std::move(items);
        } else {
            out[name] = *found;
        }
    }
    for (const auto& [key, value] : given.items())
        if (!findEntry(key) && !out.contains(key))
            out[key] = value;
    return out;
}

Json AnySchema::completeVariant(const Entry& entry, const Json& given, const Json& defaults) const {
    if (!given.is_object())
        return given;
    const Json kind = kindOf(given, defaults);
    const Alternative* chosen =
        kind.is_string() ? findAlternative(entry, kind.get<std::string>()) : nullptr;
    if (!chosen)
        return given;
    Json out = {{kKind, kind}};
    out.update(
        chosen->schema->completeWith(withoutKind(given), alternativeDefaults(*chosen, defaults)));
    return out;
}

Json AnySchema::reduce(const Json& values) const {
    return reduceWith(complete(values), defaults());
}

Json AnySchema::reduceWith(const Json& full, const Json& defaults) const {
    Json out = Json::object();
    Json inlined = Json::object();
    for (const Entry& entry : entries_)
        if (entry.kind == EntryKind::InlineVariant) {
            const Json own = inlinePart(entry, full, defaults);
            out.update(reduceVariant(entry, own, inlineDefaults(entry, defaults)));
            inlined.update(own);
        }
    for (const auto& [key, value] : full.items()) {
        if (inlined.contains(key))
            continue;
        const Entry* entry = findEntry(key);
        if (!entry) {
            out[key] = value;
            continue;
        }
        const Json& initial = defaults.at(key);
        if (value == initial)
            continue;
        if (entry->kind == EntryKind::Variant) {
            out[key] = reduceVariant(*entry, value, initial);
        } else if (entry->kind == EntryKind::Group && value.is_object()) {
            Json nested = entry->child->reduceWith(value, initial);
            if (!nested.empty())
                out[key] = std::move(nested);
        } else if (entry->kind == EntryKind::List && value.is_array()) {
            const Json itemDefaults = entry->child->defaults();
            Json items = Json::array();
            for (const Json& item : value)
                items.push_back(item.is_object() ? entry->child->reduceWith(item, itemDefaults)
                                                 : item);
            out[key] = std::move(items);
        } else {
            out[key] = value;
        }
    }
    return out;
}

Json AnySchema::reduceVariant(const Entry& entry, const Json& full, const Json& defaults) const {
    if (!full.is_object() || !full.contains(kKind) || !full.at(kKind).is_string())
        return full;
    const Alternative* chosen = findAlternative(entry, full.at(kKind).get<std::string>());
    if (!chosen)
        return full;
    Json out = Json::object();
    if (full.at(kKind) != defaults.at(kKind))
        out[kKind] = full.at(kKind);
    out.update(
        chosen->schema->reduceWith(withoutKind(full), alternativeDefaults(*chosen, defaults)));
    return out;
}

/// Where collect() is in the tree.
struct AnySchema::Walk {
    std::string prefix;
    std::vector<std::string> groups;
    std::vector<Condition> conditions;
    /// The complete values at this place; null collects all alternatives, active or not.
    const Json* full = nullptr;

    Walk nested(const Entry& entry, const Json* nestedFull) const {
        Walk walk{joined(prefix, entry.info.key), groups, conditions, nestedFull};
        walk.groups.push_back(entry.info.title);
        for (const Condition& condition : entry.info.enabledWhen)
            walk.conditions.push_back({joined(prefix, condition.key), condition.values});
        return walk;
    }
};

void AnySchema::collect(const Walk& walk, const Json& defaults,
                        std::vector<FieldInfo>& fields) const {
    for (const Entry& entry : entries_) {
        if (entry.kind == EntryKind::InlineVariant) {
            collectVariant(entry, walk, inlineDefaults(entry, defaults), fields);
            continue;
        }
        const std::string& name = entry.info.key;
        const Json* value = walk.full ? &walk.full->at(name) : nullptr;
        if (walk.full && !isActive(entry, *walk.full))
            continue;
        if (entry.kind == EntryKind::Group) {
            const Json* nested = value && value->is_object() ? value : nullptr;
            if (walk.full && !nested)
                nested = &defaults.at(name);
            entry.child->collect(walk.nested(entry, nested), defaults.at(name), fields);
            continue;
        }
        if (entry.kind == EntryKind::Variant) {
            collectVariant(entry, walk.nested(entry, value), defaults.at(name), fields);
            continue;
        }
        FieldInfo info = entry.info;
        info.key = joined(walk.prefix, name);
        info.groups = walk.groups;
        if (!info.section.empty())
            info.groups.push_back(info.section);
        info.enabledWhen = walk.nested(entry, nullptr).conditions;
        info.defaultValue = defaults.at(name);
        fields.push_back(std::move(info));
        if (entry.kind == EntryKind::List && !walk.full) {
            Walk inside = walk.nested(entry, nullptr);
            inside.prefix += "[]";
            entry.child->collect(inside, entry.child->defaults(), fields);
        }
    }
}

void AnySchema::collectVariant(const Entry& entry, const Walk& inside, const Json& defaults,
                               std::vector<FieldInfo>& fields) const {
    FieldInfo info = entry.info;
    info.key = joined(inside.prefix, kKind);
    info.groups = inside.groups;
    info.enabledWhen = inside.conditions;
    info.defaultValue = defaults.at(kKind);
    const std::string kindKey = info.key;
    fields.push_back(std::move(info));
    for (const Alternative& alternative : entry.alternatives) {
        Walk chosen = inside;
        chosen.conditions.push_back({kindKey, {alternative.choice.id}});
        if (inside.full &&
            (!inside.full->is_object() || kindOf(*inside.full, defaults) != alternative.choice.id))
            continue;
        alternative.schema->collect(chosen, alternativeDefaults(alternative, defaults), fields);
    }
}

std::vector<FieldInfo> AnySchema::fields(const Json& values) const {
    const Json full = complete(values);
    std::vector<FieldInfo> fields;
    Walk walk;
    walk.full = &full;
    collect(walk, defaults(), fields);
    return fields;
}

std::vector<FieldInfo> AnySchema::allFields() const {
    std::vector<FieldInfo> fields;
    collect(Walk(), defaults(), fields);
    return fields;
}

std::optional<FieldInfo> AnySchema::activeField(const Json& values, std::string_view key) const {
    for (FieldInfo& info : fields(values))
        if (info.key == key)
            return std::move(info);
    return std::nullopt;
}

bool AnySchema::knows(std::string_view key) const {
    const auto knowsKey = [](std::string_view own) {
        return [own](const Alternative& each) {
            return each.schema->knows(own);
        };
    };
    for (const Entry& inlined : entries_)
        if (inlined.kind == EntryKind::InlineVariant &&
            std::any_of(inlined.alternatives.begin(), inlined.alternatives.end(), knowsKey(key)))
            return true;
    const std::size_t dot = key.find('.');
    const Entry* entry = findEntry(key.substr(0, dot));
    if (!entry || dot == std::string_view::npos)
        return entry != nullptr;
    const std::string_view rest = key.substr(dot + 1);
    if (entry->kind == EntryKind::Group)
        return entry->child->knows(rest);
    return entry->kind == EntryKind::Variant &&
           (rest == kKind ||
            std::any_of(entry->alternatives.begin(), entry->alternatives.end(), knowsKey(rest)));
}

std::string AnySchema::nearest(const Json& values, std::string_view key) const {
    std::vector<std::string> candidates;
    for (const FieldInfo& info : fields(values)) {
        // Groups count too: "optimiser" is near "optimizer".
        for (std::size_t dot = info.key.find('.'); dot != std::string::npos;
             dot = info.key.find('.', dot + 1)) {
            const std::string group = info.key.substr(0, dot);
            if (std::find(candidates.begin(), candidates.end(), group) == candidates.end())
                candidates.push_back(group);
        }
        candidates.push_back(info.key);
    }
    return nearestKey(key, candidates);
}

Json AnySchema::mapPaths(const Json& values,
                         const std::function<std::string(const std::string&)>& change) const {
    Json out = values;
    for (const FieldInfo& info : fields(values)) {
        const Json* value = findPath(out, info.key);
        if (!value)
            continue;
        if (info.type == FieldType::Path && value->is_string()) {
            const auto path = value->get<std::string>();
            if (!path.empty())
                setPath(out, info.key, change(path));
        } else if (info.type == FieldType::Rules && value->is_array()) {
            Json items = Json::array();
            for (const Json& item : *value)
                items.push_back(item.is_object() ? info.item->mapPaths(item, change) : item);
            setPath(out, info.key, std::move(items));
        }
    }
    return out;
}

} // namespace inlay::engine

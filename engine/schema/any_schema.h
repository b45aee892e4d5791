#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <vector>

#include "engine/base/json.h"
#include "engine/schema/field.h"
#include "engine/schema/issue.h"

namespace inlay::engine {

/// One possible content of a variant; made by alternative<T>() in schema.h.
struct Alternative {
    Choice choice;
    std::shared_ptr<const AnySchema> schema;
    std::type_index type;
};

/// A schema without its config type: what forms, files, flags and pages work with. It never
/// changes once it is built, so any thread may use it.
///
/// A config as JSON is a nested object. A variant is an object with the key "kind" and the keys of
/// the chosen alternative beside it; a missing "kind" means the default one. An inline variant has
/// no object of its own: both lie in the enclosing one, beside its other keys. Keys that are
/// missing have their default. A field whose conditions do not hold is *inactive*: it is left out
/// of fields(), a value given for it is no issue and is ignored, that is, complete() puts the
/// default in its place. So two configs that differ in inactive fields only are the same config.
class AnySchema {
public:
    virtual ~AnySchema() = default;

    /// The active fields in form order for these values (partial or full). A variant gives a Choice
    /// field "….kind" followed by the fields of the chosen alternative, a list one Rules field.
    std::vector<FieldInfo> fields(const Json& values) const;
    /// Every field of every alternative, each with the conditions under which it is active (also
    /// the kinds of the variants around it). Fields of list elements follow their list, keyed
    /// "network.layers[].match".
    std::vector<FieldInfo> allFields() const;
    /// The active field `key`, if there is one.
    std::optional<FieldInfo> activeField(const Json& values, std::string_view key) const;
    /// Whether `key` names a field, group, variant or list under some values.
    bool knows(std::string_view key) const;

    /// The full config of defaults.
    virtual Json defaults() const = 0;
    /// The full config in declared order: defaults filled in, inactive fields at their defaults,
    /// integers and reals in their JSON type. Wrong values and unknown keys are kept, so that
    /// validate() still sees them. Not an object: the defaults.
    Json complete(const Json& partial) const;
    /// Only what differs from the defaults; reduce(complete(x)) == x for every reduced x.
    Json reduce(const Json& values) const;

    /// Everything that is wrong with a partial or full config. Cross-field checks of a (nested)
    /// config run when all of its own fields are right.
    std::vector<Issue> validate(const Json& values) const;

    /// The values with every non-empty active path replaced by `change(path)`.
    Json mapPaths(const Json& values,
                  const std::function<std::string(const std::string&)>& change) const;

    /// The nearest key under these values to a wrong one.
    std::string nearest(const Json& values, std::string_view key) const;

protected:
    enum class EntryKind { Field, Group, Variant, InlineVariant, List };
    /// One declared member. `info.key` is the member's own name, "kind" for an inline variant,
    /// whose `read` and `write` take the enclosing object.
    struct Entry {
        EntryKind kind = EntryKind::Field;
        FieldInfo info;
        std::shared_ptr<const AnySchema> child;
        std::vector<Alternative> alternatives;
        std::function<void(void* config, const Json& value)> read;
        std::function<Json(const void* config)> write;
    };

    AnySchema() = default;
    AnySchema(const AnySchema&) = default;
    AnySchema(AnySchema&&) = default;
    AnySchema& operator=(const AnySchema&) = default;
    AnySchema& operator=(AnySchema&&) = default;

    Entry& addEntry(EntryKind kind, std::string name);
    const Entry* findEntry(std::string_view name) const;
    static const Alternative* findAlternative(const Entry& entry, std::string_view id);
    void addCondition(Entry& entry, std::string key, std::vector<Json> values) const;

    /// Runs the cross-field checks on a complete config.
    virtual void runChecks(const Json& full, std::vector<Issue>& issues) const = 0;
    /// Reads a complete config into the struct at `config`, or writes that struct.
    void readInto(void* config, const Json& full) const;
    Json writeFrom(const void* config) const;
    /// Reaches the protected members of another schema for the typed layer.
    static void readNested(const AnySchema& schema, void* config, const Json& full) {
        schema.readInto(config, full);
    }
    static Json writeNested(const AnySchema& schema, const void* config) {
        return schema.writeFrom(config);
    }

private:
    struct Walk;
    struct Findings;

    Json completeWith(const Json& given, const Json& defaults) const;
    Json completeVariant(const Entry& entry, const Json& given, const Json& defaults) const;
    Json reduceWith(const Json& full, const Json& defaults) const;
    Json reduceVariant(const Entry& entry, const Json& full, const Json& defaults) const;
    Json alternativeDefaults(const Alternative& alternative, const Json& variantDefaults) const;
    /// What of an enclosing object belongs to an inline variant: the kind and the keys of the
    /// chosen alternative (none when the kind is wrong).
    Json inlinePart(const Entry& entry, const Json& object, const Json& defaults) const;
    Json inlineDefaults(const Entry& entry, const Json& defaults) const;
    /// Whether an alternative of an inline variant has the key.
    bool isInlineKey(const std::string& name) const;
    void collect(const Walk& walk, const Json& defaults, std::vector<FieldInfo>& fields) const;
    void collectVariant(const Entry& entry, const Walk& inside, const Json& defaults,
                        std::vector<FieldInfo>& fields) const;
    void check(const Json& given, const Json& defaults, const std::string& prefix,
               Findings& findings) const;
    void checkInline(const Entry& entry, const Json& given, const Json& defaults,
                     const std::string& prefix, Findings& findings) const;
    void checkEntry(const Entry& entry, const Json& given, const Json& defaults,
                    const std::string& key, Findings& findings) const;
    void checkVariant(const Entry& entry, const Json& given, const Json& defaults,
                      const std::string& key, Findings& findings) const;
    void checkList(const Entry& entry, const Json& given, const std::string& key,
                   Findings& findings) const;
    std::string unknownKeySentence(const Json& values, const std::string& key) const;
    static bool isActive(const Entry& entry, const Json& full);

    /// A deque, so that the references the declaring builders hold stay good.
    std::deque<Entry> entries_;
};

} // namespace inlay::engine

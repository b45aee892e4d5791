#pragma once

#include <cassert>
#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "engine/schema/any_schema.h"
#include "engine/schema/field_traits.h"

namespace inlay::engine {

/// One enumerator of a Choice field.
template <class Enum>
struct EnumChoice {
    Enum value;
    std::string id;
    std::string title;
    std::string summary;
};

/// Declares a plain config struct. Defaults are those of `Config{}`.
///
///     Schema<TrainConfig> schema;
///     schema.field("learning_rate", &TrainConfig::learningRate)
///         .title("Learning rate").help("…").range(1e-7, 10).logScale();
///     schema.field("keep", &TrainConfig::keep)
///         .choices({{Keep::Last, "last", "Last", "…"}, {Keep::Best, "best", "Best", "…"}});
///     schema.group("optimizer", &TrainConfig::optimizer, optimizerSchema()).title("Optimizer");
///     schema.variant("operator", &TrainConfig::op,
///                    {alternative<DenseConfig>("dense", "Dense", "…", denseSchema()), …});
///     schema.list("layers", &TrainConfig::layers, ruleSchema());
///     schema.check([](const TrainConfig& config, std::vector<Issue>& issues) { … });
///
/// The keys of enabledWhen() and of the issues of check() are relative to this schema.
template <class Config>
class Schema : public AnySchema {
public:
    /// Adds what a form and a page show to one declared member; not to be kept.
    template <class Member>
    class Builder {
    public:
        Builder(Schema& schema, Entry& entry)
            : schema_(schema)
            , entry_(entry) {}

        Builder& title(std::string text) { return set(entry_.info.title, std::move(text)); }
        Builder& help(std::string text) { return set(entry_.info.help, std::move(text)); }
        /// Puts the field under a heading together with others of that section.
        Builder& section(std::string text) { return set(entry_.info.section, std::move(text)); }
        /// Folds the field away in forms.
        Builder& advanced() { return set(entry_.info.advanced, true); }
        /// Active only while the value at `key` (declared before) is one of `values`; several
        /// conditions must all hold.
        Builder& enabledWhen(std::string key, std::initializer_list<Json> values) {
            schema_.addCondition(entry_, std::move(key), std::vector<Json>(values));
            return *this;
        }

        Builder& unit(std::string text) requires HoldsNumbers<Member> {
            return set(entry_.info.unit, std::move(text));
        }
        /// Closed bounds.
        Builder& range(double low, double high) requires HoldsNumbers<Member> {
            return minimum(low).maximum(high);
        }
        Builder& minimum(double low) requires HoldsNumbers<Member> {
            return set(entry_.info.minimum, std::optional<double>(low));
        }
        Builder& maximum(double high) requires HoldsNumbers<Member> {
            return set(entry_.info.maximum, std::optional<double>(high));
        }
        /// Open bounds: the bound itself is not allowed.
        Builder& above(double low) requires HoldsNumbers<Member> {
            entry_.info.minimumOpen = true;
            return minimum(low);
        }
        Builder& below(double high) requires HoldsNumbers<Member> {
            entry_.info.maximumOpen = true;
            return maximum(high);
        }
        Builder& step(double size) requires HoldsNumbers<Member> {
            return set(entry_.info.step, std::optional<double>(size));
        }
        Builder& logScale() requires HoldsNumbers<Member> {
            return set(entry_.info.logScale, true);
        }

        /// Bounds of a list's length.
        Builder& length(std::size_t shortest, std::size_t longest) requires IsList<Member> {
            entry_.info.minimumLength = shortest;
            return set(entry_.info.maximumLength, longest);
        }

        /// Makes a text a path; relative ones are resolved where the config is read.
        Builder& path(PathKind kind) requires HoldsText<Member> {
            entry_.info.type = FieldType::Path;
            return set(entry_.info.pathKind, kind);
        }
        /// The text may not be empty.
        Builder& required() requires HoldsText<Member> { return set(entry_.info.required, true); }
        /// Only these texts.
        Builder& choices(std::vector<Choice> choices) requires std::same_as<Member, std::string> {
            entry_.info.type = FieldType::Choice;
            return set(entry_.info.choices, std::move(choices));
        }

        /// The enumerators; every enum field needs them.
        Builder&
        choices(std::initializer_list<EnumChoice<Member>> choices) requires std::is_enum_v<Member> {
            *names_ = choices;
            for (const EnumChoice<Member>& choice : choices)
                entry_.info.choices.push_back({choice.id, choice.title, choice.summary});
            return *this;
        }

    private:
        friend class Schema;
        using Names = std::vector<EnumChoice<Member>>;

        template <class Value>
        Builder& set(Value& target, Value value) {
            target = std::move(value);
            return *this;
        }

        Schema& schema_;
        Entry& entry_;
        std::shared_ptr<Names> names_ = std::make_shared<Names>();
    };

    /// A bool, integer, float, double, std::string, std::filesystem::path, enum, or a vector of
    /// numbers.
    template <class Member>
    Builder<Member> field(std::string name, Member Config::*member) {
        Entry& entry = addEntry(EntryKind::Field, std::move(name));
        Builder<Member> builder(*this, entry);
        if constexpr (std::is_enum_v<Member>) {
            entry.info.type = FieldType::Choice;
            entry.read = [member, names = builder.names_](void* config, const Json& value) {
                for (const auto& choice : *names)
                    if (value == choice.id)
                        static_cast<Config*>(config)->*member = choice.value;
            };
            entry.write = [member, names = builder.names_](const void* config) -> Json {
                for (const auto& choice : *names)
                    if (static_cast<const Config*>(config)->*member == choice.value)
                        return choice.id;
                assert(false && "an enumerator without a choice");
                return nullptr;
            };
        } else {
            FieldTraits<Member>::describe(entry.info);
            entry.read = [member](void* config, const Json& value) {
                static_cast<Config*>(config)->*member = FieldTraits<Member>::read(value);
            };
            entry.write = [member](const void* config) {
                return FieldTraits<Member>::write(static_cast<const Config*>(config)->*member);
            };
        }
        return builder;
    }

    /// A nested struct; its keys are "name.key".
    template <class Nested>
    Builder<Nested> group(std::string name, Nested Config::*member, Schema<Nested> schema) {
        Entry& entry = addEntry(EntryKind::Group, std::move(name));
        entry.child = std::make_shared<const Schema<Nested>>(std::move(schema));
        entry.read = [member, child = entry.child](void* config, const Json& value) {
            readNested(*child, &(static_cast<Config*>(config)->*member), value);
        };
        entry.write = [member, child = entry.child](const void* config) {
            return writeNested(*child, &(static_cast<const Config*>(config)->*member));
        };
        return Builder<Nested>(*this, entry);
    }

    /// One of several structs; every type of the variant needs exactly one alternative. Forms offer
    /// them in the order given here.
    template <class... Types>
    Builder<std::variant<Types...>> variant(std::string name,
                                            std::variant<Types...> Config::*member,
                                            std::vector<Alternative> alternatives) {
        Entry& entry = addEntry(EntryKind::Variant, std::move(name));
        return describeVariant(entry, member, std::move(alternatives));
    }

    /// The same without an object of its own: "kind" and the keys of the chosen alternative lie
    /// beside the other keys of this schema, which must differ from all of theirs. Declare it
    /// first.
    template <class... Types>
    Builder<std::variant<Types...>> inlineVariant(std::variant<Types...> Config::*member,
                                                  std::vector<Alternative> alternatives) {
        Entry& entry = addEntry(EntryKind::InlineVariant, "kind");
        entry.info.inlined = true;
        return describeVariant(entry, member, std::move(alternatives));
    }

    /// A list of structs.
    template <class Item>
    Builder<std::vector<Item>> list(std::string name, std::vector<Item> Config::*member,
                                    Schema<Item> schema) {
        Entry& entry = addEntry(EntryKind::List, std::move(name));
        entry.info.type = FieldType::Rules;
        entry.child = std::make_shared<const Schema<Item>>(std::move(schema));
        entry.info.item = entry.child;
        entry.read = [member, child = entry.child](void* config, const Json& value) {
            std::vector<Item>& items = static_cast<Config*>(config)->*member;
            items.clear();
            for (const Json& element : value)
                readNested(*child, &items.emplace_back(), element);
        };
        entry.write = [member, child = entry.child](const void* config) {
            Json out = Json::array();
            for (const Item& item : static_cast<const Config*>(config)->*member)
                out.push_back(writeNested(*child, &item));
            return out;
        };
        return Builder<std::vector<Item>>(*this, entry);
    }

    /// A check over several fields; it adds issues with keys relative to this schema.
    Schema& check(std::function<void(const Config&, std::vector<Issue>&)> check) {
        checks_.push_back(std::move(check));
        return *this;
    }

    /// The struct of a partial or full config without issues.
    Config read(const Json& values) const {
        Config config{};
        readInto(&config, complete(values));
        return config;
    }
    /// The full config of a struct.
    Json write(const Config& config) const { return writeFrom(&config); }
    Json defaults() const override { return write(Config{}); }

protected:
    void runChecks(const Json& full, std::vector<Issue>& issues) const override {
        if (checks_.empty())
            return;
        Config config{};
        readInto(&config, full);
        for (const auto& check : checks_)
            check(config, issues);
    }

private:
    template <class... Types>
    Builder<std::variant<Types...>> describeVariant(Entry& entry,
                                                    std::variant<Types...> Config::*member,
                                                    std::vector<Alternative> alternatives) {
        using Variant = std::variant<Types...>;
        assert(alternatives.size() == sizeof...(Types));
        entry.info.type = FieldType::Choice;
        entry.info.discriminator = true;
        for (const Alternative& alternative : alternatives)
            entry.info.choices.push_back(alternative.choice);
        entry.alternatives = std::move(alternatives);
        entry.read = [member, all = entry.alternatives](void* config, const Json& value) {
            Variant& target = static_cast<Config*>(config)->*member;
            for (const Alternative& alternative : all)
                if (value.at("kind") == alternative.choice.id)
                    (readAlternative<Types>(target, alternative, value), ...);
        };
        entry.write = [member, all = entry.alternatives](const void* config) -> Json {
            return std::visit(
                [&all](const auto& held) {
                    for (const Alternative& alternative : all)
                        if (alternative.type == typeid(held)) {
                            Json out = {{"kind", alternative.choice.id}};
                            out.update(writeNested(*alternative.schema, &held));
                            return out;
                        }
                    assert(false && "a variant type without an alternative");
                    return Json();
                },
                static_cast<const Config*>(config)->*member);
        };
        return Builder<Variant>(*this, entry);
    }

    template <class Type, class Variant>
    static void readAlternative(Variant& target, const Alternative& alternative,
                                const Json& value) {
        if (alternative.type != typeid(Type))
            return;
        Type read{};
        readNested(*alternative.schema, &read, value);
        target = std::move(read);
    }

    std::vector<std::function<void(const Config&, std::vector<Issue>&)>> checks_;
};

/// A row of Schema::variant().
template <class Type>
Alternative alternative(std::string id, std::string title, std::string summary,
                        Schema<Type> schema) {
    return {{std::move(id), std::move(title), std::move(summary)},
            std::make_shared<const Schema<Type>>(std::move(schema)),
            typeid(Type)};
}

} // namespace inlay::engine

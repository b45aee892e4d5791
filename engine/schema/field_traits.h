#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/schema/field.h"

namespace inlay::engine {

/// How a member type of a config struct is described and travels through JSON. `read` expects a
/// valid value.
template <class Member>
struct FieldTraits;

template <>
struct FieldTraits<bool> {
    static void describe(FieldInfo& info) { info.type = FieldType::Boolean; }
    static bool read(const Json& value) { return value.get<bool>(); }
    static Json write(bool value) { return value; }
};

template <std::integral Member>
struct FieldTraits<Member> {
    static void describe(FieldInfo& info) {
        info.type = FieldType::Integer;
        using Limits = std::numeric_limits<Member>;
        info.typeMinimum = std::is_unsigned_v<Member> ? 0 : std::int64_t(Limits::min());
        if constexpr (Limits::digits < 63)
            info.typeMaximum = Limits::max();
    }
    static Member read(const Json& value) { return Member(value.get<std::int64_t>()); }
    static Json write(Member value) { return std::int64_t(value); }
};

template <std::floating_point Member>
struct FieldTraits<Member> {
    static void describe(FieldInfo& info) { info.type = FieldType::Real; }
    static Member read(const Json& value) { return Member(value.get<double>()); }
    static Json write(Member value) {
        if constexpr (std::is_same_v<Member, double>) {
            return value;
        } else {
            // The shortest text of the float, so that 0.1f is 0.1 and not 0.10000000149.
            char text[64];
            const auto end = std::to_chars(text, text + sizeof text, value).ptr;
            double wide = 0;
            std::from_chars(text, end, wide);
            return wide;
        }
    }
};

template <>
struct FieldTraits<std::string> {
    static void describe(FieldInfo& info) { info.type = FieldType::Text; }
    static std::string read(const Json& value) { return value.get<std::string>(); }
    static Json write(const std::string& value) { return value; }
};

template <>
struct FieldTraits<std::filesystem::path> {
    static void describe(FieldInfo& info) { info.type = FieldType::Path; }
    static std::filesystem::path read(const Json& value) { return value.get<std::string>(); }
    static Json write(const std::filesystem::path& value) { return value.string(); }
};

template <class Number>
requires(std::integral<Number> || std::floating_point<Number>) &&
    (!std::same_as<Number, bool>)struct FieldTraits<std::vector<Number>> {
    static void describe(FieldInfo& info) {
        FieldTraits<Number>::describe(info);
        info.type = std::integral<Number> ? FieldType::IntegerList : FieldType::RealList;
    }
    static std::vector<Number> read(const Json& value) {
        std::vector<Number> numbers;
        for (const Json& element : value)
            numbers.push_back(FieldTraits<Number>::read(element));
        return numbers;
    }
    static Json write(const std::vector<Number>& numbers) {
        Json out = Json::array();
        for (const Number number : numbers)
            out.push_back(FieldTraits<Number>::write(number));
        return out;
    }
};

template <class Type>
inline constexpr bool kIsVector = false;
template <class Item>
inline constexpr bool kIsVector<std::vector<Item>> = true;
template <class Type>
inline constexpr bool kIsNumber = std::is_arithmetic_v<Type> && !std::is_same_v<Type, bool>;
template <class Item>
inline constexpr bool kIsNumber<std::vector<Item>> = kIsNumber<Item>;

template <class Member>
concept HoldsNumbers = kIsNumber<Member>;
template <class Member>
concept IsList = kIsVector<Member>;
template <class Member>
concept HoldsText =
    std::same_as<Member, std::string> || std::same_as<Member, std::filesystem::path>;

} // namespace inlay::engine

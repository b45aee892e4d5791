#include "engine/base/json.h"

#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine {
namespace {

Json withoutNonFinite(const Json& value) {
    if (value.is_number_float())
        return jsonNumber(value.get<double>());
    if (value.is_object()) {
        Json out = Json::object();
        for (const auto& [key, item] : value.items())
            out[key] = withoutNonFinite(item);
        return out;
    }
    if (value.is_array()) {
        Json out = Json::array();
        for (const Json& item : value)
            out.push_back(withoutNonFinite(item));
        return out;
    }
    return value;
}

/// Accepts everything and keeps where the text stops being JSON. The exception itself knows the
/// place of syntax errors only, not that of a number which no double holds (1e999).
class ErrorLocator : public nlohmann::json_sax<Json> {
public:
    std::size_t byte() const { return byte_; }

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(string_t&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::detail::exception&) override {
        byte_ = position;
        return false;
    }

private:
    std::size_t byte_ = 0;
};

} // namespace

Json parseJson(std::string_view text, const std::string& source) {
    try {
        return Json::parse(text.begin(), text.end());
    } catch (const nlohmann::json::exception& error) {
        ErrorLocator locator;
        Json::sax_parse(text.begin(), text.end(), &locator);
        const std::size_t byte = locator.byte();
        const std::size_t end = std::min<std::size_t>(byte ? byte - 1 : 0, text.size());
        std::size_t line = 1;
        std::size_t column = 1;
        for (std::size_t i = 0; i < end; ++i) {
            if (text[i] == '\n') {
                ++line;
                column = 1;
            } else {
                ++column;
            }
        }
        throw Error(fmt::format("{} is not JSON: line {}, column {}", source, line, column),
                    error.what());
    }
}

Json readJsonFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw Error(fmt::format("cannot read {}", path));
    std::ostringstream text;
    text << file.rdbuf();
    if (file.bad())
        throw Error(fmt::format("cannot read {}", path));
    return parseJson(text.str(), path);
}

std::string dumpJson(const Json& value) {
    return withoutNonFinite(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string dumpJsonPretty(const Json& value) {
    return withoutNonFinite(value).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json jsonNumber(double value) {
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "Infinity" : "-Infinity";
    return value;
}

std::optional<double> numberFromJson(const Json& value) {
    if (value.is_number())
        return value.get<double>();
    if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        if (text == "NaN")
            return std::numeric_limits<double>::quiet_NaN();
        if (text == "Infinity")
            return std::numeric_limits<double>::infinity();
        if (text == "-Infinity")
            return -std::numeric_limits<double>::infinity();
    }
    return std::nullopt;
}

const Json* findPath(const Json& root, std::string_view dotted) {
    const Json* node = &root;
    while (!dotted.empty()) {
        const std::size_t dot = dotted.find('.');
        const std::string part(dotted.substr(0, dot));
        if (!node->is_object())
            return nullptr;
        const auto found = node->find(part);
        if (found == node->end())
            return nullptr;
        node = &*found;
        dotted = dot == std::string_view::npos ? std::string_view() : dotted.substr(dot + 1);
    }
    return node;
}

void setPath(Json& root, std::string_view dotted, Json value) {
    Json* node = &root;
    for (;;) {
        const std::size_t dot = dotted.find('.');
        const std::string part(dotted.substr(0, dot));
        if (!node->is_object())
            *node = Json::object();
        node = &(*node)[part];
        if (dot == std::string_view::npos)
            break;
        dotted = dotted.substr(dot + 1);
    }
    *node = std::move(value);
}

std::vector<std::pair<std::string, Json>> flatten(const Json& root) {
    std::vector<std::pair<std::string, Json>> leaves;
    const auto walk = [&leaves](const auto& self, const std::string& prefix,
                                const Json& node) -> void {
        for (const auto& [key, item] : node.items()) {
            const std::string path = prefix.empty() ? key : prefix + "." + key;
            if (item.is_object() && !item.empty())
                self(self, path, item);
            else
                leaves.emplace_back(path, item);
        }
    };
    if (root.is_object())
        walk(walk, "", root);
    return leaves;
}

} // namespace inlay::engine

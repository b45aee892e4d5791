#include "app/gpu_check/row.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace inlay::app {
namespace {

std::string quoted(const std::string& value) {
    std::string text = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') {
            text += '\\';
            text += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char code[8];
            std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned int>(c));
            text += code;
        } else {
            text += c;
        }
    }
    return text + "\"";
}

std::string numberText(double value) {
    if (std::isnan(value))
        return "\"NaN\"";
    if (std::isinf(value))
        return value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
    char text[32];
    std::snprintf(text, sizeof text, "%.7g", value);
    return text;
}

/// Reads one line from the left; every function is false, or empty, on what it does not expect.
class Reader {
public:
    explicit Reader(std::string_view line)
        : rest_(line) {}

    bool take(char c) {
        skipSpace();
        if (rest_.empty() || rest_.front() != c)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    bool atEnd() {
        skipSpace();
        return rest_.empty();
    }

    std::optional<std::string> string() {
        if (!take('"'))
            return std::nullopt;
        std::string text;
        while (!rest_.empty() && rest_.front() != '"') {
            char c = next();
            if (c == '\\' && !rest_.empty())
                c = escaped(next());
            text += c;
        }
        return take('"') ? std::optional(text) : std::nullopt;
    }

    std::optional<std::string> value() {
        skipSpace();
        if (!rest_.empty() && rest_.front() == '"')
            return string();
        // A number, a word, or an array or object taken as it stands.
        std::string text;
        int depth = 0;
        while (!rest_.empty()) {
            const char c = rest_.front();
            if (depth == 0 && (c == ',' || c == '}' || c == ' '))
                break;
            depth += c == '[' || c == '{' ? 1 : 0;
            depth -= c == ']' || c == '}' ? 1 : 0;
            text += next();
        }
        return text.empty() || depth != 0 ? std::nullopt : std::optional(text);
    }

private:
    void skipSpace() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
            rest_.remove_prefix(1);
    }

    char next() {
        const char c = rest_.front();
        rest_.remove_prefix(1);
        return c;
    }

    char escaped(char c) {
        switch (c) {
        case 'n':
            return '\n';
        case 't':
            return '\t';
        case 'u': {
            const std::string digits(rest_.substr(0, 4));
            rest_.remove_prefix(digits.size());
            return static_cast<char>(std::strtol(digits.c_str(), nullptr, 16));
        }
        default:
            return c;
        }
    }

    std::string_view rest_;
};

} // namespace

Row::Row(const std::string& stage, const std::string& name)
    : text_("{\"stage\": " + quoted(stage)) {
    text("case", name);
}

Row& Row::field(const std::string& key, const std::string& value) {
    text_ += ", " + quoted(key) + ": " + value;
    return *this;
}

Row& Row::text(const std::string& key, const std::string& value) {
    return field(key, quoted(value));
}

Row& Row::number(const std::string& key, double value) {
    return field(key, numberText(value));
}

Row& Row::count(const std::string& key, std::int64_t value) {
    return field(key, std::to_string(value));
}

Row& Row::flag(const std::string& key, bool value) {
    return field(key, value ? "true" : "false");
}

Row& Row::numbers(const std::string& key, const std::vector<double>& values) {
    std::string list = "[";
    for (std::size_t i = 0; i < values.size(); ++i)
        list += (i > 0 ? ", " : "") + numberText(values[i]);
    return field(key, list + "]");
}

std::optional<Fields> parseRow(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    Reader reader(line);
    Fields fields;
    if (!reader.take('{'))
        return std::nullopt;
    do {
        const std::optional<std::string> key = reader.string();
        if (!key || !reader.take(':'))
            return std::nullopt;
        const std::optional<std::string> value = reader.value();
        if (!value)
            return std::nullopt;
        fields[*key] = *value;
    } while (reader.take(','));
    if (!reader.take('}') || !reader.atEnd())
        return std::nullopt;
    return fields;
}

std::string fieldOr(const Fields& fields, const std::string& key, const std::string& otherwise) {
    const auto found = fields.find(key);
    return found == fields.end() ? otherwise : found->second;
}

double numberOr(const Fields& fields, const std::string& key, double otherwise) {
    const auto found = fields.find(key);
    return found == fields.end() ? otherwise : std::strtod(found->second.c_str(), nullptr);
}

bool isOk(const Fields& fields) {
    return fieldOr(fields, "ok", "true") != "false";
}

std::string keyOf(const Fields& fields) {
    return fieldOr(fields, "stage") + " " + fieldOr(fields, "case");
}

} // namespace inlay::app

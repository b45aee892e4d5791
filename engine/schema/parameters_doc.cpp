#include "engine/schema/parameters_doc.h"

#include <algorithm>
#include <limits>
#include <sstream>

#include <fmt/format.h>

namespace inlay::engine {
namespace {

constexpr std::size_t kColumns = 100;
constexpr const char* kIndent = "      ";

std::string sectionOf(const FieldInfo& field) {
    return field.groups.empty() ? "General" : field.groups.front();
}

/// What a reader would compare, with keys seen from `prefix`.
std::string likeness(const FieldInfo& field, const std::string& prefix) {
    std::string text = field.key.substr(prefix.size()) + "\n" + dumpJson(field.defaultValue) +
                       "\n" + allowedText(field) + "\n" + field.help + "\n";
    for (const Condition& condition : field.enabledWhen)
        if (condition.key.starts_with(prefix))
            text += condition.key.substr(prefix.size()) + dumpJson(Json(condition.values)) + "\n";
    return text;
}

/// What a reader would compare of all fields below `prefix`, the discriminator aside.
std::string likenessBelow(const std::vector<FieldInfo>& fields, const std::string& prefix) {
    std::string text;
    for (const FieldInfo& field : fields)
        if (field.key.starts_with(prefix) && field.key != prefix + "kind")
            text += likeness(field, prefix);
    return text;
}

/// All fields, but a variant inside a list that has the same keys as one before it only says so.
std::vector<FieldInfo> documentedFields(const AnySchema& schema) {
    const std::vector<FieldInfo> all = schema.allFields();
    std::vector<FieldInfo> out;
    std::vector<std::string> variants;
    std::vector<std::string> skipped;
    for (const FieldInfo& field : all) {
        if (std::any_of(skipped.begin(), skipped.end(), [&field](const std::string& prefix) {
                return field.key.starts_with(prefix);
            }))
            continue;
        out.push_back(field);
        if (!field.discriminator)
            continue;
        const std::string prefix = field.key.substr(0, field.key.rfind('.') + 1);
        const std::string below = likenessBelow(all, prefix);
        const auto same =
            std::find_if(variants.begin(), variants.end(), [&](const std::string& other) {
                return likenessBelow(all, other) == below;
            });
        if (field.key.find("[]") != std::string::npos && !below.empty() && same != variants.end()) {
            out.back().help +=
                fmt::format("{}Keys of each kind as in {}.", field.help.empty() ? "" : " ",
                            same->substr(0, same->size() - 1));
            skipped.push_back(prefix);
        }
        variants.push_back(prefix);
    }
    return out;
}

/// Fields by section, sections in the order of their first field.
std::vector<std::pair<std::string, std::vector<FieldInfo>>> sections(const AnySchema& schema) {
    std::vector<std::pair<std::string, std::vector<FieldInfo>>> out;
    for (FieldInfo& field : documentedFields(schema)) {
        const std::string name = sectionOf(field);
        auto found = std::find_if(out.begin(), out.end(),
                                  [&name](const auto& section) { return section.first == name; });
        if (found == out.end())
            found = out.insert(out.end(), {name, {}});
        found->second.push_back(std::move(field));
    }
    return out;
}

std::string shortType(const FieldInfo& field) {
    switch (field.type) {
    case FieldType::Boolean:
        return "true/false";
    case FieldType::Integer:
        return "whole number";
    case FieldType::Real:
        return "number";
    case FieldType::Text:
        return "text";
    case FieldType::Choice:
        return "choice";
    case FieldType::Path:
        return "path";
    case FieldType::IntegerList:
        return "list of whole numbers";
    case FieldType::RealList:
        return "list of numbers";
    case FieldType::Rules:
        return "list of objects";
    }
    return {};
}

std::string defaultText(const FieldInfo& field) {
    const Json& value = field.defaultValue;
    if (value.is_string() && !value.get_ref<const std::string&>().empty())
        return value.get<std::string>();
    return value.is_number_float() ? numberText(value.get<double>()) : dumpJson(value);
}

std::string lengthCell(const FieldInfo& field) {
    const bool bounded = field.maximumLength != std::numeric_limits<std::size_t>::max();
    if (bounded)
        return fmt::format("{} to {} elements", field.minimumLength, field.maximumLength);
    return field.minimumLength > 0 ? fmt::format("{} elements or more", field.minimumLength)
                                   : std::string();
}

std::string allowedCell(const FieldInfo& field) {
    std::string text = allowedText(field);
    if (text.empty() && field.required)
        text = "not empty";
    if (const std::string length = lengthCell(field); !length.empty())
        text += (text.empty() ? "" : "; ") + length;
    if (text.empty() && !field.unit.empty())
        text = "any, in " + field.unit;
    return text;
}

// In a list of choices the semicolons end the sentences.
std::string withoutPeriod(std::string text) {
    if (text.ends_with('.'))
        text.pop_back();
    return text;
}

std::string helpText(const FieldInfo& field) {
    std::string text = field.title;
    if (!field.help.empty())
        text += ". " + field.help;
    if (text.back() != '.')
        text += '.';
    return text;
}

std::string choicesText(const FieldInfo& field) {
    std::string text;
    for (const Choice& choice : field.choices)
        if (!choice.summary.empty())
            text += fmt::format("{}{}: {}", text.empty() ? "" : "; ", choice.id,
                                withoutPeriod(choice.summary));
    return text.empty() ? text : text + (text.ends_with('.') ? "" : ".");
}

std::string cell(std::string text) {
    std::string out;
    for (const char c : text) {
        if (c == '|')
            out += "\\|";
        else
            out += c == '\n' ? ' ' : c;
    }
    return out;
}

std::string code(const std::string& text) {
    return text.empty() ? text : "`" + text + "`";
}

std::string row(const FieldInfo& field) {
    std::string what = helpText(field);
    if (const std::string choices = choicesText(field); !choices.empty())
        what += " " + choices;
    if (const std::string when = conditionText(field); !when.empty())
        what += fmt::format(" Active when {}.", when);
    return fmt::format("| {} | {} | {} | {} | {} |\n", code(field.key), shortType(field),
                       cell(code(defaultText(field))), cell(allowedCell(field)), cell(what));
}

/// Appends words with a line break before column kColumns.
void appendWrapped(std::string& out, const std::string& text) {
    std::istringstream words(text);
    std::string line;
    for (std::string word; words >> word;) {
        if (!line.empty() &&
            std::string(kIndent).size() + line.size() + 1 + word.size() > kColumns) {
            out += kIndent + line + "\n";
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    if (!line.empty())
        out += kIndent + line + "\n";
}

} // namespace

std::string parametersMarkdown(const std::vector<DocumentedKind>& kinds) {
    std::string out = "# Parameters\n\n"
                      "Made from the declarations in the program; do not edit. Keys are those of "
                      "project files and of `--set key=value`.\n";
    for (const DocumentedKind& kind : kinds) {
        out += fmt::format("\n## {} (`{}`)\n", kind.title, kind.id);
        if (!kind.summary.empty())
            out += "\n" + kind.summary + "\n";
        for (const auto& [name, fields] : sections(*kind.schema)) {
            out += fmt::format("\n### {}\n\n", name);
            out += "| Key | Type | Default | Allowed | Meaning |\n|---|---|---|---|---|\n";
            for (const FieldInfo& field : fields)
                out += row(field);
        }
    }
    return out;
}

std::string describeText(const DocumentedKind& kind) {
    std::string out = fmt::format("{}: {}\n", kind.id, kind.title);
    appendWrapped(out, kind.summary);
    for (const auto& [name, fields] : sections(*kind.schema)) {
        out += fmt::format("\n{}\n", name);
        for (const FieldInfo& field : fields) {
            const std::string allowed = allowedCell(field);
            out += fmt::format("  {} = {}  ({}{})\n", field.key, defaultText(field),
                               shortType(field), allowed.empty() ? "" : ": " + allowed);
            appendWrapped(out, helpText(field));
            appendWrapped(out, choicesText(field));
            if (const std::string when = conditionText(field); !when.empty())
                appendWrapped(out, fmt::format("Active when {}.", when));
        }
    }
    return out;
}

} // namespace inlay::engine

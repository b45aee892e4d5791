#include "engine/runner/output.h"

namespace inlay::engine {

namespace {

// What stands for each placeholder is put in front of `values`.
bool match(std::string_view pattern, std::string_view name, std::vector<std::string>* values) {
    const std::size_t open = pattern.find('{');
    if (open == std::string_view::npos)
        return pattern == name;
    if (name.substr(0, open) != pattern.substr(0, open))
        return false;
    const std::size_t close = pattern.find('}', open);
    if (close == std::string_view::npos)
        return false;
    const std::string_view rest = pattern.substr(close + 1);
    for (std::size_t end = open + 1; end <= name.size() && name[end - 1] != '/'; ++end) {
        if (!match(rest, name.substr(end), values))
            continue;
        if (values != nullptr)
            values->insert(values->begin(), std::string(name.substr(open, end - open)));
        return true;
    }
    return false;
}

} // namespace

bool matchesPattern(std::string_view pattern, std::string_view name) {
    return match(pattern, name, nullptr);
}

std::string titleOf(const OutputDeclaration& output, std::string_view name) {
    std::vector<std::string> values;
    if (!match(output.name, name, &values) || values.empty())
        return output.title;
    std::string title = output.title;
    for (const std::string& value : values) {
        title += &value == values.data() ? " · " : ", ";
        title += value;
    }
    return title;
}

const OutputDeclaration* findOutput(const std::vector<OutputDeclaration>& outputs, OutputType type,
                                    std::string_view name) {
    for (const OutputDeclaration& output : outputs) {
        if (output.type == type && matchesPattern(output.name, name))
            return &output;
    }
    return nullptr;
}

} // namespace inlay::engine

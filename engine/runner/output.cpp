#include "engine/runner/output.h"

namespace inlay::engine {

bool matchesPattern(std::string_view pattern, std::string_view name) {
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
        if (matchesPattern(rest, name.substr(end)))
            return true;
    }
    return false;
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

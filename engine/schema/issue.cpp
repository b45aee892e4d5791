#include "engine/schema/issue.h"

namespace inlay::engine {

std::vector<Issue> prefixed(std::vector<Issue> issues, std::string_view prefix) {
    if (prefix.empty())
        return issues;
    for (Issue& issue : issues) {
        const bool opensWithKey =
            !issue.key.empty() && issue.message.starts_with(issue.key) &&
            (issue.message.size() == issue.key.size() || issue.message[issue.key.size()] == ' ' ||
             issue.message[issue.key.size()] == ':');
        const std::string separator =
            issue.key.empty() || issue.key.front() == '[' ? std::string() : std::string(".");
        issue.key = std::string(prefix) + separator + issue.key;
        if (opensWithKey)
            issue.message = std::string(prefix) + separator + issue.message;
    }
    return issues;
}

std::string joinMessages(const std::vector<Issue>& issues) {
    std::string text;
    for (const Issue& issue : issues) {
        if (!text.empty())
            text += '\n';
        text += issue.message;
    }
    return text;
}

} // namespace inlay::engine

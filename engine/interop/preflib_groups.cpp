#include "engine/interop/preflib_groups.h"

#include <fmt/format.h>

namespace inlay::engine::preflib {

std::vector<std::vector<std::int32_t>> readGroups(const Lines& lines, std::string_view text,
                                                  std::size_t alternatives, EmptyGroups empty) {
    std::vector<char> used(alternatives, 0);
    const auto take = [&](std::string_view word) {
        const auto id = lines.positive(word, "an alternative");
        if (id > static_cast<std::int64_t>(used.size()))
            lines.fail(
                fmt::format("alternative {} does not exist, allowed are 1 to {}", id, used.size()));
        if (used[static_cast<std::size_t>(id - 1)]++)
            lines.fail(fmt::format("alternative {} appears twice in the order", id));
        return static_cast<std::int32_t>(id - 1);
    };
    std::vector<std::vector<std::int32_t>> groups;
    text = trimmed(text);
    for (bool more = true; more;) {
        std::vector<std::int32_t> group;
        if (text.starts_with('{')) {
            const auto close = text.find('}');
            if (close == text.npos)
                lines.fail("a brace is opened and never closed");
            std::string_view inner = text.substr(1, close - 1);
            bool inside = empty == EmptyGroups::Refused || !trimmed(inner).empty();
            while (inside) {
                const auto comma = inner.find(',');
                group.push_back(take(inner.substr(0, comma)));
                inside = comma != inner.npos;
                inner.remove_prefix(inside ? comma + 1 : 0);
            }
            text = trimmed(text.substr(close + 1));
            if (!text.empty() && text.front() != ',')
                lines.fail("a comma is missing after a brace");
            more = !text.empty();
            text = trimmed(text.substr(more ? 1 : 0));
        } else {
            const auto comma = text.find(',');
            group.push_back(take(text.substr(0, comma)));
            more = comma != text.npos;
            text = trimmed(more ? text.substr(comma + 1) : std::string_view());
        }
        groups.push_back(std::move(group));
    }
    return groups;
}

std::string orderText(const PreflibOrder& order) {
    std::string text = fmt::format("{}: ", order.count);
    bool isFirst = true;
    for (const auto& group : order.groups) {
        std::string members;
        for (const std::int32_t item : group)
            members += fmt::format("{}{}", members.empty() ? "" : ",", item + 1);
        text += isFirst ? "" : ",";
        text += group.size() == 1 ? members : "{" + members + "}";
        isFirst = false;
    }
    return text + '\n';
}

} // namespace inlay::engine::preflib

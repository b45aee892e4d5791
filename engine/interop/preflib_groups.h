#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/interop/preflib.h"
#include "engine/interop/preflib_lines.h"

namespace inlay::engine::preflib {

enum class EmptyGroups { Refused, Allowed };

/// "a,{b,c},{}": groups of alternatives 1 to `alternatives`, each alternative at most once. Throws
/// Error naming the line and the value.
std::vector<std::vector<std::int32_t>> readGroups(const Lines& lines, std::string_view text,
                                                  std::size_t alternatives, EmptyGroups empty);
/// The line "count: a,{b,c},{}\n".
std::string orderText(const PreflibOrder& order);

/// Reads lines "count<separator> groups" to the end. `check` is called with the groups while their
/// line is current, to say what is wrong with it. Preferences that appear twice are an error;
/// `what` names one.
template <class Check>
std::vector<PreflibOrder> readOrders(Lines& lines, char separator, std::size_t alternatives,
                                     EmptyGroups empty, const char* what, Check&& check) {
    std::set<std::vector<std::vector<std::int32_t>>> seen;
    std::vector<PreflibOrder> orders;
    for (; !lines.atEnd(); lines.next()) {
        lines.refuseNoData(std::string("count: ") + what);
        const auto [count, order] = lines.split(separator);
        PreflibOrder read;
        read.count = lines.positive(count, "the count");
        read.groups = readGroups(lines, order, alternatives, empty);
        check(read.groups);
        std::vector<std::vector<std::int32_t>> normal = read.groups;
        for (auto& group : normal)
            std::sort(group.begin(), group.end());
        if (!seen.insert(std::move(normal)).second)
            lines.fail(std::string("the ") + what +
                       " appears twice; each may appear once, with its count");
        orders.push_back(std::move(read));
    }
    return orders;
}

} // namespace inlay::engine::preflib

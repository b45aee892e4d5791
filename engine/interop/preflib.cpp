#include "engine/interop/preflib.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/preflib_groups.h"
#include "engine/interop/preflib_header.h"
#include "engine/interop/text_file.h"

namespace inlay::engine {
namespace {

using preflib::EmptyGroups;
using preflib::Header;
using preflib::Lines;
using Groups = std::vector<std::vector<std::int32_t>>;

constexpr PreflibType kOrders[] = {PreflibType::Soc, PreflibType::Soi, PreflibType::Toc,
                                   PreflibType::Toi};

bool allowsTies(PreflibType type) {
    return type == PreflibType::Toc || type == PreflibType::Toi;
}
bool isComplete(PreflibType type) {
    return type == PreflibType::Soc || type == PreflibType::Toc;
}

void checkGroups(const Lines& lines, PreflibType type, std::size_t alternatives,
                 const Groups& groups) {
    std::size_t ranked = 0;
    for (const auto& group : groups) {
        ranked += group.size();
        if (group.size() > 1 && !allowsTies(type))
            lines.fail(fmt::format("a tie in an order of the type {}, which is strict; toc and toi "
                                   "allow ties",
                                   nameOf(type)));
    }
    if (isComplete(type) && ranked != alternatives)
        lines.fail(fmt::format("the order ranks {} of {} alternatives, the type {} wants all; soi "
                               "and toi allow less",
                               ranked, alternatives, nameOf(type)));
}

// The alternatives that no group has, in ascending order.
std::vector<std::int32_t> unrankedOf(const Groups& groups, std::size_t alternatives) {
    std::vector<char> ranked(alternatives, 0);
    for (const auto& group : groups)
        for (const std::int32_t item : group)
            ranked[static_cast<std::size_t>(item)] = 1;
    std::vector<std::int32_t> rest;
    for (std::size_t i = 0; i < alternatives; ++i)
        if (!ranked[i])
            rest.push_back(static_cast<std::int32_t>(i));
    return rest;
}

ComparisonTable comparisonsOfOrders(const std::vector<PreflibOrder>& orders,
                                    const std::vector<std::string>& alternatives,
                                    Unranked unranked) {
    std::map<std::pair<std::int32_t, std::int32_t>, double> counts;
    for (const PreflibOrder& order : orders) {
        Groups groups = order.groups;
        if (unranked == Unranked::Below)
            groups.push_back(unrankedOf(groups, alternatives.size()));
        for (std::size_t above = 0; above < groups.size(); ++above)
            for (std::size_t below = above + 1; below < groups.size(); ++below)
                for (const std::int32_t a : groups[above])
                    for (const std::int32_t b : groups[below])
                        counts[{a, b}] += static_cast<double>(order.count);
    }
    ComparisonTable table;
    table.items = alternatives;
    for (const auto& [pair, count] : counts)
        table.rows.push_back({pair.first, pair.second, Outcome::Left, count, {}, {}});
    return table;
}

// Each order once, in the place of its first; the members of a tie in ascending order.
void addUpEqual(std::vector<PreflibOrder>& orders) {
    std::map<Groups, std::size_t> known;
    std::vector<PreflibOrder> distinct;
    for (PreflibOrder& order : orders) {
        for (auto& group : order.groups)
            std::sort(group.begin(), group.end());
        const auto [found, isNew] = known.emplace(order.groups, distinct.size());
        if (isNew)
            distinct.push_back(std::move(order));
        else
            distinct[found->second].count += order.count;
    }
    orders = std::move(distinct);
}

std::int64_t votersOf(const std::vector<PreflibOrder>& orders) {
    std::int64_t sum = 0;
    for (const PreflibOrder& order : orders)
        sum += order.count;
    return sum;
}

} // namespace

std::int64_t PreflibFile::voters() const {
    return votersOf(orders);
}

std::int64_t PreflibCategories::voters() const {
    return votersOf(preferences);
}

PreflibType PreflibFile::contentType() const {
    bool ties = false;
    bool complete = true;
    for (const PreflibOrder& order : orders) {
        std::size_t ranked = 0;
        for (const auto& group : order.groups) {
            ranked += group.size();
            ties = ties || group.size() > 1;
        }
        complete = complete && ranked == alternatives.size();
    }
    if (ties)
        return complete ? PreflibType::Toc : PreflibType::Toi;
    return complete ? PreflibType::Soc : PreflibType::Soi;
}

PreflibFile parsePreflib(std::string_view text, const std::string& source) {
    Lines lines(text, source);
    const bool isCurrent = lines.isHeaderAhead(0);
    Header header = isCurrent ? preflib::readHeader(lines, source, kOrders)
                              : preflib::readLegacyHeader(lines, source);
    PreflibFile file;
    file.type = header.type;
    file.metadata = std::move(header.metadata);
    file.alternatives = std::move(header.alternatives);
    file.orders =
        preflib::readOrders(lines, isCurrent ? ':' : ',', file.alternatives.size(),
                            EmptyGroups::Refused, "order", [&](const Groups& groups) {
                                checkGroups(lines, file.type, file.alternatives.size(), groups);
                            });
    if (file.orders.empty())
        throw Error(fmt::format("{} has no orders", source));
    header.compare("NUMBER ALTERNATIVES", "alternatives",
                   static_cast<std::int64_t>(file.alternatives.size()), source);
    header.compare("NUMBER VOTERS", "voters", file.voters(), source);
    header.compare("NUMBER UNIQUE ORDERS", "unique orders",
                   static_cast<std::int64_t>(file.orders.size()), source);
    file.warnings = std::move(header.warnings);
    if (file.contentType() != file.type)
        file.warnings.push_back(fmt::format("{} says {}, the most restrictive type of its orders "
                                            "is {}",
                                            source, nameOf(file.type), nameOf(file.contentType())));
    return file;
}

PreflibFile readPreflib(const std::string& path) {
    return parsePreflib(readTextFile(path), path);
}

std::string preflibText(const PreflibFile& file) {
    std::string text = preflib::headerText(
        file.type, file.metadata,
        {{"NUMBER ALTERNATIVES", static_cast<std::int64_t>(file.alternatives.size())},
         {"NUMBER VOTERS", file.voters()},
         {"NUMBER UNIQUE ORDERS", static_cast<std::int64_t>(file.orders.size())}},
        {}, file.alternatives);
    for (const PreflibOrder& order : file.orders)
        text += preflib::orderText(order);
    return text;
}

ComparisonTable comparisonsOf(const PreflibFile& file, Unranked unranked) {
    return comparisonsOfOrders(file.orders, file.alternatives, unranked);
}

ComparisonTable comparisonsOf(const PreflibCategories& file, Unranked unranked) {
    return comparisonsOfOrders(file.preferences, file.alternatives, unranked);
}

PreflibFile ordersOf(const PreflibCategories& file, Unranked unranked) {
    PreflibFile orders;
    orders.metadata = file.metadata;
    orders.alternatives = file.alternatives;
    orders.warnings = file.warnings;
    for (const PreflibOrder& preference : file.preferences) {
        Groups groups = preference.groups;
        if (unranked == Unranked::Below)
            groups.push_back(unrankedOf(groups, file.alternatives.size()));
        std::erase_if(groups, [](const auto& group) { return group.empty(); });
        if (!groups.empty())
            orders.orders.push_back({preference.count, std::move(groups)});
    }
    // An empty category has no place in an order: different preferences may give the same one.
    addUpEqual(orders.orders);
    orders.type = orders.contentType();
    return orders;
}

bool completeOrders(PreflibFile& file) {
    bool isChanged = false;
    for (PreflibOrder& order : file.orders) {
        std::vector<std::int32_t> rest = unrankedOf(order.groups, file.alternatives.size());
        if (rest.empty())
            continue;
        order.groups.push_back(std::move(rest));
        isChanged = true;
    }
    if (!isChanged)
        return false;
    addUpEqual(file.orders);
    file.type = file.contentType();
    return true;
}

bool isPreflibOrderPath(std::string_view path) {
    const auto type = preflibTypeNamed(preflib::endingOf(path));
    return type && isOrder(*type);
}

} // namespace inlay::engine

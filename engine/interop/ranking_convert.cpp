#include "engine/interop/ranking_convert.h"

#include <cmath>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/comparison_file.h"
#include "engine/interop/preflib_header.h"

namespace inlay::engine {
namespace {

namespace fs = std::filesystem;

struct Written {
    std::string text;
    std::vector<std::string> warnings;
};

[[noreturn]] void refuse(const std::string& to, const std::string& why, const char* allowed) {
    throw Error(fmt::format("{} cannot be written: {}; allowed are {}", to, why, allowed));
}

// What the new file says of itself. "imbued" = completed, "induced" = expressed otherwise.
void describe(PreflibMetadata& metadata, const std::string& from, const std::string& to,
              const char* modification) {
    setMetadata(metadata, "FILE NAME", fs::path(to).filename().string());
    if (modification == nullptr)
        return;
    setMetadata(metadata, "MODIFICATION TYPE", modification);
    setMetadata(metadata, "RELATES TO", fs::path(from).filename().string());
}

bool isAtMost(PreflibType content, PreflibType wanted) {
    const auto hasTies = [](PreflibType t) {
        return t == PreflibType::Toc || t == PreflibType::Toi;
    };
    const auto leavesOut = [](PreflibType t) {
        return t == PreflibType::Soi || t == PreflibType::Toi;
    };
    return (!hasTies(content) || hasTies(wanted)) && (!leavesOut(content) || leavesOut(wanted));
}

Written ordersTo(PreflibFile file, PreflibType wanted, const std::string& to) {
    const PreflibType content = file.contentType();
    if (!isAtMost(content, wanted))
        refuse(to, fmt::format("the orders are of the type {}", nameOf(content)),
               content == PreflibType::Toi   ? ".toi"
               : content == PreflibType::Toc ? ".toc, .toi"
                                             : ".soi, .toi");
    file.type = wanted;
    if (content != wanted)
        file.warnings.push_back(fmt::format("{} is more general than its orders need; the most "
                                            "restrictive type is {}",
                                            to, nameOf(content)));
    return {preflibText(file), std::move(file.warnings)};
}

Written comparisonsTo(ComparisonFile file, const std::string& ending, const std::string& to) {
    if (ending == "csv")
        return {comparisonsCsv(file.table), std::move(file.warnings)};
    if (ending != "pwg")
        refuse(to, "comparisons of pairs are no orders", ".csv, .pwg");
    std::int64_t left = 0;
    std::int64_t ties = 0;
    for (const Comparison& row : file.table.rows) {
        const bool isDecided = row.outcome == Outcome::Left || row.outcome == Outcome::Right;
        (isDecided ? left : ties) += 1;
        if (isDecided && row.weight != std::floor(row.weight))
            refuse(to, fmt::format("it counts voters, and a weight is {}", row.weight), ".csv");
    }
    if (left == 0)
        refuse(to, "no comparison is decided", ".csv");
    if (ties > 0)
        file.warnings.push_back(
            fmt::format("{} ties and skips have no place in {} and were left out", ties, to));
    // Without voters every comparison is one.
    std::int64_t voters = file.voters;
    if (voters == 0) {
        for (const Comparison& row : file.table.rows)
            voters += std::llround(row.weight);
    }
    return {pairwiseText(file.table, voters), std::move(file.warnings)};
}

Written convert(const std::string& from, const std::string& to, Unranked unranked) {
    const std::string ending = preflib::endingOf(to);
    const std::optional<PreflibType> wanted = preflibTypeNamed(ending);
    if (!wanted && ending != "csv" && ending != "pwg")
        throw Error(fmt::format("{} ends with {}; allowed are .soc, .soi, .toc, .toi, .cat, .wmd, "
                                ".pwg, .csv",
                                to, ending.empty() ? "nothing" : "." + ending));
    const RankingContent content = rankingContentOf(from);
    if (content.type == PreflibType::Wmd) {
        PreflibMatching file = readPreflibMatching(from);
        if (ending == "csv")
            return {edgesCsv(file), std::move(file.warnings)};
        if (wanted != PreflibType::Wmd)
            refuse(to, "a matching graph compares nothing", ".wmd, .csv");
        describe(file.metadata, from, to, nullptr);
        return {preflibText(file), std::move(file.warnings)};
    }
    if (wanted == PreflibType::Wmd)
        refuse(to, fmt::format("{} holds no matching graph", from),
               ".soc, .soi, .toc, .toi, .cat, .pwg, .csv, whichever can hold it");
    if (!wanted || !content.type)
        return comparisonsTo(readComparisonFile(from, unranked), ending, to);
    if (content.type == PreflibType::Cat) {
        PreflibCategories file = readPreflibCategories(from);
        if (wanted == PreflibType::Cat) {
            describe(file.metadata, from, to, nullptr);
            return {preflibText(file), std::move(file.warnings)};
        }
        PreflibFile orders = ordersOf(file, unranked);
        if (orders.orders.empty())
            refuse(to, "no alternative is in a category", ".cat");
        describe(orders.metadata, from, to, unranked == Unranked::Below ? "imbued" : "induced");
        return ordersTo(std::move(orders), *wanted, to);
    }
    PreflibFile file = readPreflib(from);
    if (wanted == PreflibType::Cat)
        refuse(to, "orders have no categories", ".soc, .soi, .toc, .toi, .csv, .pwg");
    const bool isCompleted = unranked == Unranked::Below && completeOrders(file);
    describe(file.metadata, from, to, isCompleted ? "imbued" : nullptr);
    return ordersTo(std::move(file), *wanted, to);
}

} // namespace

std::vector<std::string> convertRanking(const std::string& from, const std::string& to,
                                        Unranked unranked) {
    Written written = convert(from, to, unranked);
    std::ofstream file(to, std::ios::binary | std::ios::trunc);
    file << written.text;
    file.close();
    if (!file)
        throw Error(fmt::format("{} cannot be written.", to));
    return std::move(written.warnings);
}

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/interop/comparisons.h"

namespace inlay::engine {

/// Strict or tied, complete or incomplete orders; categories; weighted matching graphs.
enum class PreflibType { Soc, Soi, Toc, Toi, Cat, Wmd };
/// "soc", "soi", "toc", "toi", "cat", "wmd".
std::string_view nameOf(PreflibType type);
/// The type of that name (as in a header, or the ending of a path), if there is one.
std::optional<PreflibType> preflibTypeNamed(std::string_view name);
bool isOrder(PreflibType type);

/// What every file of the current format says beside its counts, in the order of the format.
using PreflibMetadata = std::vector<std::pair<std::string, std::string>>;
/// The lines of a file that Inlay makes: all of them, those unknown without a value.
PreflibMetadata emptyPreflibMetadata();
void setMetadata(PreflibMetadata& metadata, std::string_view key, std::string value);

/// An order, or a distribution to categories, that `count` voters gave: groups of alternatives
/// (indices from 0), best first. In an order a group is a tie and never empty.
struct PreflibOrder {
    std::int64_t count = 1;
    std::vector<std::vector<std::int32_t>> groups;
};

/// A file of orders in the current format ("# KEY: value" lines, then "count: a,b,{c,d}") or in the
/// legacy one (number of alternatives, "id,name" lines, "voters,sum,unique", "count,a,b,{c,d}").
struct PreflibFile {
    PreflibType type = PreflibType::Soc;
    PreflibMetadata metadata;
    std::vector<std::string> alternatives;
    std::vector<PreflibOrder> orders;
    /// What is odd and was read all the same: counts of the header that differ from the data, a
    /// name that does not fit the content.
    std::vector<std::string> warnings;

    std::int64_t voters() const;
    /// The most restrictive type that the orders have.
    PreflibType contentType() const;
};

/// Strict: throws Error naming file, line and value for missing metadata, a blank line in the data,
/// an alternative that is unknown or repeated in an order, a tie in a strict type, an order of a
/// complete type that leaves out alternatives, a count that is not a positive number, an order that
/// appears twice, a name that appears twice.
PreflibFile readPreflib(const std::string& path);
/// The same of text; the ending of `source` names the type where the text does not.
PreflibFile parsePreflib(std::string_view text, const std::string& source);
/// The current format. Reading it back and writing it gives the same bytes.
std::string preflibText(const PreflibFile& file);

/// Alternatives put into categories (.cat): every preference has one group a category, best first,
/// and a group may be empty; an alternative may be in none.
struct PreflibCategories {
    PreflibMetadata metadata;
    std::vector<std::string> alternatives;
    std::vector<std::string> categories;
    std::vector<PreflibOrder> preferences;
    std::vector<std::string> warnings;

    std::int64_t voters() const;
};
/// As strict as readPreflib; a preference with another number of categories is an error.
PreflibCategories readPreflibCategories(const std::string& path);
PreflibCategories parsePreflibCategories(std::string_view text, const std::string& source);
std::string preflibText(const PreflibCategories& file);

/// A weighted matching graph (.wmd): directed edges between alternatives. It compares nothing.
struct PreflibMatching {
    struct Edge {
        std::int32_t source = 0; // indices from 0
        std::int32_t target = 0;
        double weight = 0; // finite
    };
    PreflibMetadata metadata;
    std::vector<std::string> alternatives;
    std::optional<std::int64_t> voters; // some files name it
    std::vector<Edge> edges;
    std::vector<std::string> warnings;
};
/// Strict: an alternative that is unknown, an edge to itself, an edge that appears twice, a weight
/// that is no finite number are errors naming file, line and value.
PreflibMatching readPreflibMatching(const std::string& path);
PreflibMatching parsePreflibMatching(std::string_view text, const std::string& source);
std::string preflibText(const PreflibMatching& file);
/// CSV with the columns source,target,weight and the names of the alternatives.
std::string edgesCsv(const PreflibMatching& file);

/// A pairwise graph of PrefLib's legacy format (.pwg): how many voters prefer one alternative to
/// another. The weights of the table's rows are those numbers.
struct PreflibPairwise {
    ComparisonTable table;
    std::int64_t voters = 0;
    std::vector<std::string> warnings;
};
PreflibPairwise readPairwise(const std::string& path);
PreflibPairwise parsePairwise(std::string_view text, const std::string& source);
/// Ties and skips have no place in it and are left out; weights are rounded. Comparisons of the
/// same pair are added up.
std::string pairwiseText(const ComparisonTable& table, std::int64_t voters);

/// What alternatives without a place count as.
enum class Unranked { Incomparable, Below };

/// Every order of `count` voters adds `count` to (a, b) for each a strictly above b (in a better
/// category); ties add nothing. The rows are sorted by pair.
ComparisonTable comparisonsOf(const PreflibFile& file, Unranked unranked);
ComparisonTable comparisonsOf(const PreflibCategories& file, Unranked unranked);

/// Categories as orders with ties: each that is not empty is a group. Unranked::Below appends the
/// alternatives without a category as one more. The most restrictive type is set.
PreflibFile ordersOf(const PreflibCategories& file, Unranked unranked);

/// Puts the alternatives that an order leaves out below it, tied; orders that become equal are
/// added up. True when anything changed; the type is then the most restrictive one.
bool completeOrders(PreflibFile& file);

/// Whether a path ends like an order file (.soc, .soi, .toc, .toi).
bool isPreflibOrderPath(std::string_view path);

} // namespace inlay::engine

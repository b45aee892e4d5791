#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/interop/comparisons.h"

namespace inlay::engine {

/// Strict or tied, complete or incomplete orders.
enum class PreflibType { Soc, Soi, Toc, Toi };
/// "soc", "soi", "toc", "toi".
std::string_view nameOf(PreflibType type);

/// An order that `count` voters gave: groups of tied alternatives (indices from 0), best first.
struct PreflibOrder {
    std::int64_t count = 1;
    std::vector<std::vector<std::int32_t>> groups;
};

/// A file of orders in the current format ("# KEY: value" lines, then "count: a,b,{c,d}") or in the
/// legacy one (number of alternatives, "id,name" lines, "voters,sum,unique", "count,a,b,{c,d}").
struct PreflibFile {
    PreflibType type = PreflibType::Soc;
    /// What the header says beside the alternatives and the counts, in the order of the format.
    std::vector<std::pair<std::string, std::string>> metadata;
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
/// appears twice, a name that appears twice. Types cat, wmd hold no rankings and are refused.
PreflibFile readPreflib(const std::string& path);
/// The same of text; the ending of `source` names the type where the text does not.
PreflibFile parsePreflib(std::string_view text, const std::string& source);

/// The current format. Reading it back and writing it gives the same bytes.
std::string preflibText(const PreflibFile& file);

/// A pairwise graph of PrefLib's legacy format (.pwg): how many voters prefer one alternative to
/// another. The weights of the table's rows are those numbers.
struct PreflibPairwise {
    ComparisonTable table;
    std::int64_t voters = 0;
    std::vector<std::string> warnings;
};
PreflibPairwise readPairwise(const std::string& path);
PreflibPairwise parsePairwise(std::string_view text, const std::string& source);
std::string pairwiseText(const ComparisonTable& table, std::int64_t voters);

/// What alternatives without a place count as.
enum class Unranked { Incomparable, Below };

/// Every order of `count` voters adds `count` to (a, b) for each a strictly above b; ties add
/// nothing. The rows are sorted by pair.
ComparisonTable comparisonsOf(const PreflibFile& file, Unranked unranked);

/// Whether a path ends like an order file (.soc, .soi, .toc, .toi).
bool isPreflibOrderPath(std::string_view path);

} // namespace inlay::engine

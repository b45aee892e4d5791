#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/interop/comparisons.h"
#include "engine/interop/preflib.h"

namespace inlay::engine {

/// What a file of rankings or comparisons holds, by its content.
struct RankingContent {
    std::optional<PreflibType> type; // orders (of either format), categories, a matching graph
    bool isPairwise = false;         // PrefLib's legacy pairwise graph; neither: CSV
};
/// Reads no further than the header. Throws Error when the file cannot be read, and for a legacy
/// file whose ending does not say what it is.
RankingContent rankingContentOf(const std::string& path);

/// Comparisons of any format that holds some.
struct ComparisonFile {
    ComparisonTable table;
    std::int64_t voters = 0;         // of a PrefLib file, else 0
    std::optional<PreflibType> type; // of a file of orders or categories
    std::vector<std::string> warnings;
};

/// Reads CSV (see readComparisons), PrefLib's orders and categories in the current format, its
/// orders and pairwise graphs (.pwg) in the legacy one. The content decides; an ending that says
/// otherwise is a warning that suggests the right one. A matching graph (.wmd) compares nothing
/// and is refused. Throws Error naming file, line and value.
ComparisonFile readComparisonFile(const std::string& path, Unranked unranked);

} // namespace inlay::engine

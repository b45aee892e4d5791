#pragma once

#include <string>
#include <vector>

#include "engine/experiments/active_ranking/active_ranking_config.h"
#include "engine/schema/issue.h"

namespace inlay::engine::active_ranking {

/// The labels that a file of comparisons gives.
struct FileLabels {
    std::vector<std::string> names;
    /// +1 or -1 by the sum of the comparisons of a pair, 0 where there are none or they cancel.
    Tournament tournament{0};
    /// Connected parts of the comparison graph: items of different parts cannot be compared.
    std::vector<std::vector<Item>> components;
    /// What is odd about the file and was read all the same.
    std::vector<std::string> warnings;
};

/// Throws Error naming file, line and value (see readComparisonFile).
FileLabels readFileLabels(const FileOracle& oracle);

/// Everything wrong with the file, with the key "oracle.comparisons".
std::vector<Issue> checkFile(const FileOracle& oracle);

} // namespace inlay::engine::active_ranking

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace inlay::engine::metric_learning {

/// Three rows of a batch, or three samples of a data set.
struct Triplet {
    std::int64_t anchor = 0;
    std::int64_t positive = 0; // the closer one
    std::int64_t negative = 0; // the farther one
    bool operator==(const Triplet&) const = default;
};

/// Reads a CSV of comparisons: three whole numbers a line (anchor, closer, farther), separated by
/// comma, semicolon or tab; a first line that is no numbers is a header. Throws Error naming the
/// line: other than three columns, no number, outside 0 … samples - 1, or one sample twice in a
/// row; and when there is none at all.
std::vector<Triplet> readComparisons(const std::string& path, std::int64_t samples);

} // namespace inlay::engine::metric_learning

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inlay::engine {

/// Items that one round chose or scored; items that it does not name have the score 0.
struct FeedbackRound {
    std::vector<std::int32_t> items;
    std::vector<double> values; // in [0, 1]
};

struct FeedbackTable {
    std::vector<std::string> items; // in order of appearance
    std::vector<FeedbackRound> rounds;
    double scale = 1; // what values were multiplied with
};

enum class Rescale { No, Yes };

/// Reads a CSV file with the columns round,item[,value]; the rows of one round stand together. A
/// value is a number from 0 to 1; with Rescale::Yes larger ones are allowed, and all are divided by
/// the largest. Throws Error naming file, line and value.
FeedbackTable readFeedback(const std::string& path, Rescale rescale);
FeedbackTable parseFeedback(std::string_view text, const std::string& source, Rescale rescale);

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace inlay::engine {

enum class Outcome { Left, Right, Tie, Skip };
/// "left", "right", "tie", "skip".
std::string_view nameOf(Outcome outcome);

/// One comparison of two items; `left` and `right` are indices of ComparisonTable::items.
struct Comparison {
    std::int32_t left = 0;
    std::int32_t right = 0;
    Outcome outcome = Outcome::Left;
    double weight = 1;
    std::string annotator;
    std::string timestamp;
};

/// Comparisons in the order they were made.
struct ComparisonTable {
    std::vector<std::string> items; // distinct, in order of appearance
    std::vector<Comparison> rows;

    /// Index of an item, added when it is new.
    std::int32_t itemIndex(const std::string& name);

private:
    std::map<std::string, std::int32_t> index_;
};

/// Reads a CSV file with a header: winner,loser or left,right,outcome (left, right, tie, skip) or
/// model_a,model_b,winner (model_a, model_b, tie, skip), each with weight, annotator and timestamp
/// where wanted. Strict: throws Error naming file, line and value for an unknown column or outcome,
/// an empty item, an item compared with itself, a weight that is not above 0.
ComparisonTable readComparisons(const std::string& path);
ComparisonTable parseComparisons(std::string_view text, const std::string& source);

/// The same as CSV: winner,loser when every outcome names one, else left,right,outcome; columns
/// that hold nothing are left out. Reading it back and writing it gives the same bytes.
std::string comparisonsCsv(const ComparisonTable& table);

/// Pairs of which both orders were answered, as "a and b (2 : 1)"; for tasks where one label a pair
/// must stand.
std::vector<std::string> contradictions(const ComparisonTable& table);

} // namespace inlay::engine

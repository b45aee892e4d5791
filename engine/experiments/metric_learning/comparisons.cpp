#include "engine/experiments/metric_learning/comparisons.h"

#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine::metric_learning {
namespace {

std::vector<std::string> fieldsOf(const std::string& line) {
    std::vector<std::string> fields(1);
    for (const char c : line) {
        if (c == ',' || c == ';' || c == '\t')
            fields.emplace_back();
        else if (c != ' ' && c != '"' && c != '\r')
            fields.back() += c;
    }
    return fields;
}

std::optional<std::int64_t> wholeNumber(const std::string& text) {
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || text.empty())
        return std::nullopt;
    return value;
}

} // namespace

std::vector<Triplet> readComparisons(const std::string& path, std::int64_t samples) {
    std::ifstream file(path);
    if (!file)
        throw Error(fmt::format("cannot read the comparisons {}", path));
    std::vector<Triplet> triplets;
    std::string line;
    for (std::int64_t number = 1; std::getline(file, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        const std::vector<std::string> fields = fieldsOf(line);
        if (fields.size() != 3)
            throw Error(fmt::format("{}, line {}: {} columns, expected 3 (anchor, closer, farther)",
                                    path, number, fields.size()));
        std::int64_t values[3] = {};
        bool isHeader = false;
        for (std::size_t i = 0; i < 3; ++i) {
            const auto value = wholeNumber(fields[i]);
            if (!value && number == 1) {
                isHeader = true;
                break;
            }
            if (!value)
                throw Error(fmt::format("{}, line {}: \"{}\" is not a whole number", path, number,
                                        fields[i]));
            if (*value < 0 || *value >= samples)
                throw Error(fmt::format("{}, line {}: sample {}, allowed is 0 to {} (the training "
                                        "samples in the order of their file)",
                                        path, number, *value, samples - 1));
            values[i] = *value;
        }
        if (isHeader)
            continue;
        if (values[0] == values[1] || values[0] == values[2] || values[1] == values[2])
            throw Error(fmt::format("{}, line {}: the three samples {}, {} and {} must differ",
                                    path, number, values[0], values[1], values[2]));
        triplets.push_back({values[0], values[1], values[2]});
    }
    if (triplets.empty())
        throw Error(fmt::format("{} holds no comparison", path));
    return triplets;
}

} // namespace inlay::engine::metric_learning

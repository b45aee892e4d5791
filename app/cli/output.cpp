#include "app/cli/output.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "app/cli/command.h"

namespace inlay::app {
namespace {

// Columns of the terminal, not bytes: names may hold "·" and the like.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

bool isNumeric(const std::string& text) {
    return text.empty() || text == "–" || std::isdigit(static_cast<unsigned char>(text.front())) ||
           text.front() == '-' || text.front() == '+';
}

} // namespace

void printJson(const engine::Json& line) {
    const std::string text = engine::dumpJson(line) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void printSentence(const std::string& text) {
    std::fprintf(stderr, "inlay: %s\n", text.c_str());
}

int badInput(const std::vector<engine::Issue>& issues, bool json) {
    engine::Json list = engine::Json::array();
    for (const engine::Issue& issue : issues) {
        // In the window the field stands beside the message; here the sentence must name it.
        printSentence(issue.message.find(issue.key) == std::string::npos
                          ? issue.key + ": " + issue.message
                          : issue.message);
        list.push_back({{"key", issue.key}, {"message", issue.message}});
    }
    if (json)
        printJson({{"error", {{"issues", list}}}});
    return kBadInput;
}

int badInput(const std::string& message, bool json) {
    return badInput({{"", message}}, json);
}

TextTable::TextTable(std::vector<std::string> headers) {
    rows_.push_back(std::move(headers));
}

void TextTable::add(std::vector<std::string> cells) {
    cells.resize(rows_.front().size());
    rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
    const std::size_t columns = rows_.front().size();
    std::vector<std::size_t> widths(columns, 0);
    std::vector<bool> numeric(columns, rows_.size() > 1);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
            widths[c] = std::max(widths[c], width(rows_[r][c]));
            if (r > 0 && !isNumeric(rows_[r][c]))
                numeric[c] = false;
        }
    }
    std::string out;
    for (std::size_t r = 0; r < rows_.size(); ++r) {
        std::string line;
        for (std::size_t c = 0; c < columns; ++c) {
            const std::string pad(widths[c] - width(rows_[r][c]), ' ');
            line += (c ? "  " : "") + (numeric[c] ? pad + rows_[r][c] : rows_[r][c] + pad);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

engine::Json metricsJson(const engine::Metrics& metrics) {
    engine::Json out = engine::Json::object();
    for (const auto& [name, value] : metrics)
        out[name] = value;
    return out;
}

engine::Json resultJson(const engine::ExecuteResult& result) {
    engine::Json out = {{"run", result.run},
                        {"state", std::string(nameOf(result.status))},
                        {"seconds", result.seconds},
                        {"metrics", metricsJson(result.metrics)}};
    if (!result.message.empty())
        out["message"] = result.message;
    return out;
}

std::string countText(double value) {
    const double size = std::fabs(value);
    if (size >= 1e9)
        return fmt::format("{:.2f} G", value / 1e9);
    if (size >= 1e6)
        return fmt::format("{:.2f} M", value / 1e6);
    if (size >= 1e4)
        return fmt::format("{:.1f} k", value / 1e3);
    return fmt::format("{:.0f}", value);
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string metricText(const std::string& name, double value, const std::string& unit) {
    if (unit == "fraction" || name.ends_with("accuracy"))
        return fmt::format("{:.2f} %", 100 * value);
    if (unit == "s" || name.ends_with("_seconds"))
        return value < 1 ? fmt::format("{:.2f} ms", 1000 * value) : fmt::format("{:.2f} s", value);
    if (unit == "B" || name.ends_with("_bytes"))
        return fmt::format("{:.1f} MiB", value / 1048576);
    if (name == "parameters" || name == "multiply_adds")
        return countText(value);
    if (unit == "x")
        return fmt::format("{:.4g}×", value);
    const double size = std::fabs(value);
    // Whole numbers are counts, of which every digit is known.
    const bool isWhole = (std::trunc(value) == value && size < 1e9) || (size >= 1e4 && size < 1e7);
    const std::string number =
        isWhole ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
    return unit.empty() ? number : number + ' ' + unit;
}

std::string durationText(double seconds) {
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    if (whole >= 3600)
        return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
    if (whole >= 60)
        return fmt::format("{} min {} s", whole / 60, whole % 60);
    return seconds < 10 ? fmt::format("{:.1f} s", seconds) : fmt::format("{} s", whole);
}

} // namespace inlay::app

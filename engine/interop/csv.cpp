#include "engine/interop/csv.h"

#include <array>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine {

std::string csvNumber(double value) {
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value > 0 ? "inf" : "-inf";
    std::array<char, 32> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

std::string csvText(std::string_view text) {
    if (text.find_first_of(",\"\r\n") == std::string_view::npos)
        return std::string(text);
    std::string cell = "\"";
    for (const char c : text) {
        if (c == '"')
            cell += '"';
        cell += c;
    }
    return cell + '"';
}

void writeSeriesCsv(const std::string& path, std::span<const std::int64_t> steps,
                    std::span<const double> values) {
    assert(steps.size() == values.size());
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << "step,value\n";
    for (std::size_t i = 0; i < steps.size() && file; ++i)
        file << std::to_string(steps[i]) << ',' << csvNumber(values[i]) << '\n';
    file.close();
    if (!file)
        throw Error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
}

} // namespace inlay::engine

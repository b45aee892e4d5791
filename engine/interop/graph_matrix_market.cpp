#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/graph.h"
#include "engine/interop/text_file.h"
#include "engine/interop/text_lines.h"

namespace inlay::engine {
namespace {

std::string lower(std::string_view word) {
    std::string out(word);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

struct Banner {
    bool pattern = false;
    bool symmetric = false;
};

Banner readBanner(const std::string& path, std::string_view line) {
    const std::vector<std::string_view> words = splitWords(line);
    if (words.size() != 5 || words[0] != "%%MatrixMarket")
        throw Error(fmt::format("{}, line 1: \"{}\" is not the first line of a Matrix Market file "
                                "(%%MatrixMarket matrix coordinate FIELD SYMMETRY).",
                                path, line.substr(0, 80)));
    const std::string object = lower(words[1]);
    const std::string format = lower(words[2]);
    const std::string field = lower(words[3]);
    const std::string symmetry = lower(words[4]);
    if (object != "matrix" || format != "coordinate")
        throw Error(fmt::format("{}, line 1: {} {} cannot be read; matrix coordinate is allowed.",
                                path, object, format));
    if (field != "pattern" && field != "real" && field != "integer")
        throw Error(fmt::format("{}, line 1: the field {} cannot be read; pattern, real and "
                                "integer are allowed.",
                                path, field));
    if (symmetry != "general" && symmetry != "symmetric")
        throw Error(fmt::format("{}, line 1: the symmetry {} cannot be read; general and symmetric "
                                "are allowed.",
                                path, symmetry));
    return {field == "pattern", symmetry == "symmetric"};
}

} // namespace

GraphData readMatrixMarket(const std::string& path) {
    const std::string text = readTextFile(path);
    TextLines lines(text);
    std::string_view line;
    const Banner banner = readBanner(path, lines.next(line) ? line : std::string_view());
    GraphData data;
    data.path = path;
    data.undirected = banner.symmetric;
    data.matrix = !banner.symmetric;
    std::int64_t size = -1;
    std::int64_t expected = 0;
    while (lines.next(line)) {
        const std::vector<std::string_view> words = splitWords(line);
        if (words.empty() || words[0].front() == '%')
            continue;
        if (size < 0) {
            std::int64_t numbers[3] = {-1, -1, -1};
            for (std::size_t w = 0; w < 3 && words.size() == 3; ++w)
                numbers[w] = parseInteger(words[w]).value_or(-1);
            const auto [rows, columns, count] = numbers;
            if (rows < 0 || columns < 0 || count < 0)
                throw Error(fmt::format("{}, line {}: \"{}\" should be rows, columns and entries.",
                                        path, lines.number(), trimmed(line)));
            if (rows != columns)
                throw Error(fmt::format("{}, line {}: {} rows and {} columns; an adjacency matrix "
                                        "is square.",
                                        path, lines.number(), rows, columns));
            if (rows > 10'000'000)
                throw Error(fmt::format("{}, line {}: {} nodes are too many; at most 10,000,000 "
                                        "can be read.",
                                        path, lines.number(), rows));
            size = rows;
            expected = count;
            for (std::int64_t i = 1; i <= size; ++i)
                data.labels.push_back(std::to_string(i));
            continue;
        }
        const std::size_t wanted = banner.pattern ? 2 : 3;
        if (words.size() != wanted)
            throw Error(fmt::format("{}, line {}: {} values in \"{}\", there should be {}.", path,
                                    lines.number(), words.size(), trimmed(line), wanted));
        GraphEntry entry;
        entry.line = lines.number();
        for (std::size_t e = 0; e < 2; ++e) {
            const auto index = parseInteger(words[e]);
            if (!index || *index < 1 || *index > size)
                throw Error(fmt::format("{}, line {}: the index {} is not in 1 to {}.", path,
                                        lines.number(), words[e], size));
            (e == 0 ? entry.from : entry.to) = static_cast<std::int32_t>(*index - 1);
        }
        if (!banner.pattern) {
            const auto weight = parseNumber(words[2]);
            if (!weight)
                throw Error(
                    fmt::format("{}, line {}: {} is no number.", path, lines.number(), words[2]));
            entry.weight = *weight;
        }
        data.entries.push_back(entry);
    }
    if (size < 0)
        throw Error(fmt::format("{} ends before its size line.", path));
    if (static_cast<std::int64_t>(data.entries.size()) != expected)
        throw Error(fmt::format("{} announces {} entries and has {}.", path, expected,
                                data.entries.size()));
    return data;
}

} // namespace inlay::engine

#include "engine/interop/label_file.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/base/error.h"
#include "engine/interop/byte_stream.h"
#include "engine/interop/delimited_text.h"
#include "engine/interop/idx.h"
#include "engine/interop/npy.h"
#include "engine/interop/text_file.h"
#include "engine/interop/text_lines.h"

namespace inlay::engine {
namespace {

std::string numberText(const std::string& path, std::size_t row, double value) {
    if (value != std::floor(value) || std::abs(value) > 1e15)
        throw Error(fmt::format("{}, row {}: {} is not a label; allowed are whole numbers", path,
                                row + 1, value));
    return fmt::format("{:.0f}", value);
}

template <class Numbers>
std::vector<std::string> numberTexts(const std::string& path, const Numbers& values) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < values.size(); ++i)
        texts.push_back(numberText(path, i, static_cast<double>(values[i])));
    return texts;
}

std::vector<std::string> textLabels(const std::string& path, const std::string& column,
                                    std::size_t rows) {
    const std::string text = readTextFile(path);
    const std::string_view first = std::string_view(text).substr(0, text.find('\n'));
    std::vector<std::string> labels;
    if (first.find('\t') == std::string_view::npos && first.find(',') == std::string_view::npos &&
        first.find(';') == std::string_view::npos) {
        TextLines lines(text);
        for (std::string_view line; lines.next(line);)
            labels.emplace_back(trimmed(line));
        while (!labels.empty() && labels.size() > rows && labels.back().empty())
            labels.pop_back();
        if (labels.size() == rows + 1) // a title
            labels.erase(labels.begin());
        return labels;
    }
    const DelimitedText table = parseDelimited(text, path);
    std::size_t at = 0;
    if (!column.empty()) {
        const auto found = std::find(table.header.begin(), table.header.end(), column);
        if (found == table.header.end())
            throw Error(fmt::format("{} has no column {}; it has {}", path, column,
                                    fmt::join(table.header, ", ")));
        at = static_cast<std::size_t>(found - table.header.begin());
    }
    for (const DelimitedRow& row : table.rows)
        labels.push_back(row.cells[at]);
    return labels;
}

} // namespace

std::vector<std::string> readLabels(const std::string& path, const std::string& column,
                                    std::size_t rows, const std::string& vectorsPath) {
    std::vector<std::string> labels;
    std::vector<std::uint8_t> head;
    {
        ByteStream input(path);
        const auto peeked = input.peek(6);
        head.assign(peeked.begin(), peeked.end());
    }
    if (startsLikeNpy(head)) {
        const NpyArray array = readNpy(path);
        if (array.header.elements() != array.header.shape.front())
            throw Error(fmt::format("{} has {} dimensions, labels have one", path,
                                    array.header.shape.size()));
        labels = numberTexts(path, array.values);
    } else if (head.size() >= 4 && head[0] == 0 && head[1] == 0) {
        const IdxArray array = readIdx(path);
        if (array.header.shape.size() != 1)
            throw Error(fmt::format("{} has {} dimensions, labels have one", path,
                                    array.header.shape.size()));
        labels = numberTexts(path, array.floats());
    } else {
        labels = textLabels(path, column, rows);
    }
    if (labels.size() != rows)
        throw Error(fmt::format("{} holds {} vectors, but {} holds {} labels", vectorsPath, rows,
                                path, labels.size()));
    return labels;
}

NumberedLabels numberLabels(const std::vector<std::string>& texts) {
    std::vector<std::string> names(texts);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::erase(names, "");
    const auto key = [](const std::string& name) {
        const auto number = parseNumber(name);
        return std::pair(number ? 0 : 1, number.value_or(0));
    };
    std::stable_sort(names.begin(), names.end(),
                     [&](const std::string& a, const std::string& b) { return key(a) < key(b); });
    std::map<std::string, std::int32_t> numbers;
    for (const std::string& name : names)
        numbers.emplace(name, static_cast<std::int32_t>(numbers.size()));
    NumberedLabels result;
    result.names = std::move(names);
    for (const std::string& text : texts)
        result.labels.push_back(text.empty() ? -1 : numbers.at(text));
    return result;
}

} // namespace inlay::engine

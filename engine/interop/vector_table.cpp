#include "engine/interop/vector_table.h"

#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/base/error.h"
#include "engine/interop/byte_stream.h"
#include "engine/interop/idx.h"
#include "engine/interop/label_file.h"
#include "engine/interop/npy.h"
#include "engine/interop/npz.h"
#include "engine/interop/vector_text.h"

namespace inlay::engine {
namespace {

// Squares of larger numbers overflow in f32.
constexpr double kLargestValue = 1e18;
constexpr std::size_t kNamedConstants = 8;

/// Numbers as they came, before bad ones are seen to.
struct Matrix {
    std::vector<std::int64_t> shape; // rows first
    std::vector<double> values;
    bool bytes = false; // u8: images where there are 3 or 4 dimensions
};

Matrix matrixOf(NpyArray array) {
    return {array.header.shape, std::move(array.values), array.header.type == NpyType::U8};
}

Matrix npzMatrix(const std::string& path, const std::string& wanted) {
    const NpzFile file(path);
    if (wanted.empty()) {
        for (const std::string& candidate : file.names()) {
            NpyArray array = file.read(candidate);
            if (array.header.shape.size() >= 2 || file.names().size() == 1)
                return matrixOf(std::move(array));
        }
        throw Error(fmt::format("{} holds no array of two dimensions; it holds {}", path,
                                fmt::join(file.names(), ", ")));
    }
    return matrixOf(file.read(wanted));
}

Matrix idxMatrix(const std::string& path, std::vector<std::string>& notes) {
    const IdxArray array = readIdx(path);
    if (!array.warning.empty())
        notes.push_back(array.warning);
    const std::vector<float> floats = array.floats();
    return {array.header.shape, {floats.begin(), floats.end()}, array.header.type == IdxType::U8};
}

void setImageShape(const Matrix& matrix, VectorTable& table) {
    const std::vector<std::int64_t>& shape = matrix.shape;
    const bool gray = shape.size() == 3;
    const bool colors = shape.size() == 4 && (shape[3] == 1 || shape[3] == 3);
    if (!matrix.bytes || (!gray && !colors))
        return;
    table.height = shape[1];
    table.width = shape[2];
    table.channels = gray ? 1 : shape[3];
}

/// Rows that stay, by number; fills `table`.
std::vector<std::size_t> sift(const std::string& path, const std::vector<double>& values,
                              const std::vector<std::string>& places, BadValues policy,
                              VectorTable& table) {
    const auto columns = static_cast<std::size_t>(table.columns);
    const std::size_t rows = values.size() / columns;
    std::vector<std::size_t> kept;
    std::int64_t zeroed = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        bool drop = false;
        for (std::size_t column = 0; column < columns && !drop; ++column) {
            const double value = values[row * columns + column];
            if (std::abs(value) <= kLargestValue)
                continue;
            const std::string place =
                row < places.size() ? places[row] : fmt::format("row {}", row + 1);
            const std::string title =
                column < table.titles.size() ? fmt::format(" ({})", table.titles[column]) : "";
            if (std::isfinite(value))
                throw Error(fmt::format("{}, {}, column {}{}: {} is larger than 1e18, whose square "
                                        "overflows in f32; scale the column",
                                        path, place, column + 1, title, value));
            if (policy == BadValues::Stop)
                throw Error(fmt::format("{}, {}, column {}{}: {} is not a finite number; allowed "
                                        "are finite numbers, or bad_values = drop or zero",
                                        path, place, column + 1, title,
                                        std::isnan(value) ? "NaN (or an empty cell)" : "infinity"));
            drop = policy == BadValues::Drop;
            zeroed += drop ? 0 : 1;
        }
        if (drop)
            continue;
        kept.push_back(row);
        for (std::size_t column = 0; column < columns; ++column) {
            const double value = values[row * columns + column];
            table.values.push_back(std::isfinite(value) ? static_cast<float>(value) : 0.0f);
        }
    }
    if (kept.size() < rows)
        table.notes.push_back(
            fmt::format("{} rows with NaN or infinities were left out.", rows - kept.size()));
    if (zeroed > 0)
        table.notes.push_back(fmt::format("{} values that are NaN or infinite became 0.", zeroed));
    if (kept.empty())
        throw Error(fmt::format("{} has no row without NaN or infinities", path));
    return kept;
}

void noteConstantColumns(VectorTable& table) {
    const auto columns = static_cast<std::size_t>(table.columns);
    std::vector<std::string> names;
    std::size_t constant = 0;
    for (std::size_t column = 0; column < columns; ++column) {
        bool same = true;
        for (std::size_t at = column; at < table.values.size() && same; at += columns)
            same = table.values[at] == table.values[column];
        if (!same)
            continue;
        if (++constant <= kNamedConstants)
            names.push_back(column < table.titles.size() ? table.titles[column]
                                                         : std::to_string(column + 1));
    }
    if (constant == 0 || table.rows < 2)
        return;
    const std::string more = constant > kNamedConstants
                                 ? fmt::format(" and {} more", constant - kNamedConstants)
                                 : std::string();
    table.notes.push_back(fmt::format("{} of {} columns are constant and tell no points apart: "
                                      "{}{}.",
                                      constant, columns, fmt::join(names, ", "), more));
}

} // namespace

VectorTable readVectorTable(const std::string& path, const VectorTableOptions& options) {
    VectorTable table;
    std::vector<std::uint8_t> head;
    {
        ByteStream input(path);
        const auto peeked = input.peek(8);
        head.assign(peeked.begin(), peeked.end());
    }
    if (head.empty())
        throw Error(fmt::format("{} is empty", path));
    Matrix matrix;
    VectorText text;
    const bool isIdx = head.size() >= 4 && head[0] == 0 && head[1] == 0 && head[2] >= 8 &&
                       head[2] <= 14 && head[3] > 0 && head[3] <= 8;
    if (startsLikeNpy(head)) {
        matrix = matrixOf(readNpy(path));
    } else if (startsLikeZip(head)) {
        matrix = npzMatrix(path, options.array);
    } else if (isIdx) {
        matrix = idxMatrix(path, table.notes);
    } else {
        text = readVectorText(path, options);
        matrix.values = std::move(text.values);
        matrix.shape = {text.rows, text.columns};
        table.titles = text.titles;
        table.notes = text.notes;
    }
    if (matrix.shape.empty())
        throw Error(fmt::format("{} is a single number, not a table", path));
    const std::int64_t rows = matrix.shape.front();
    table.columns = 1;
    for (std::size_t d = 1; d < matrix.shape.size(); ++d)
        table.columns *= matrix.shape[d];
    if (rows < 1 || table.columns < 1)
        throw Error(fmt::format("{} has no numbers: its shape is {}", path,
                                fmt::join(matrix.shape, " x ")));
    setImageShape(matrix, table);
    std::vector<std::string> labels = std::move(text.labels);
    if (!options.labelsPath.empty())
        labels = readLabels(options.labelsPath, options.labelColumn, static_cast<std::size_t>(rows),
                            path);
    const std::vector<std::size_t> kept =
        sift(path, matrix.values, text.places, options.badValues, table);
    table.rows = static_cast<std::int64_t>(kept.size());
    if (!labels.empty()) {
        std::vector<std::string> own;
        for (const std::size_t row : kept)
            own.push_back(labels[row]);
        NumberedLabels numbered = numberLabels(own);
        table.labels = std::move(numbered.labels);
        table.classNames = std::move(numbered.names);
    }
    noteConstantColumns(table);
    return table;
}

} // namespace inlay::engine

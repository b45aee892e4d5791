#include "engine/interop/row_reader.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/byte_stream.h"
#include "engine/interop/idx.h"
#include "engine/interop/npy.h"
#include "engine/interop/row_reader_private.h"

namespace inlay::engine {
namespace {

// Squares of larger numbers overflow in f32.
constexpr double kLargestValue = 1e18;
constexpr std::int64_t kPieceValues = 1 << 16;

// NPY and IDX: fixed-size rows of one binary type, known in advance.
class BinaryRows final : public RowReader {
public:
    using Convert = std::function<void(std::span<const std::uint8_t> raw, double* out)>;

    BinaryRows(ByteStream input, std::int64_t rows, std::int64_t columns, std::size_t size,
               Convert convert, const RowOptions& options)
        : input_(std::move(input))
        , rows_(rows)
        , columns_(columns)
        , size_(size)
        , convert_(std::move(convert))
        , kept_(keptColumns(input_.name(), columns, options.skipColumns))
        , filter_(input_.name(), kept_, options.badRows) {
        if (rows < 1)
            throw Error(
                fmt::format("{} has no rows: its shape is {} x {}", input_.name(), rows, columns));
    }

    std::int64_t columns() const override { return static_cast<std::int64_t>(kept_.size()); }
    std::optional<std::int64_t> promisedRows() const override { return rows_; }
    const std::vector<std::string>& titles() const override { return titles_; }
    std::int64_t droppedRows() const override { return filter_.dropped(); }

    std::int64_t read(double* out, std::int64_t rows) override {
        std::int64_t done = 0;
        while (done < rows && next_ < rows_) {
            const std::int64_t most = std::max<std::int64_t>(1, kPieceValues / columns_);
            const std::int64_t count = std::min({rows - done, rows_ - next_, most});
            piece_.resize(static_cast<std::size_t>(count * columns_) * size_);
            const std::size_t got = input_.read(piece_);
            if (got < piece_.size())
                throw Error(fmt::format(
                    "{} is truncated: row {} of {} is cut", input_.name(),
                    next_ + 1 + static_cast<std::int64_t>(got / size_) / columns_, rows_));
            double* first = out + done * columns();
            if (columns() == columns_)
                convert_(piece_, first);
            else
                convertKept(first, count);
            done += filter_.keep(first, count, [this](std::int64_t row) {
                return fmt::format("row {}", next_ + row + 1);
            });
            next_ += count;
        }
        return done;
    }

private:
    void convertKept(double* out, std::int64_t count) {
        all_.resize(static_cast<std::size_t>(count * columns_));
        convert_(piece_, all_.data());
        for (std::int64_t row = 0; row < count; ++row)
            for (const std::int64_t column : kept_)
                *out++ = all_[static_cast<std::size_t>(row * columns_ + column - 1)];
    }

    ByteStream input_;
    std::int64_t rows_;
    std::int64_t columns_; // of the file
    std::size_t size_;
    Convert convert_;
    std::vector<std::int64_t> kept_;
    RowFilter filter_;
    std::int64_t next_ = 0;
    std::vector<double> all_;
    std::vector<std::uint8_t> piece_;
    std::vector<std::string> titles_;
};

std::unique_ptr<RowReader> openNpy(ByteStream input, const RowOptions& options) {
    const NpyHeader header = readNpyHeader(input);
    if (header.shape.empty() || header.shape.size() > 2)
        throw Error(fmt::format("{} has {} dimensions, allowed are 1 (one column) and 2 (rows x "
                                "columns)",
                                input.name(), header.shape.size()));
    if (header.fortranOrder && header.shape.size() == 2 && header.shape[1] > 1)
        throw Error(fmt::format("{} is in Fortran order, so its rows cannot be read one by one; "
                                "save numpy.ascontiguousarray(x)",
                                input.name()));
    const std::int64_t columns = header.shape.size() == 2 ? header.shape[1] : 1;
    return std::make_unique<BinaryRows>(
        std::move(input), header.shape[0], columns, npyTypeSize(header.type),
        [header](std::span<const std::uint8_t> raw, double* out) {
            npyToDoubles(header, raw, out);
        },
        options);
}

NpyType typeOf(IdxType type) {
    switch (type) {
    case IdxType::U8:
        return NpyType::U8;
    case IdxType::I8:
        return NpyType::I8;
    case IdxType::I16:
        return NpyType::I16;
    case IdxType::I32:
        return NpyType::I32;
    case IdxType::F32:
        return NpyType::F32;
    case IdxType::F64:
        break;
    }
    return NpyType::F64;
}

bool startsLikeIdx(std::span<const std::uint8_t> head) {
    return head.size() >= 4 && head[0] == 0 && head[1] == 0 &&
           (head[2] == 0x08 || head[2] == 0x09 || (head[2] >= 0x0B && head[2] <= 0x0E)) &&
           head[3] > 0 && head[3] <= 8;
}

std::unique_ptr<RowReader> openIdx(ByteStream input, const RowOptions& options) {
    std::uint8_t magic[4] = {};
    input.read(magic);
    NpyHeader layout; // the same elements, all big-endian
    layout.type = typeOf(static_cast<IdxType>(magic[2]));
    layout.bigEndian = true;
    std::int64_t rows = 0;
    std::int64_t columns = 1;
    for (int i = 0; i < magic[3]; ++i) {
        std::uint8_t bytes[4] = {};
        if (input.read(bytes) < 4)
            throw Error(fmt::format("{} is truncated: the header is cut", input.name()));
        const std::int64_t extent =
            (std::int64_t{bytes[0]} << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3];
        if (i == 0)
            rows = extent;
        else if (columns > (std::int64_t{1} << 24) / std::max<std::int64_t>(extent, 1))
            throw Error(
                fmt::format("{} is damaged: a record has more than 2^24 numbers", input.name()));
        else
            columns *= extent;
    }
    return std::make_unique<BinaryRows>(
        std::move(input), rows, columns, npyTypeSize(layout.type),
        [layout](std::span<const std::uint8_t> raw, double* out) {
            npyToDoubles(layout, raw, out);
        },
        options);
}

} // namespace

std::vector<std::int64_t> keptColumns(const std::string& file, std::int64_t columns,
                                      const std::vector<std::int64_t>& skip) {
    std::vector<std::int64_t> kept;
    for (const std::int64_t column : skip)
        if (column < 1 || column > columns)
            throw Error(fmt::format("{} has columns 1 to {}; there is no column {} to leave out",
                                    file, columns, column));
    for (std::int64_t column = 1; column <= columns; ++column)
        if (std::find(skip.begin(), skip.end(), column) == skip.end())
            kept.push_back(column);
    if (kept.empty())
        throw Error(fmt::format("{} has {} columns and all of them are left out", file, columns));
    return kept;
}

std::int64_t RowFilter::keep(double* rows, std::int64_t count,
                             const std::function<std::string(std::int64_t)>& placeOf) {
    const auto columns = static_cast<std::int64_t>(columns_.size());
    std::int64_t kept = 0;
    for (std::int64_t row = 0; row < count; ++row) {
        const double* values = rows + row * columns;
        std::int64_t column = 0;
        while (column < columns && std::abs(values[column]) <= kLargestValue)
            ++column;
        if (column < columns) {
            const std::int64_t number = columns_[static_cast<std::size_t>(column)];
            const double value = values[column];
            if (std::isfinite(value))
                throw Error(fmt::format("{}, {}, column {}: {} is larger than 1e18, whose square "
                                        "overflows in f32; scale the column",
                                        file_, placeOf(row), number, value));
            if (badRows_ == BadRows::Refuse)
                throw Error(fmt::format(
                    "{}, {}, column {}: {} is not a finite number; allowed are finite numbers, or "
                    "source.bad_rows = drop to leave such rows out",
                    file_, placeOf(row), number,
                    std::isnan(value) ? "NaN (or an empty cell)" : "infinity"));
            ++dropped_;
            continue;
        }
        if (kept != row)
            std::copy_n(values, columns, rows + kept * columns);
        ++kept;
    }
    return kept;
}

std::unique_ptr<RowReader> openRows(const std::string& path, const RowOptions& options) {
    ByteStream input(path);
    const std::span<const std::uint8_t> head = input.peek(8);
    if (head.empty())
        throw Error(fmt::format("{} is empty", input.name()));
    if (startsLikeNpy(head))
        return openNpy(std::move(input), options);
    if (startsLikeIdx(head))
        return openIdx(std::move(input), options);
    return openTextRows(std::move(input), options);
}

} // namespace inlay::engine

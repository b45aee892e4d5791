#include "engine/interop/idx.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/gzip.h"

namespace inlay::engine {
namespace {

// Larger files are not datasets of this format but damaged heads.
constexpr std::int64_t kLargestData = std::int64_t{1} << 40;
constexpr std::int64_t kPieceBytes = 1 << 20;

bool isType(std::uint8_t code) {
    return code == 0x08 || code == 0x09 || (code >= 0x0B && code <= 0x0E);
}

[[noreturn]] void throwMagic(const std::string& path, std::span<const std::uint8_t> found,
                             const std::optional<IdxExpectation>& expectation) {
    std::string bytes;
    for (const std::uint8_t byte : found)
        bytes += fmt::format("{}{:02x}", bytes.empty() ? "" : " ", byte);
    if (bytes.empty())
        bytes = "none";
    const std::string expected =
        expectation ? fmt::format("00 00 {:02x} {:02x}", static_cast<int>(expectation->type),
                                  expectation->dimensions)
                    : "00 00, a type (08, 09, 0b … 0e) and a number of dimensions";
    throw Error(
        fmt::format("{} is not an IDX file: first bytes {}, expected {}", path, bytes, expected));
}

[[noreturn]] void throwCut(const GzipInput& input, std::int64_t expected, std::int64_t found,
                           const std::string& what) {
    throw Error(fmt::format("{} is truncated: expected {} bytes{}, found {}, {} is cut",
                            input.path(), expected,
                            input.compressed() ? " after decompression" : "", found, what));
}

IdxHeader readHead(GzipInput& input, const std::optional<IdxExpectation>& expectation) {
    std::array<std::uint8_t, 4> magic = {};
    const std::size_t got = input.read(magic);
    const bool valid =
        got == 4 && magic[0] == 0 && magic[1] == 0 && isType(magic[2]) && magic[3] > 0;
    const bool wanted =
        valid && (!expectation || (magic[2] == static_cast<int>(expectation->type) &&
                                   magic[3] == expectation->dimensions));
    if (!wanted)
        throwMagic(input.path(), std::span(magic).first(got), expectation);
    IdxHeader header;
    header.type = static_cast<IdxType>(magic[2]);
    std::vector<std::uint8_t> sizes(std::size_t{4} * magic[3]);
    const std::size_t sizesGot = input.read(sizes);
    if (sizesGot < sizes.size())
        throwCut(input, static_cast<std::int64_t>(4 + sizes.size()),
                 static_cast<std::int64_t>(4 + sizesGot), "the header");
    std::int64_t total = static_cast<std::int64_t>(idxTypeSize(header.type));
    for (std::size_t i = 0; i < sizes.size(); i += 4) {
        const std::int64_t extent = (std::int64_t{sizes[i]} << 24) | (sizes[i + 1] << 16) |
                                    (sizes[i + 2] << 8) | sizes[i + 3];
        header.shape.push_back(extent);
        if (extent > 0 && total > kLargestData / extent)
            throw Error(fmt::format("{} is damaged: its header asks for more than 2^40 bytes",
                                    input.path()));
        total *= std::max<std::int64_t>(extent, 1);
    }
    return header;
}

// Reads at most `size` bytes. The memory grows with what arrives: a damaged head may ask for
// more than there is.
std::size_t readGrowing(GzipInput& input, std::size_t size, std::vector<std::uint8_t>& piece) {
    piece.clear();
    while (piece.size() < size) {
        const std::size_t before = piece.size();
        const std::size_t step = std::min<std::size_t>(size - before, kPieceBytes);
        piece.resize(before + step);
        const std::size_t got = input.read(std::span(piece).subspan(before));
        piece.resize(before + got);
        if (got < step)
            break;
    }
    return piece.size();
}

// Reads the data in pieces of whole records and makes the checks on the file's length.
std::string
readRecords(GzipInput& input, const IdxHeader& header,
            const std::function<void(std::int64_t, std::span<const std::uint8_t>)>& visit) {
    const std::int64_t recordBytes = header.recordBytes();
    const std::int64_t perPiece =
        recordBytes > 0 ? std::max<std::int64_t>(1, kPieceBytes / recordBytes) : header.records();
    std::vector<std::uint8_t> piece;
    for (std::int64_t record = 0; record < header.records(); record += perPiece) {
        const std::int64_t records = std::min(perPiece, header.records() - record);
        const auto size = static_cast<std::size_t>(records * recordBytes);
        const std::size_t got = readGrowing(input, size, piece);
        if (got < size) {
            const std::int64_t complete = static_cast<std::int64_t>(got) / recordBytes;
            throwCut(input, header.headBytes() + header.dataBytes(),
                     header.headBytes() + record * recordBytes + static_cast<std::int64_t>(got),
                     fmt::format("record {}", record + complete));
        }
        if (visit)
            visit(record, piece);
    }
    // Reading on to the end also makes zlib check the CRC.
    std::int64_t trailing = 0;
    piece.resize(kPieceBytes);
    for (std::size_t got = input.read(piece); got > 0; got = input.read(piece))
        trailing += static_cast<std::int64_t>(got);
    if (input.cut())
        throw Error(
            fmt::format("{} is truncated: the gzip data end before their CRC", input.path()));
    if (trailing == 0)
        return {};
    return fmt::format("{}: {} bytes follow the {} records and are ignored", input.path(), trailing,
                       header.records());
}

void toNativeOrder(std::vector<std::uint8_t>& bytes, std::size_t size) {
    if constexpr (std::endian::native == std::endian::little) {
        if (size > 1)
            for (auto at = bytes.begin(); at != bytes.end();
                 at += static_cast<std::ptrdiff_t>(size))
                std::reverse(at, at + static_cast<std::ptrdiff_t>(size));
    }
}

template <typename T>
void appendFloats(const std::vector<std::uint8_t>& bytes, std::vector<float>& out) {
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(T)) {
        T value;
        std::memcpy(&value, bytes.data() + i, sizeof(T));
        out.push_back(static_cast<float>(value));
    }
}

IdxArray readWhole(const std::string& path, const std::optional<IdxExpectation>& expectation) {
    GzipInput input(path);
    IdxArray array;
    array.header = readHead(input, expectation);
    array.warning = readRecords(
        input, array.header, [&array](std::int64_t, std::span<const std::uint8_t> piece) {
            array.bytes.insert(array.bytes.end(), piece.begin(), piece.end());
        });
    toNativeOrder(array.bytes, idxTypeSize(array.header.type));
    return array;
}

} // namespace

std::size_t idxTypeSize(IdxType type) {
    switch (type) {
    case IdxType::U8:
    case IdxType::I8:
        return 1;
    case IdxType::I16:
        return 2;
    case IdxType::I32:
    case IdxType::F32:
        return 4;
    case IdxType::F64:
        return 8;
    }
    return 0;
}

std::int64_t IdxHeader::recordBytes() const {
    auto bytes = static_cast<std::int64_t>(idxTypeSize(type));
    for (std::size_t i = 1; i < shape.size(); ++i)
        bytes *= shape[i];
    return bytes;
}

std::vector<float> IdxArray::floats() const {
    std::vector<float> out;
    out.reserve(bytes.size() / idxTypeSize(header.type));
    switch (header.type) {
    case IdxType::U8:
        appendFloats<std::uint8_t>(bytes, out);
        break;
    case IdxType::I8:
        appendFloats<std::int8_t>(bytes, out);
        break;
    case IdxType::I16:
        appendFloats<std::int16_t>(bytes, out);
        break;
    case IdxType::I32:
        appendFloats<std::int32_t>(bytes, out);
        break;
    case IdxType::F32:
        appendFloats<float>(bytes, out);
        break;
    case IdxType::F64:
        appendFloats<double>(bytes, out);
        break;
    }
    return out;
}

IdxArray readIdx(const std::string& path) {
    return readWhole(path, std::nullopt);
}

IdxArray readIdx(const std::string& path, const IdxExpectation& expectation) {
    return readWhole(path, expectation);
}

IdxHeader readIdxHeader(const std::string& path, const IdxExpectation& expectation) {
    GzipInput input(path);
    return readHead(input, expectation);
}

IdxArray scanIdx(const std::string& path, const IdxExpectation& expectation,
                 const std::function<void(std::int64_t, std::span<const std::uint8_t>)>& visit) {
    GzipInput input(path);
    IdxArray array;
    array.header = readHead(input, expectation);
    array.warning = readRecords(input, array.header, visit);
    return array;
}

} // namespace inlay::engine

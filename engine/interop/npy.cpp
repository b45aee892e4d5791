#include "engine/interop/npy.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::uint8_t kMagic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
constexpr std::size_t kLongestHead = 1 << 20;
constexpr std::int64_t kMostElements = std::int64_t{1} << 48;

struct TypeName {
    const char* descr; // without the byte order
    NpyType type;
    std::size_t size;
};
constexpr TypeName kTypes[] = {
    {"f4", NpyType::F32, 4}, {"f8", NpyType::F64, 8},  {"i1", NpyType::I8, 1},
    {"i2", NpyType::I16, 2}, {"i4", NpyType::I32, 4},  {"i8", NpyType::I64, 8},
    {"u1", NpyType::U8, 1},  {"u2", NpyType::U16, 2},  {"u4", NpyType::U32, 4},
    {"u8", NpyType::U64, 8}, {"b1", NpyType::Bool, 1}, {"f2", NpyType::F16, 2}};

[[noreturn]] void refuse(const ByteStream& input, const std::string& why) {
    throw Error(fmt::format("{} is not an NPY file that can be read: {}", input.name(), why));
}

// What follows 'key': in the dictionary, without leading blanks.
std::string_view valueOf(const ByteStream& input, std::string_view dictionary,
                         std::string_view key) {
    const std::size_t at = dictionary.find(fmt::format("'{}'", key));
    const std::size_t colon = at == std::string_view::npos ? at : dictionary.find(':', at);
    if (colon == std::string_view::npos)
        refuse(input, fmt::format("its head has no '{}'", key));
    std::string_view value = dictionary.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
}

void parseType(const ByteStream& input, std::string_view dictionary, NpyHeader& header) {
    const std::string_view value = valueOf(input, dictionary, "descr");
    const std::size_t end = value.size() < 2 ? 0 : value.find('\'', 1);
    const std::string descr(end == std::string_view::npos || value.empty()
                                ? ""
                                : std::string(value.substr(1, end - 1)));
    for (const TypeName& known : kTypes) {
        if (descr.size() == 3 && descr.substr(1) == known.descr &&
            std::string_view("<>|=").find(descr[0]) != std::string_view::npos) {
            header.type = known.type;
            header.bigEndian = descr[0] == '>';
            return;
        }
    }
    refuse(input, fmt::format("its elements are \"{}\", allowed are f2, f4, f8, i1 to i8, u1 to u8 "
                              "and b1",
                              descr));
}

void parseShape(const ByteStream& input, std::string_view dictionary, NpyHeader& header) {
    std::string_view value = valueOf(input, dictionary, "shape");
    const std::size_t end = value.find(')');
    if (value.empty() || value[0] != '(' || end == std::string_view::npos)
        refuse(input, "its shape is not a tuple");
    value = value.substr(1, end - 1);
    std::int64_t total = 1;
    while (!value.empty()) {
        const std::size_t first = value.find_first_not_of(" ,");
        if (first == std::string_view::npos)
            break;
        value.remove_prefix(first);
        std::int64_t extent = 0;
        const auto [stop, error] =
            std::from_chars(value.data(), value.data() + value.size(), extent);
        if (error != std::errc() || extent < 0 || (extent > 0 && total > kMostElements / extent))
            refuse(input, "its shape is not a list of sizes");
        total *= std::max<std::int64_t>(extent, 1);
        header.shape.push_back(extent);
        value.remove_prefix(static_cast<std::size_t>(stop - value.data()));
    }
}

template <class Element>
void convert(std::span<const std::uint8_t> raw, bool swap, double* out) {
    std::uint8_t bytes[sizeof(Element)];
    for (std::size_t at = 0; at < raw.size(); at += sizeof(Element)) {
        Element value;
        std::memcpy(bytes, raw.data() + at, sizeof(Element));
        if (swap)
            std::reverse(bytes, bytes + sizeof(Element));
        std::memcpy(&value, bytes, sizeof(Element));
        *out++ = static_cast<double>(value);
    }
}

/// IEEE half precision.
double halfToDouble(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 31;
    const double fraction = bits & 1023;
    double value = 0;
    if (exponent == 31)
        value = fraction > 0 ? std::numeric_limits<double>::quiet_NaN()
                             : std::numeric_limits<double>::infinity();
    else if (exponent == 0)
        value = std::ldexp(fraction, -24);
    else
        value = std::ldexp(1024 + fraction, exponent - 25);
    return (bits & 0x8000) != 0 ? -value : value;
}

void convertHalves(std::span<const std::uint8_t> raw, bool swap, double* out) {
    for (std::size_t at = 0; at + 1 < raw.size(); at += 2) {
        const std::uint8_t low = raw[swap ? at + 1 : at];
        const std::uint8_t high = raw[swap ? at : at + 1];
        *out++ = halfToDouble(static_cast<std::uint16_t>(low | (high << 8)));
    }
}

/// Numbers in Fortran order (first index fastest) to row-major.
std::vector<double> rowMajor(const std::vector<double>& values,
                             const std::vector<std::int64_t>& shape) {
    std::vector<double> out(values.size());
    std::vector<std::int64_t> index(shape.size());
    for (const double value : values) {
        std::int64_t at = 0;
        for (std::size_t d = 0; d < shape.size(); ++d)
            at = at * shape[d] + index[d];
        out[static_cast<std::size_t>(at)] = value;
        for (std::size_t d = 0; d < shape.size() && ++index[d] == shape[d]; ++d)
            index[d] = 0;
    }
    return out;
}

} // namespace

std::size_t npyTypeSize(NpyType type) {
    for (const TypeName& known : kTypes)
        if (known.type == type)
            return known.size;
    return 0;
}

std::int64_t NpyHeader::elements() const {
    std::int64_t total = 1;
    for (const std::int64_t extent : shape)
        total *= extent;
    return total;
}

bool startsLikeNpy(std::span<const std::uint8_t> head) {
    return head.size() >= sizeof kMagic && std::equal(kMagic, kMagic + sizeof kMagic, head.begin());
}

NpyHeader readNpyHeader(ByteStream& input) {
    std::uint8_t front[8] = {};
    if (input.read(front) < 8 || !startsLikeNpy(front))
        refuse(input, "it does not start with \\x93NUMPY");
    const int version = front[6];
    if (version < 1 || version > 3)
        refuse(input, fmt::format("its format version is {}, allowed is 1 to 3", version));
    std::uint8_t sizeBytes[4] = {};
    const std::size_t sizeLength = version == 1 ? 2 : 4;
    if (input.read(std::span(sizeBytes).first(sizeLength)) < sizeLength)
        refuse(input, "its head is cut");
    std::uint32_t size = 0;
    std::memcpy(&size, sizeBytes, 4);
    if (size > kLongestHead)
        refuse(input, fmt::format("its head has {} bytes", size));
    std::vector<std::uint8_t> text(size);
    if (input.read(text) < size)
        refuse(input, "its head is cut");
    const std::string_view dictionary(reinterpret_cast<const char*>(text.data()), text.size());
    NpyHeader header;
    parseType(input, dictionary, header);
    parseShape(input, dictionary, header);
    header.fortranOrder = valueOf(input, dictionary, "fortran_order").starts_with("True");
    return header;
}

void npyToDoubles(const NpyHeader& header, std::span<const std::uint8_t> raw, double* out) {
    switch (header.type) {
    case NpyType::F32:
        return convert<float>(raw, header.bigEndian, out);
    case NpyType::F64:
        return convert<double>(raw, header.bigEndian, out);
    case NpyType::I8:
        return convert<std::int8_t>(raw, false, out);
    case NpyType::I16:
        return convert<std::int16_t>(raw, header.bigEndian, out);
    case NpyType::I32:
        return convert<std::int32_t>(raw, header.bigEndian, out);
    case NpyType::I64:
        return convert<std::int64_t>(raw, header.bigEndian, out);
    case NpyType::U8:
    case NpyType::Bool:
        return convert<std::uint8_t>(raw, false, out);
    case NpyType::U16:
        return convert<std::uint16_t>(raw, header.bigEndian, out);
    case NpyType::U32:
        return convert<std::uint32_t>(raw, header.bigEndian, out);
    case NpyType::U64:
        return convert<std::uint64_t>(raw, header.bigEndian, out);
    case NpyType::F16:
        return convertHalves(raw, header.bigEndian, out);
    }
}

NpyArray readNpy(const std::string& path) {
    ByteStream input(path);
    return readNpy(input);
}

NpyArray readNpy(ByteStream& input) {
    NpyArray array;
    array.header = readNpyHeader(input);
    const std::size_t size = npyTypeSize(array.header.type);
    std::vector<std::uint8_t> piece(size << 16);
    std::int64_t left = array.header.elements();
    while (left > 0) {
        const std::size_t wanted =
            std::min<std::size_t>(piece.size(), static_cast<std::size_t>(left) * size);
        if (input.read(std::span(piece).first(wanted)) < wanted)
            throw Error(
                fmt::format("{} is truncated: {} elements are missing", input.name(), left));
        const std::size_t before = array.values.size();
        array.values.resize(before + wanted / size);
        npyToDoubles(array.header, std::span(piece).first(wanted), array.values.data() + before);
        left -= static_cast<std::int64_t>(wanted / size);
    }
    if (array.header.fortranOrder && array.header.shape.size() > 1)
        array.values = rowMajor(array.values, array.header.shape);
    array.header.fortranOrder = false;
    return array;
}

NpyWriter::NpyWriter(const std::string& path, NpyType type, const std::vector<std::int64_t>& shape)
    : path_(path)
    , type_(type) {
    NpyHeader header;
    header.shape = shape;
    expected_ = header.elements();
    const char* descr = type == NpyType::F32 ? "<f4" : type == NpyType::F64 ? "<f8" : "<i4";
    assert(type == NpyType::F32 || type == NpyType::F64 || type == NpyType::I32);
    std::string extents;
    for (const std::int64_t extent : shape)
        extents += fmt::format("{},{}", extent, shape.size() > 1 ? " " : "");
    if (shape.size() > 1)
        extents.resize(extents.size() - 2);
    std::string head =
        fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, extents);
    // Magic, version and size take 10 bytes; the elements start at a multiple of 64.
    head.append((64 - (10 + head.size() + 1) % 64) % 64, ' ');
    head += '\n';
    file_ = std::fopen(path.c_str(), "wb");
    if (!file_)
        throw Error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
    const std::uint8_t version[2] = {1, 0};
    const auto size = static_cast<std::uint16_t>(head.size());
    writeBytes(kMagic, sizeof kMagic);
    writeBytes(version, 2);
    writeBytes(&size, 2);
    writeBytes(head.data(), head.size());
}

NpyWriter::~NpyWriter() {
    if (file_)
        std::fclose(file_);
}

void NpyWriter::writeBytes(const void* data, std::size_t bytes) {
    if (std::fwrite(data, 1, bytes, file_) != bytes)
        throw Error(fmt::format("cannot write {}: {}", path_, std::strerror(errno)));
}

void NpyWriter::write(std::span<const float> values) {
    assert(type_ == NpyType::F32);
    writeBytes(values.data(), values.size_bytes());
    written_ += static_cast<std::int64_t>(values.size());
}

void NpyWriter::write(std::span<const double> values) {
    assert(type_ == NpyType::F64);
    writeBytes(values.data(), values.size_bytes());
    written_ += static_cast<std::int64_t>(values.size());
}

void NpyWriter::write(std::span<const std::int32_t> values) {
    assert(type_ == NpyType::I32);
    writeBytes(values.data(), values.size_bytes());
    written_ += static_cast<std::int64_t>(values.size());
}

void NpyWriter::close() {
    if (written_ != expected_)
        throw Error(fmt::format("{}: {} elements were written, its head says {}", path_, written_,
                                expected_));
    const bool failed = std::fclose(file_) != 0;
    file_ = nullptr;
    if (failed)
        throw Error(fmt::format("cannot write {}: {}", path_, std::strerror(errno)));
}

} // namespace inlay::engine

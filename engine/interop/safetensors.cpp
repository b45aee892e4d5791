#include "engine/interop/safetensors.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <numeric>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/interop/safetensors_header.h"

static_assert(std::endian::native == std::endian::little,
              "safetensors data are little-endian and used as they are");

namespace inlay::engine {
namespace {

float halfToFloat(std::uint16_t half) {
    const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
    const std::uint32_t exponent = (half >> 10) & 31u;
    const std::uint32_t mantissa = half & 1023u;
    if (exponent == 31)
        return std::bit_cast<float>(sign | 0x7F800000u | (mantissa << 13));
    if (exponent == 0) {
        const float value = static_cast<float>(mantissa) * 0x1.0p-24f;
        return sign ? -value : value;
    }
    return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
}

float brainToFloat(std::uint16_t brain) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(brain) << 16);
}

template <typename Stored, typename Out, typename Convert>
void convertAll(const std::vector<std::byte>& bytes, Out* out, const Convert& convert) {
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(Stored)) {
        Stored value;
        std::memcpy(&value, bytes.data() + i, sizeof(Stored));
        *out++ = convert(value);
    }
}

} // namespace

struct SafetensorsFile::Stream {
    mutable std::ifstream file;
};

std::int64_t SafetensorsEntry::elements() const {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

SafetensorsFile::SafetensorsFile(std::string path)
    : path_(std::move(path))
    , stream_(std::make_unique<Stream>()) {
    std::ifstream& file = stream_->file;
    file.open(path_, std::ios::binary | std::ios::ate);
    if (!file)
        throw Error(fmt::format("cannot open {}: {}", path_, std::strerror(errno)));
    const auto end = static_cast<std::int64_t>(file.tellg());
    if (end < 0)
        throw Error(fmt::format("cannot read {}", path_));
    const auto size = static_cast<std::uint64_t>(end);
    file.seekg(0);
    std::uint64_t headerSize = 0;
    if (size >= sizeof(headerSize))
        file.read(reinterpret_cast<char*>(&headerSize), sizeof(headerSize));
    checkSafetensorsSizes(path_, size, headerSize);
    std::string text(headerSize, '\0');
    file.read(text.data(), static_cast<std::streamsize>(headerSize));
    if (!file)
        throw Error(fmt::format("cannot read {}: {}", path_, std::strerror(errno)));
    dataStart_ = sizeof(headerSize) + headerSize;
    SafetensorsHeader header = parseSafetensorsHeader(path_, text, size - dataStart_);
    metadata_ = std::move(header.metadata);
    entries_ = std::move(header.entries);
    for (std::size_t i = 0; i < entries_.size(); ++i)
        index_.emplace(entries_[i].name, i);
}

SafetensorsFile::~SafetensorsFile() = default;
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;

const SafetensorsEntry* SafetensorsFile::find(std::string_view name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : &entries_[found->second];
}

const SafetensorsEntry& SafetensorsFile::at(std::string_view name) const {
    if (const SafetensorsEntry* entry = find(name))
        return *entry;
    throw Error(fmt::format("{} has no tensor {}", path_, name));
}

void SafetensorsFile::read(const SafetensorsEntry& entry, std::span<std::byte> target) const {
    assert(target.size() == entry.end - entry.begin);
    std::ifstream& file = stream_->file;
    file.clear();
    file.seekg(static_cast<std::streamoff>(dataStart_ + entry.begin));
    file.read(reinterpret_cast<char*>(target.data()), static_cast<std::streamsize>(target.size()));
    if (!file)
        throw Error(fmt::format("cannot read tensor {} of {}", entry.name, path_));
}

std::vector<float> SafetensorsFile::readFloats(const SafetensorsEntry& entry) const {
    std::vector<float> out(static_cast<std::size_t>(entry.elements()));
    readFloats(entry, out);
    return out;
}

void SafetensorsFile::readFloats(const SafetensorsEntry& entry, std::span<float> target) const {
    assert(target.size() == static_cast<std::size_t>(entry.elements()));
    if (entry.type == SafetensorsType::F32) {
        read(entry, std::as_writable_bytes(target));
        return;
    }
    std::vector<std::byte> bytes(entry.end - entry.begin);
    switch (entry.type) {
    case SafetensorsType::F64:
        read(entry, bytes);
        convertAll<double>(bytes, target.data(), [](double x) { return static_cast<float>(x); });
        return;
    case SafetensorsType::F16:
        read(entry, bytes);
        convertAll<std::uint16_t>(bytes, target.data(), halfToFloat);
        return;
    case SafetensorsType::BF16:
        read(entry, bytes);
        convertAll<std::uint16_t>(bytes, target.data(), brainToFloat);
        return;
    default:
        throw Error(fmt::format("tensor {} of {} holds {}, expected F64, F32, F16 or BF16",
                                entry.name, path_, safetensorsTypeName(entry.type)));
    }
}

std::vector<std::int64_t> SafetensorsFile::readIntegers(const SafetensorsEntry& entry) const {
    std::vector<std::int64_t> out(static_cast<std::size_t>(entry.elements()));
    std::vector<std::byte> bytes(entry.end - entry.begin);
    const auto widen = [](auto x) {
        return static_cast<std::int64_t>(x);
    };
    read(entry, bytes);
    switch (entry.type) {
    case SafetensorsType::I64:
        convertAll<std::int64_t>(bytes, out.data(), widen);
        return out;
    case SafetensorsType::I32:
        convertAll<std::int32_t>(bytes, out.data(), widen);
        return out;
    case SafetensorsType::I16:
        convertAll<std::int16_t>(bytes, out.data(), widen);
        return out;
    case SafetensorsType::I8:
        convertAll<std::int8_t>(bytes, out.data(), widen);
        return out;
    case SafetensorsType::U8:
    case SafetensorsType::Bool:
        convertAll<std::uint8_t>(bytes, out.data(), widen);
        return out;
    default:
        throw Error(fmt::format("tensor {} of {} holds {}, expected whole numbers", entry.name,
                                path_, safetensorsTypeName(entry.type)));
    }
}

void writeSafetensors(const std::string& path, std::span<const SafetensorsTensor> tensors,
                      const SafetensorsMetadata& metadata) {
    std::vector<const SafetensorsTensor*> order;
    for (const SafetensorsTensor& tensor : tensors)
        order.push_back(&tensor);
    std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
        return safetensorsTypeSize(a->type) > safetensorsTypeSize(b->type);
    });
    const std::string header = formatSafetensorsHeader(order, metadata);
    const std::uint64_t headerSize = header.size();
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(&headerSize), sizeof(headerSize));
    file.write(header.data(), static_cast<std::streamsize>(header.size()));
    for (const SafetensorsTensor* tensor : order)
        file.write(reinterpret_cast<const char*>(tensor->data.data()),
                   static_cast<std::streamsize>(tensor->data.size()));
    file.close();
    if (!file)
        throw Error(fmt::format("cannot write {}: {}", path, std::strerror(errno)));
}

} // namespace inlay::engine

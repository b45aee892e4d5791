#include "engine/interop/safetensors_header.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/base/error.h"
#include "engine/base/json.h"

namespace inlay::engine {
namespace {

// The reference reader's limit.
constexpr std::uint64_t kLargestHeader = 100'000'000;
constexpr const char* kMetadataKey = "__metadata__";

struct TypeRow {
    SafetensorsType type;
    std::string_view name;
    std::size_t size;
};

constexpr std::array<TypeRow, 10> kTypes = {{
    {SafetensorsType::F64, "F64", 8},
    {SafetensorsType::F32, "F32", 4},
    {SafetensorsType::F16, "F16", 2},
    {SafetensorsType::BF16, "BF16", 2},
    {SafetensorsType::I64, "I64", 8},
    {SafetensorsType::I32, "I32", 4},
    {SafetensorsType::I16, "I16", 2},
    {SafetensorsType::I8, "I8", 1},
    {SafetensorsType::U8, "U8", 1},
    {SafetensorsType::Bool, "BOOL", 1},
}};

const TypeRow& rowOf(SafetensorsType type) {
    return *std::find_if(kTypes.begin(), kTypes.end(),
                         [type](const TypeRow& row) { return row.type == type; });
}

std::string typeNames() {
    std::string names;
    for (const TypeRow& row : kTypes)
        names += fmt::format("{}{}", names.empty() ? "" : ", ", row.name);
    return names;
}

// Not the ordered kind: that one looks keys up by walking, and a hostile header has many.
using HeaderJson = nlohmann::json;

class HeaderReader {
public:
    HeaderReader(const std::string& path, std::uint64_t dataSize)
        : path_(path)
        , dataSize_(dataSize) {}

    SafetensorsHeader read(std::string_view text) const {
        SafetensorsHeader header;
        const HeaderJson json = parse(text);
        for (const auto& [name, value] : json.items()) {
            if (name == kMetadataKey)
                header.metadata = readMetadata(value);
            else
                header.entries.push_back(readEntry(name, value));
        }
        checkCover(header.entries);
        return header;
    }

private:
    template <typename... Args>
    [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
        throw Error(fmt::format("{} is not a valid safetensors file: {}", path_,
                                fmt::format(format, std::forward<Args>(args)...)));
    }

    HeaderJson parse(std::string_view text) const {
        if (text.empty() || text.front() != '{')
            fail("its header does not start with {{");
        HeaderJson json;
        try {
            json = HeaderJson::parse(text.begin(), text.end());
        } catch (const HeaderJson::exception& error) {
            throw Error(
                fmt::format("{} is not a valid safetensors file: its header is not JSON", path_),
                error.what());
        }
        return json;
    }

    SafetensorsMetadata readMetadata(const HeaderJson& value) const {
        if (!value.is_object())
            fail("__metadata__ is not an object");
        SafetensorsMetadata metadata;
        for (const auto& [key, item] : value.items()) {
            if (!item.is_string())
                fail("the value of {} in __metadata__ is not a string", key);
            metadata.emplace(key, item.get<std::string>());
        }
        return metadata;
    }

    SafetensorsEntry readEntry(const std::string& name, const HeaderJson& value) const {
        if (!value.is_object())
            fail("tensor {} is not described by an object", name);
        SafetensorsEntry entry;
        entry.name = name;
        const std::size_t size = readType(entry, value);
        const std::uint64_t bytes = readShape(entry, value, size);
        readRange(entry, value);
        if (entry.end - entry.begin != bytes)
            fail("tensor {} takes {} bytes by its shape, but its data_offsets span {}", name, bytes,
                 entry.end - entry.begin);
        return entry;
    }

    std::size_t readType(SafetensorsEntry& entry, const HeaderJson& value) const {
        const auto found = value.find("dtype");
        if (found == value.end() || !found->is_string())
            fail("tensor {} has no dtype", entry.name);
        const auto& text = found->get_ref<const std::string&>();
        const auto row = std::find_if(kTypes.begin(), kTypes.end(),
                                      [&text](const TypeRow& r) { return r.name == text; });
        if (row == kTypes.end())
            fail("tensor {} has dtype {}, known are {}", entry.name, text, typeNames());
        entry.type = row->type;
        return row->size;
    }

    // Returns the bytes the shape takes.
    std::uint64_t readShape(SafetensorsEntry& entry, const HeaderJson& value,
                            std::size_t elementSize) const {
        const auto found = value.find("shape");
        if (found == value.end() || !found->is_array())
            fail("tensor {} has no shape", entry.name);
        std::uint64_t bytes = elementSize;
        for (const HeaderJson& extent : *found) {
            if (!extent.is_number_unsigned())
                fail("the shape of tensor {} is not a list of whole numbers", entry.name);
            const auto size = extent.get<std::uint64_t>();
            constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
            if (size > kMost || (size > 0 && bytes > kMost / size))
                fail("the shape of tensor {} overflows", entry.name);
            bytes *= size;
            entry.shape.push_back(static_cast<std::int64_t>(size));
        }
        return bytes;
    }

    void readRange(SafetensorsEntry& entry, const HeaderJson& value) const {
        const auto found = value.find("data_offsets");
        if (found == value.end() || !found->is_array() || found->size() != 2 ||
            !(*found)[0].is_number_unsigned() || !(*found)[1].is_number_unsigned())
            fail("the data_offsets of tensor {} are not two whole numbers", entry.name);
        entry.begin = (*found)[0].get<std::uint64_t>();
        entry.end = (*found)[1].get<std::uint64_t>();
        if (entry.begin > entry.end)
            fail("the data_offsets of tensor {} end before they begin", entry.name);
        if (entry.end > dataSize_)
            fail("tensor {} ends at byte {} of the data, but there are only {}", entry.name,
                 entry.end, dataSize_);
    }

    // Sorts by position; every tensor has to begin where the one before it ends.
    void checkCover(std::vector<SafetensorsEntry>& entries) const {
        std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
            return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
        });
        std::uint64_t end = 0;
        const SafetensorsEntry* previous = nullptr;
        for (const SafetensorsEntry& entry : entries) {
            if (entry.begin > end)
                fail("{} bytes before tensor {} belong to no tensor", entry.begin - end,
                     entry.name);
            if (entry.begin < end)
                fail("tensors {} and {} overlap", previous->name, entry.name);
            end = entry.end;
            previous = &entry;
        }
        if (end < dataSize_)
            fail("{} bytes at its end belong to no tensor", dataSize_ - end);
    }

    const std::string& path_;
    std::uint64_t dataSize_;
};

} // namespace

std::string_view safetensorsTypeName(SafetensorsType type) {
    return rowOf(type).name;
}

std::size_t safetensorsTypeSize(SafetensorsType type) {
    return rowOf(type).size;
}

void checkSafetensorsSizes(const std::string& path, std::uint64_t fileSize,
                           std::uint64_t headerSize) {
    if (fileSize < sizeof(headerSize))
        throw Error(
            fmt::format("{} is not a valid safetensors file: it has {} bytes, fewer than the 8 "
                        "that give the size of the header",
                        path, fileSize));
    if (headerSize > kLargestHeader)
        throw Error(
            fmt::format("{} is not a valid safetensors file: its header would have {} bytes, "
                        "allowed are {}",
                        path, headerSize, kLargestHeader));
    if (headerSize > fileSize - sizeof(headerSize))
        throw Error(fmt::format("{} is truncated: its header has {} bytes, only {} follow", path,
                                headerSize, fileSize - sizeof(headerSize)));
}

SafetensorsHeader parseSafetensorsHeader(const std::string& path, std::string_view text,
                                         std::uint64_t dataSize) {
    return HeaderReader(path, dataSize).read(text);
}

std::string formatSafetensorsHeader(const std::vector<const SafetensorsTensor*>& tensors,
                                    const SafetensorsMetadata& metadata) {
    // Written by hand piece by piece: an ordered JSON object is slow to fill with many keys.
    const auto quoted = [](const std::string& text) {
        return dumpJson(Json(text));
    };
    std::string header = "{";
    if (!metadata.empty()) {
        Json json = Json::object();
        for (const auto& [key, value] : metadata)
            json[key] = value;
        header += fmt::format("\"{}\":{}", kMetadataKey, dumpJson(json));
    }
    std::uint64_t begin = 0;
    for (const SafetensorsTensor* tensor : tensors) {
        std::uint64_t bytes = safetensorsTypeSize(tensor->type);
        std::string shape;
        for (const std::int64_t extent : tensor->shape) {
            bytes *= static_cast<std::uint64_t>(extent);
            shape += fmt::format("{}{}", shape.empty() ? "" : ",", extent);
        }
        assert(bytes == tensor->data.size() && tensor->name != kMetadataKey);
        header += fmt::format("{}{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}",
                              header.size() > 1 ? "," : "", quoted(tensor->name),
                              safetensorsTypeName(tensor->type), shape, begin, begin + bytes);
        begin += bytes;
    }
    header += '}';
    header.resize((header.size() + 7) / 8 * 8, ' ');
    return header;
}

} // namespace inlay::engine

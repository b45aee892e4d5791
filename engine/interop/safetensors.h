#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inlay::engine {

/// Element types of the safetensors format.
enum class SafetensorsType { F64, F32, F16, BF16, I64, I32, I16, I8, U8, Bool };

/// "F32", "BF16", …
std::string_view safetensorsTypeName(SafetensorsType type);
std::size_t safetensorsTypeSize(SafetensorsType type);

using SafetensorsMetadata = std::map<std::string, std::string>;

/// A tensor of a file that is read. A scalar has an empty shape.
struct SafetensorsEntry {
    std::string name;
    SafetensorsType type = SafetensorsType::F32;
    std::vector<std::int64_t> shape;
    /// Byte range [begin, end) of the data, counted from the end of the header.
    std::uint64_t begin = 0;
    std::uint64_t end = 0;

    /// Product of the shape.
    std::int64_t elements() const;
};

/// An open safetensors file. Opening reads and checks the header only: its size (at most
/// 100,000,000 bytes), that it is a JSON object, every type and shape (with overflow), and that
/// the tensors' ranges fit their shapes and cover the rest of the file without hole or overlap.
/// Tensors are read from the disk as they are asked for. One thread at a time.
class SafetensorsFile {
public:
    /// Throws Error with a sentence naming the file and what is wrong in it.
    explicit SafetensorsFile(std::string path);
    ~SafetensorsFile();
    SafetensorsFile(SafetensorsFile&&) noexcept;
    SafetensorsFile& operator=(SafetensorsFile&&) noexcept;

    const std::string& path() const { return path_; }
    const SafetensorsMetadata& metadata() const { return metadata_; }
    /// In the order of their data.
    const std::vector<SafetensorsEntry>& entries() const { return entries_; }
    /// Null when there is no such tensor.
    const SafetensorsEntry* find(std::string_view name) const;
    /// Throws Error "<file> has no tensor <name>".
    const SafetensorsEntry& at(std::string_view name) const;

    /// The raw little-endian bytes; `target` has the size of the entry's range.
    void read(const SafetensorsEntry& entry, std::span<std::byte> target) const;
    /// F64, F32, F16 and BF16 as floats; throws Error for integer tensors.
    std::vector<float> readFloats(const SafetensorsEntry& entry) const;
    /// The same into memory that the caller has: entry.elements() floats.
    void readFloats(const SafetensorsEntry& entry, std::span<float> target) const;
    /// Integer and Bool tensors; throws Error for the others.
    std::vector<std::int64_t> readIntegers(const SafetensorsEntry& entry) const;

private:
    struct Stream;

    std::string path_;
    std::unique_ptr<Stream> stream_;
    std::uint64_t dataStart_ = 0;
    SafetensorsMetadata metadata_;
    std::vector<SafetensorsEntry> entries_;
    std::map<std::string, std::size_t, std::less<>> index_;
};

/// A tensor to be written; `data` is borrowed and little-endian.
struct SafetensorsTensor {
    std::string name;
    SafetensorsType type = SafetensorsType::F32;
    std::vector<std::int64_t> shape;
    std::span<const std::byte> data;
};

/// Writes a file at `path`, over what is there: whoever needs an atomic change gives a temporary
/// name and renames. Tensors of larger elements come first (each starts at a multiple of its
/// element size), otherwise in the given order. Names are distinct and not "__metadata__"; the
/// data fit type and shape (asserted). Throws Error when the file cannot be written.
void writeSafetensors(const std::string& path, std::span<const SafetensorsTensor> tensors,
                      const SafetensorsMetadata& metadata = {});

} // namespace inlay::engine

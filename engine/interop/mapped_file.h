#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace inlay::engine {

/// A file in the address space: only what is looked at is read.
class MappedFile {
public:
    /// Throws Error when the file cannot be opened, is a folder, or is empty.
    explicit MappedFile(const std::string& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::span<const std::uint8_t> bytes() const { return bytes_; }

private:
    std::span<const std::uint8_t> bytes_;
};

} // namespace inlay::engine

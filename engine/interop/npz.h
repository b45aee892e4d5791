#pragma once

#include <string>
#include <vector>

#include "engine/interop/npy.h"

namespace inlay::engine {

/// An NPZ file: a zip of NPY files, stored or deflated, also in the zip64 form.
class NpzFile {
public:
    /// Reads the directory. Throws Error when it is not a zip, is cut, or holds no NPY file.
    explicit NpzFile(std::string path);

    /// Names of the arrays, without ".npy", in the file's order.
    std::vector<std::string> names() const;
    /// Throws Error when there is no such array (naming those there are), for methods other than
    /// stored and deflated, damaged data (the CRC is named), or what readNpy() refuses.
    NpyArray read(const std::string& name) const;

private:
    struct Entry {
        std::string name;
        int method = 0;
        std::uint32_t crc = 0;
        std::uint64_t packed = 0;
        std::uint64_t size = 0;
        std::uint64_t offset = 0;
    };

    std::string path_;
    std::vector<Entry> entries_;
};

/// Whether a file starts like a zip.
bool startsLikeZip(std::span<const std::uint8_t> head);

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace inlay::engine {

/// One image: height x width x channels (1 or 3), row-major, u8.
struct ImageFile {
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::int64_t channels = 0;
    std::vector<std::uint8_t> bytes;
};

/// Reads PNG (alpha is dropped, 16 bits become 8), JPEG, PGM and PPM (binary or plain), told apart
/// by their first bytes. Throws Error with the file and what is wrong.
ImageFile readImage(const std::string& path);

/// Whether the name ends like one of them.
bool isImageName(const std::string& name);

} // namespace inlay::engine

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/interop/safetensors.h"

namespace inlay::engine {

/// What the JSON head of a safetensors file says, once it is checked.
struct SafetensorsHeader {
    SafetensorsMetadata metadata;
    /// In the order of their data.
    std::vector<SafetensorsEntry> entries;
};

/// Checks the two sizes a file starts with: that of the file and that of its header. Throws Error.
void checkSafetensorsSizes(const std::string& path, std::uint64_t fileSize,
                           std::uint64_t headerSize);

/// Parses and checks the head of a file whose data part has `dataSize` bytes. Throws Error with a
/// sentence that names the file and the tensor.
SafetensorsHeader parseSafetensorsHeader(const std::string& path, std::string_view text,
                                         std::uint64_t dataSize);

/// The head for tensors in this order, padded with spaces to a multiple of 8 bytes.
std::string formatSafetensorsHeader(const std::vector<const SafetensorsTensor*>& tensors,
                                    const SafetensorsMetadata& metadata);

} // namespace inlay::engine

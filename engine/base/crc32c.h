#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace inlay::engine {

/// CRC-32C (Castagnoli polynomial, reflected, as in iSCSI and TFRecord). Pass the result of an
/// earlier call as `previous` to continue it.
std::uint32_t crc32c(std::span<const std::byte> data, std::uint32_t previous = 0);

} // namespace inlay::engine

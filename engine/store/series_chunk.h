#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/store/series_data.h"
#include "engine/store/series_stats.h"

namespace inlay::engine {

/// How the points of a chunk lie in its blob, little-endian, column after column.
enum class ChunkCodec {
    Plain = 0,   ///< i64 steps[n], f64 values[n]: 16 B a point, no wall times
    Offsets = 1, ///< i64 wall base, u32 steps[n] - first step, f64 values[n], u32 wall[n] - base
    Wide = 2     ///< i64 steps[n], f64 values[n], i64 wall[n]: when an offset needs over 32 bits
};

struct EncodedChunk {
    SeriesStats stats;
    ChunkCodec codec = ChunkCodec::Plain;
    std::uint32_t crc32c = 0;
    std::vector<std::byte> data;
};

/// Packs points whose steps increase. The smallest codec that holds them is chosen; values keep
/// their bits.
EncodedChunk encodeChunk(std::span<const std::int64_t> steps, std::span<const double> values,
                         std::span<const std::int64_t> wallMs);

/// A chunk as it lies in the store.
struct StoredChunk {
    std::int64_t firstStep = 0;
    std::int64_t lastStep = 0;
    std::int64_t count = 0;
    std::int64_t codec = 0;
    std::uint32_t crc32c = 0;
    std::span<const std::byte> data;
};

/// Appends the points with from <= step <= to. False when checksum, size or steps are wrong; then
/// nothing is appended.
bool decodeChunk(const StoredChunk& chunk, std::int64_t from, std::int64_t to, SeriesData& out);

} // namespace inlay::engine

#include "engine/store/series_chunk.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

#include "engine/base/crc32c.h"

namespace inlay::engine {
namespace {

constexpr std::int64_t kMaxOffset = std::numeric_limits<std::uint32_t>::max();

template <typename T>
std::byte* put(std::byte* at, std::span<const T> items) {
    std::memcpy(at, items.data(), items.size_bytes());
    return at + items.size_bytes();
}

std::byte* putOffsets(std::byte* at, std::span<const std::int64_t> items, std::int64_t base) {
    for (const std::int64_t item : items) {
        const auto offset = static_cast<std::uint32_t>(item - base);
        std::memcpy(at, &offset, sizeof offset);
        at += sizeof offset;
    }
    return at;
}

/// Reads without assuming that the blob is aligned.
template <typename T>
T get(const std::byte* base, std::size_t index) {
    T item;
    std::memcpy(&item, base + index * sizeof(T), sizeof(T));
    return item;
}

std::size_t sizeOf(ChunkCodec codec, std::size_t n) {
    switch (codec) {
    case ChunkCodec::Plain:
        return 16 * n;
    case ChunkCodec::Offsets:
        return 8 + 16 * n;
    case ChunkCodec::Wide:
        return 24 * n;
    }
    return 0;
}

ChunkCodec chooseCodec(std::span<const std::int64_t> steps, std::span<const std::int64_t> wallMs,
                       std::int64_t wallBase) {
    if (std::all_of(wallMs.begin(), wallMs.end(), [](std::int64_t wall) { return wall == 0; }))
        return ChunkCodec::Plain;
    const auto fits = [](std::int64_t low, std::int64_t high) {
        return static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) <=
               static_cast<std::uint64_t>(kMaxOffset);
    };
    const std::int64_t wallEnd = *std::max_element(wallMs.begin(), wallMs.end());
    return fits(steps.front(), steps.back()) && fits(wallBase, wallEnd) ? ChunkCodec::Offsets
                                                                        : ChunkCodec::Wide;
}

} // namespace

EncodedChunk encodeChunk(std::span<const std::int64_t> steps, std::span<const double> values,
                         std::span<const std::int64_t> wallMs) {
    assert(!steps.empty() && steps.size() == values.size() && steps.size() == wallMs.size());
    EncodedChunk chunk;
    for (std::size_t i = 0; i < steps.size(); ++i)
        chunk.stats.add(steps[i], values[i]);
    const std::int64_t wallBase = *std::min_element(wallMs.begin(), wallMs.end());
    chunk.codec = chooseCodec(steps, wallMs, wallBase);
    chunk.data.resize(sizeOf(chunk.codec, steps.size()));
    std::byte* at = chunk.data.data();
    if (chunk.codec == ChunkCodec::Offsets) {
        at = put(at, std::span<const std::int64_t>(&wallBase, 1));
        at = putOffsets(at, steps, steps.front());
        at = put(at, values);
        at = putOffsets(at, wallMs, wallBase);
    } else {
        at = put(at, steps);
        at = put(at, values);
        if (chunk.codec == ChunkCodec::Wide)
            at = put(at, wallMs);
    }
    assert(at == chunk.data.data() + chunk.data.size());
    chunk.crc32c = crc32c(chunk.data);
    return chunk;
}

bool decodeChunk(const StoredChunk& chunk, std::int64_t from, std::int64_t to, SeriesData& out) {
    if (chunk.count <= 0 || chunk.codec < 0 || chunk.codec > 2)
        return false;
    const auto codec = static_cast<ChunkCodec>(chunk.codec);
    const auto n = static_cast<std::size_t>(chunk.count);
    if (chunk.data.size() != sizeOf(codec, n) || crc32c(chunk.data) != chunk.crc32c)
        return false;
    const std::byte* base = chunk.data.data();
    const bool offsets = codec == ChunkCodec::Offsets;
    const std::byte* steps = offsets ? base + 8 : base;
    const std::byte* values = steps + (offsets ? 4 : 8) * n;
    const std::byte* walls = values + 8 * n;
    const auto stepAt = [&](std::size_t i) -> std::int64_t {
        return offsets ? chunk.firstStep + get<std::uint32_t>(steps, i)
                       : get<std::int64_t>(steps, i);
    };
    if (stepAt(0) != chunk.firstStep || stepAt(n - 1) != chunk.lastStep)
        return false;
    std::size_t first = 0;
    while (first < n && stepAt(first) < from)
        ++first;
    std::size_t end = n;
    while (end > first && stepAt(end - 1) > to)
        --end;
    const std::size_t old = out.size();
    const std::size_t added = end - first;
    out.steps.resize(old + added);
    out.values.resize(old + added);
    out.wallMs.resize(old + added);
    for (std::size_t i = 0; i < added; ++i)
        out.steps[old + i] = stepAt(first + i);
    if (added > 0)
        std::memcpy(out.values.data() + old, values + 8 * first, 8 * added);
    if (codec == ChunkCodec::Plain)
        return true;
    const std::int64_t wallBase = offsets ? get<std::int64_t>(base, 0) : 0;
    for (std::size_t i = 0; i < added; ++i)
        out.wallMs[old + i] = offsets ? wallBase + get<std::uint32_t>(walls, first + i)
                                      : get<std::int64_t>(walls, first + i);
    return true;
}

} // namespace inlay::engine

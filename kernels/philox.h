#pragma once

// Philox 4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random
// numbers: as easy as 1, 2, 3" (SC 2011), table 2 and figure 4. One header for host and device.

#include <array>
#include <cstdint>

#if defined(__CUDACC__)
#define INLAY_HOST_DEVICE __host__ __device__
#else
#define INLAY_HOST_DEVICE
#endif

namespace inlay::kernels {

/// Key and start of a random sequence; block i of the sequence uses counter + i.
struct PhiloxState {
    std::uint64_t key = 0;
    std::uint64_t stream = 0;
    std::uint64_t counter = 0;
};

struct PhiloxBlock {
    std::uint32_t word[4];
};

/// Four uniform 32-bit words for block `counter` of (key, stream).
INLAY_HOST_DEVICE inline PhiloxBlock philox(std::uint64_t key, std::uint64_t stream,
                                            std::uint64_t counter) {
    std::uint32_t c0 = static_cast<std::uint32_t>(counter);
    std::uint32_t c1 = static_cast<std::uint32_t>(counter >> 32);
    std::uint32_t c2 = static_cast<std::uint32_t>(stream);
    std::uint32_t c3 = static_cast<std::uint32_t>(stream >> 32);
    std::uint32_t k0 = static_cast<std::uint32_t>(key);
    std::uint32_t k1 = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p0 = static_cast<std::uint64_t>(0xD2511F53u) * c0;
        const std::uint64_t p1 = static_cast<std::uint64_t>(0xCD9E8D57u) * c2;
        const std::uint32_t n0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
        const std::uint32_t n2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
        c1 = static_cast<std::uint32_t>(p1);
        c3 = static_cast<std::uint32_t>(p0);
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return PhiloxBlock{{c0, c1, c2, c3}};
}

/// Maps a 32-bit word to (0, 1]: never zero, so that its logarithm is finite.
INLAY_HOST_DEVICE inline float unitInterval(std::uint32_t word) {
    return (static_cast<float>(word >> 8) + 1.0f) * (1.0f / 16777216.0f);
}

} // namespace inlay::kernels

#pragma once

#include <cstddef>
#include <map>
#include <mutex>

namespace inlay::kernels::cpu {

/// Memory for tensors on huge pages where the system has them to give. A training step walks
/// through tens of megabytes of saved activations, and under a hypervisor each miss of the
/// translation cache costs two walks: with pages of 4 KB the ViT of the benchmarks lost 2 % of its
/// time to them.
///
/// Small blocks lie one behind the other in regions; a region goes back to the system when all of
/// its blocks are released, and until then the room of a released one stays empty. Callers keep
/// what they use again (engine's Device does).
class HugePages {
public:
    HugePages() = default;
    ~HugePages();
    HugePages(const HugePages&) = delete;
    HugePages& operator=(const HugePages&) = delete;

    /// At least `bytes`, aligned to a cache line; null when there is no memory left.
    void* allocate(std::size_t bytes);
    /// Whether `memory` came from here; if so it is given back.
    bool release(void* memory);

private:
    struct Region {
        std::size_t size = 0;
        std::size_t used = 0;
        std::size_t blocks = 0; // not yet released
    };

    std::byte* map(std::size_t size);
    void unmap(std::map<std::byte*, Region>::iterator region);

    std::mutex mutex_;
    std::map<std::byte*, Region> regions_; // by where they begin
    std::byte* filling_ = nullptr;         // the region that small blocks come from
};

} // namespace inlay::kernels::cpu

#include "kernels/cpu/huge_pages.h"

#include <algorithm>
#include <cstdint>
#include <new>
#include <sys/mman.h>

namespace inlay::kernels::cpu {
namespace {

constexpr std::size_t kPage = std::size_t{1} << 21;
constexpr std::size_t kRegion = 16 * kPage;
constexpr std::size_t kLine = 64;

std::size_t roundUp(std::size_t value, std::size_t step) {
    return (value + step - 1) / step * step;
}

} // namespace

HugePages::~HugePages() {
    while (!regions_.empty())
        unmap(regions_.begin());
}

/// Maps a page more than asked for and cuts off what lies before and behind the alignment.
std::byte* HugePages::map(std::size_t size) {
    void* mapped =
        mmap(nullptr, size + kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return nullptr;
    auto* all = static_cast<std::byte*>(mapped);
    const std::size_t before = roundUp(reinterpret_cast<std::uintptr_t>(all), kPage) -
                               reinterpret_cast<std::uintptr_t>(all);
    std::byte* begin = all + before;
    if (before > 0)
        munmap(all, before);
    if (before < kPage)
        munmap(begin + size, kPage - before);
    // Advice: where the system has no huge pages, small ones do.
    (void)madvise(begin, size, MADV_HUGEPAGE);
    try {
        regions_.emplace(begin, Region{size, 0, 0});
    } catch (const std::bad_alloc&) {
        munmap(begin, size);
        return nullptr;
    }
    return begin;
}

void HugePages::unmap(std::map<std::byte*, Region>::iterator region) {
    if (region->first == filling_)
        filling_ = nullptr;
    munmap(region->first, region->second.size);
    regions_.erase(region);
}

void* HugePages::allocate(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const std::size_t size = roundUp(std::max(bytes, kLine), kLine);
    if (size < bytes || size > SIZE_MAX / 2)
        return nullptr;
    std::byte* begin = filling_;
    if (size > kRegion / 2) {
        begin = map(roundUp(size, kPage));
    } else if (begin == nullptr || regions_[begin].used + size > kRegion) {
        begin = map(kRegion);
        filling_ = begin;
    }
    if (begin == nullptr)
        return nullptr;
    Region& region = regions_[begin];
    std::byte* block = begin + region.used;
    region.used += size;
    ++region.blocks;
    return block;
}

bool HugePages::release(void* memory) {
    const std::lock_guard lock(mutex_);
    auto* block = static_cast<std::byte*>(memory);
    auto region = regions_.upper_bound(block);
    if (region == regions_.begin())
        return false;
    --region;
    if (block >= region->first + region->second.size)
        return false;
    if (--region->second.blocks > 0)
        return true;
    if (region->first == filling_)
        region->second.used = 0;
    else
        unmap(region);
    return true;
}

} // namespace inlay::kernels::cpu

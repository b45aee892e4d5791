#include "kernels/check/twin_memory.h"

#include <cassert>

#include "kernels/error.h"

namespace inlay::kernels {

void TwinMemory::add(void* first, void* second, std::size_t bytes) {
    blocks_[reinterpret_cast<std::uintptr_t>(second)] = {first, second, bytes};
}

void* TwinMemory::remove(void* second) {
    const auto found = blocks_.find(reinterpret_cast<std::uintptr_t>(second));
    assert(found != blocks_.end());
    void* first = found->second.first;
    blocks_.erase(found);
    return first;
}

void* TwinMemory::firstOf(const void* second) const {
    if (second == nullptr)
        return nullptr;
    const auto address = reinterpret_cast<std::uintptr_t>(second);
    auto next = blocks_.upper_bound(address);
    if (next != blocks_.begin()) {
        --next;
        const std::uintptr_t offset = address - next->first;
        // An empty view may point just behind its block.
        if (offset <= next->second.bytes)
            return static_cast<std::byte*>(next->second.first) + offset;
    }
    throw Error("check was given memory that it did not allocate");
}

} // namespace inlay::kernels

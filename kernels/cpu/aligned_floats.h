#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace inlay::kernels::cpu {

/// Gives memory that starts at a cache line, so that no vector of it lies across two.
template <typename T>
struct LineAllocator {
    using value_type = T;
    static constexpr std::align_val_t kAlignment{64};

    LineAllocator() = default;
    template <typename Other>
    LineAllocator(const LineAllocator<Other>&) {}
    T* allocate(std::size_t count) {
        return static_cast<T*>(::operator new(count * sizeof(T), kAlignment));
    }
    void deallocate(T* memory, std::size_t) { ::operator delete(memory, kAlignment); }
    friend bool operator==(const LineAllocator&, const LineAllocator&) { return true; }
};

using AlignedFloats = std::vector<float, LineAllocator<float>>;

} // namespace inlay::kernels::cpu

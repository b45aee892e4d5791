#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace inlay::kernels {

/// Pairs the allocations of two backends: finds, for any pointer into memory of the second, the
/// same place in the memory of the first.
class TwinMemory {
public:
    void add(void* first, void* second, std::size_t bytes);
    /// Forgets the allocation of the second backend and returns its twin.
    void* remove(void* second);
    /// Null for null. Throws Error for a pointer that lies in no allocation.
    void* firstOf(const void* second) const;

    /// The second backend's side of any remaining allocation; there must be one.
    void* front() const { return blocks_.begin()->second.second; }
    bool empty() const { return blocks_.empty(); }

private:
    struct Block {
        void* first;
        void* second;
        std::size_t bytes;
    };
    std::map<std::uintptr_t, Block> blocks_; // by the start in the second backend's memory
};

} // namespace inlay::kernels

#pragma once

#include <cstddef>
#include <unordered_map>

#include <cuda_runtime_api.h>

namespace inlay::kernels::cuda {

class Queue;

/// Device memory of one queue. Freed blocks stay with the pool and are handed out again in the
/// order of the stream, without a wait; they go back to the driver before an allocation is refused.
class MemoryPool {
public:
    explicit MemoryPool(Queue& queue);
    ~MemoryPool();
    MemoryPool(const MemoryPool&) = delete;
    MemoryPool& operator=(const MemoryPool&) = delete;

    /// Aligned to 256 bytes; never null, for 0 bytes either. Throws Error that says how much was
    /// wanted, how much is free and how much this process holds.
    void* allocate(std::size_t bytes);
    /// Work enqueued before may still use the memory. Never throws: it is called where tensors
    /// die; a failure is told by the next synchronize().
    void release(void* memory) noexcept;
    /// Throws the first failure of a release().
    void throwFailure();

    /// Bytes handed out and not yet released.
    std::size_t held() const { return held_; }

private:
    void* tryAllocate(std::size_t bytes);
    void giveBackCached();

    Queue& queue_;
    cudaMemPool_t pool_ = nullptr; // null where the device has no pools: plain allocations then
    std::unordered_map<void*, std::size_t> sizes_;
    std::size_t held_ = 0;
    cudaError_t failure_ = cudaSuccess;
};

} // namespace inlay::kernels::cuda

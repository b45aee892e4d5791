#include "kernels/cuda/memory_pool.h"

#include <cstdint>
#include <cstdio>
#include <string>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/graph_recording.h"
#include "kernels/cuda/queue.h"
#include "kernels/out_of_memory.h"

namespace inlay::kernels::cuda {
namespace {

std::string readable(std::size_t bytes) {
    constexpr double kGibibyte = 1024.0 * 1024.0 * 1024.0;
    char text[64];
    std::snprintf(text, sizeof text, "%zu bytes (%.2f GiB)", bytes,
                  static_cast<double>(bytes) / kGibibyte);
    return text;
}

} // namespace

MemoryPool::MemoryPool(Queue& queue)
    : queue_(queue) {
    int supported = 0;
    INLAY_CUDA(cudaDeviceGetAttribute(&supported, cudaDevAttrMemoryPoolsSupported, queue.index()));
    if (supported == 0)
        return;
    cudaMemPoolProps properties{};
    properties.allocType = cudaMemAllocationTypePinned;
    properties.location.type = cudaMemLocationTypeDevice;
    properties.location.id = queue.index();
    INLAY_CUDA(cudaMemPoolCreate(&pool_, &properties));
    // Blocks are kept over a synchronization: a training step asks for the same sizes again.
    std::uint64_t keep = UINT64_MAX;
    INLAY_CUDA(cudaMemPoolSetAttribute(pool_, cudaMemPoolAttrReleaseThreshold, &keep));
}

MemoryPool::~MemoryPool() {
    for (const auto& [memory, bytes] : sizes_)
        if (pool_ != nullptr)
            cudaFreeAsync(memory, queue_.stream());
        else
            cudaFree(memory);
    if (pool_ != nullptr)
        cudaMemPoolDestroy(pool_);
}

void* MemoryPool::tryAllocate(std::size_t bytes) {
    void* memory = nullptr;
    const cudaStream_t stream = queue_.stream();
    const cudaError_t status = pool_ != nullptr
                                   ? cudaMallocFromPoolAsync(&memory, bytes, pool_, stream)
                                   : cudaMalloc(&memory, bytes);
    if (status == cudaErrorMemoryAllocation) {
        cudaGetLastError(); // not sticky: what follows is checked by itself
        return nullptr;
    }
    INLAY_CUDA(status);
    return memory;
}

void MemoryPool::giveBackCached() {
    INLAY_CUDA(cudaStreamSynchronize(queue_.stream()));
    if (pool_ != nullptr)
        INLAY_CUDA(cudaMemPoolTrimTo(pool_, 0));
}

void* MemoryPool::allocate(std::size_t bytes) {
    forbidWhileRecording(queue_, "an allocation");
    const std::size_t wanted = bytes > 0 ? bytes : 1;
    void* memory = tryAllocate(wanted);
    if (memory == nullptr) {
        giveBackCached();
        memory = tryAllocate(wanted);
    }
    if (memory == nullptr) {
        std::size_t free = 0;
        std::size_t total = 0;
        INLAY_CUDA(cudaMemGetInfo(&free, &total));
        throw OutOfMemory("cuda:" + std::to_string(queue_.index()) + " has no memory left for " +
                          readable(bytes) + ": of " + readable(total) + ", " + readable(free) +
                          " are free and this process holds " + readable(held_) + ".");
    }
    sizes_.emplace(memory, bytes);
    held_ += bytes;
    return memory;
}

void MemoryPool::release(void* memory) noexcept {
    if (memory == nullptr)
        return;
    const auto found = sizes_.find(memory);
    if (found != sizes_.end()) {
        held_ -= found->second;
        sizes_.erase(found);
    }
    cudaError_t status = cudaSuccess;
    try {
        const cudaStream_t stream = queue_.stream();
        status = pool_ != nullptr ? cudaFreeAsync(memory, stream) : cudaFree(memory);
    } catch (const Error&) {
        status = cudaErrorInvalidDevice;
    }
    if (failure_ == cudaSuccess)
        failure_ = status;
}

void MemoryPool::throwFailure() {
    const cudaError_t failure = failure_;
    failure_ = cudaSuccess;
    check(failure, "releasing device memory", __FILE__, __LINE__);
}

} // namespace inlay::kernels::cuda

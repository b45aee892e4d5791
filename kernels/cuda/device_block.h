#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/cuda/memory_pool.h"
#include "kernels/cuda/queue.h"

namespace inlay::kernels::cuda {

/// Device memory of one queue's pool.
class DeviceBlock {
public:
    DeviceBlock(Queue& queue, std::int64_t bytes)
        : pool_(queue.memory())
        , data_(pool_.allocate(static_cast<std::size_t>(bytes))) {}
    ~DeviceBlock() { pool_.release(data_); }
    DeviceBlock(const DeviceBlock&) = delete;
    DeviceBlock& operator=(const DeviceBlock&) = delete;

    void* data() const { return data_; }

private:
    MemoryPool& pool_;
    void* data_;
};

} // namespace inlay::kernels::cuda

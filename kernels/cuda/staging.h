#pragma once

#include <cstddef>

#include <cuda_runtime_api.h>

namespace inlay::kernels::cuda {

class Queue;

/// Pinned host memory between pageable memory and the device. What goes up is copied into a ring
/// of two halves, so that the caller may change its data at once and does not wait for the device;
/// what comes down alternates between two buffers, the host emptying one while the other fills.
class Staging {
public:
    explicit Staging(Queue& queue);
    ~Staging();
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    /// Enqueues the copy. Waits only when the device is more than a half of the ring behind.
    void upload(void* device, const void* host, std::size_t bytes);
    /// Waits until the data are there.
    void download(void* host, const void* device, std::size_t bytes);

private:
    struct Half {
        std::byte* data = nullptr;
        cudaEvent_t free = nullptr; // recorded behind the last copy from or to it
    };

    void open(Half& half, std::size_t bytes);
    void close(Half& half);
    void enqueueDownload(int half, const std::byte* device, std::size_t bytes);

    Queue& queue_;
    Half up_[2];
    int filling_ = 0;      // the half of the ring that is being filled
    std::size_t used_ = 0; // bytes of it
    Half down_[2];
};

} // namespace inlay::kernels::cuda

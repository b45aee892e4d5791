#include "kernels/cuda/staging.h"

#include <algorithm>
#include <cstring>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/queue.h"

namespace inlay::kernels::cuda {
namespace {

constexpr std::size_t kUploadHalf = std::size_t{16} << 20;
constexpr std::size_t kDownloadHalf = std::size_t{4} << 20;
/// Copies begin at multiples of it.
constexpr std::size_t kAlignment = 256;

} // namespace

Staging::Staging(Queue& queue)
    : queue_(queue) {}

Staging::~Staging() {
    for (Half* half : {&up_[0], &up_[1], &down_[0], &down_[1]})
        close(*half);
}

/// Pinned memory is made on first use: a program that only lists devices needs none.
void Staging::open(Half& half, std::size_t bytes) {
    if (half.data != nullptr)
        return;
    queue_.stream();
    if (half.free == nullptr)
        INLAY_CUDA(cudaEventCreateWithFlags(&half.free, cudaEventDisableTiming));
    void* data = nullptr;
    INLAY_CUDA(cudaMallocHost(&data, bytes));
    half.data = static_cast<std::byte*>(data);
}

void Staging::close(Half& half) {
    if (half.data != nullptr)
        cudaFreeHost(half.data);
    if (half.free != nullptr)
        cudaEventDestroy(half.free);
}

void Staging::upload(void* device, const void* host, std::size_t bytes) {
    const cudaStream_t stream = queue_.stream();
    for (Half& half : up_)
        open(half, kUploadHalf);
    auto* target = static_cast<std::byte*>(device);
    const auto* source = static_cast<const std::byte*>(host);
    while (bytes > 0) {
        if (used_ == kUploadHalf) {
            INLAY_CUDA(cudaEventRecord(up_[filling_].free, stream));
            filling_ = 1 - filling_;
            used_ = 0;
            // An event that was never recorded counts as done.
            INLAY_CUDA(cudaEventSynchronize(up_[filling_].free));
        }
        const std::size_t part = std::min(bytes, kUploadHalf - used_);
        std::byte* pinned = up_[filling_].data + used_;
        std::memcpy(pinned, source, part);
        INLAY_CUDA(cudaMemcpyAsync(target, pinned, part, cudaMemcpyHostToDevice, stream));
        used_ = std::min(kUploadHalf, (used_ + part + kAlignment - 1) / kAlignment * kAlignment);
        target += part;
        source += part;
        bytes -= part;
    }
}

void Staging::enqueueDownload(int half, const std::byte* device, std::size_t bytes) {
    const cudaStream_t stream = queue_.stream();
    INLAY_CUDA(cudaMemcpyAsync(down_[half].data, device, bytes, cudaMemcpyDeviceToHost, stream));
    INLAY_CUDA(cudaEventRecord(down_[half].free, stream));
}

void Staging::download(void* host, const void* device, std::size_t bytes) {
    if (bytes == 0)
        return;
    for (Half& half : down_)
        open(half, kDownloadHalf);
    auto* target = static_cast<std::byte*>(host);
    const auto* source = static_cast<const std::byte*>(device);
    int half = 0;
    std::size_t arriving = std::min(bytes, kDownloadHalf);
    enqueueDownload(half, source, arriving);
    while (arriving > 0) {
        const std::size_t next = std::min(bytes - arriving, kDownloadHalf);
        if (next > 0)
            enqueueDownload(1 - half, source + arriving, next);
        INLAY_CUDA(cudaEventSynchronize(down_[half].free));
        std::memcpy(target, down_[half].data, arriving);
        target += arriving;
        source += arriving;
        bytes -= arriving;
        arriving = next;
        half = 1 - half;
    }
}

} // namespace inlay::kernels::cuda

#include <chrono>
#include <cstdlib>
#include <cstring>

#include "kernels/error.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {

std::string ReferenceBackend::name() const {
    return "reference";
}

std::string ReferenceBackend::description() const {
    return "plain loops in double precision";
}

void* ReferenceBackend::allocate(std::size_t bytes) {
    constexpr std::size_t alignment = 64;
    const std::size_t blocks = bytes / alignment + 1;
    void* memory = std::aligned_alloc(alignment, blocks * alignment);
    if (memory == nullptr)
        throw Error("reference has no memory left for " + std::to_string(bytes) + " bytes");
    return memory;
}

void ReferenceBackend::release(void* memory) {
    std::free(memory);
}

void ReferenceBackend::copyToDevice(void* device, const void* host, std::size_t bytes) {
    copy(device, host, bytes);
}

void ReferenceBackend::copyToHost(void* host, const void* device, std::size_t bytes) {
    copy(host, device, bytes);
}

void ReferenceBackend::copy(void* target, const void* source, std::size_t bytes) {
    if (bytes > 0)
        std::memmove(target, source, bytes);
}

void ReferenceBackend::zero(void* memory, std::size_t bytes) {
    if (bytes > 0)
        std::memset(memory, 0, bytes);
}

void ReferenceBackend::synchronize() {}

std::int64_t ReferenceBackend::mark() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

double ReferenceBackend::elapsed(std::int64_t from, std::int64_t to) {
    return static_cast<double>(to - from) * 1e-9;
}

} // namespace inlay::kernels

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/cpu_info.h"
#include "kernels/cpu/levels.h"
#include "kernels/devices.h"
#include "kernels/error.h"
#include "kernels/parallel.h"

namespace inlay::kernels {

namespace {

/// Bytes of the smallest block on huge pages. None under the address sanitizer, which watches the
/// ends of what malloc gives.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) // Clang's way to say it
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kHugeFrom = SIZE_MAX;
#else
constexpr std::size_t kHugeFrom = std::size_t{1} << 17;
#endif

} // namespace

CpuBackend::CpuBackend()
    : CpuBackend(bestLevel()) {}

CpuBackend::CpuBackend(SimdLevel level)
    : kernels_(cpu::kernelsFor(level)) {}

std::unique_ptr<Backend> makeCpuBackend() {
    return std::make_unique<CpuBackend>();
}

std::string CpuBackend::name() const {
    return "cpu";
}

std::string CpuBackend::description() const {
    const int threads = threadCount();
    return cpuModel() + ", " + kernels_.name + ", " + blasVersion() + " core " + blasCore() + ", " +
           std::to_string(threads) + (threads == 1 ? " thread" : " threads");
}

void* CpuBackend::allocate(std::size_t bytes) {
    constexpr std::size_t alignment = 64;
    const std::size_t blocks = bytes / alignment + 1;
    void* memory = bytes >= kHugeFrom ? hugePages_.allocate(bytes)
                                      : std::aligned_alloc(alignment, blocks * alignment);
    if (memory == nullptr)
        throw Error("cpu has no memory left for " + std::to_string(bytes) + " bytes");
    return memory;
}

void CpuBackend::release(void* memory) {
    if (!hugePages_.release(memory))
        std::free(memory);
}

void CpuBackend::copyToDevice(void* device, const void* host, std::size_t bytes) {
    copy(device, host, bytes);
}

void CpuBackend::copyToHost(void* host, const void* device, std::size_t bytes) {
    copy(host, device, bytes);
}

void CpuBackend::copy(void* target, const void* source, std::size_t bytes) {
    if (bytes > 0)
        std::memmove(target, source, bytes);
}

void CpuBackend::zero(void* memory, std::size_t bytes) {
    if (bytes > 0)
        std::memset(memory, 0, bytes);
}

void CpuBackend::synchronize() {}

std::int64_t CpuBackend::mark() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

double CpuBackend::elapsed(std::int64_t from, std::int64_t to) {
    return static_cast<double>(to - from) * 1e-9;
}

} // namespace inlay::kernels

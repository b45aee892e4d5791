#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace inlay::kernels {

/// What a GPU is doing now, by all programs together.
struct GpuUsage {
    std::string name;
    std::uint64_t totalBytes = 0;
    std::uint64_t usedBytes = 0;
    int busyPercent = -1; // of the last moments; -1 where the GPU does not say
};

/// Asks NVIDIA's management library (NVML), which comes with the driver and needs no CUDA context:
/// a window can watch a GPU without taking memory of it.
class GpuMonitor {
public:
    /// Null without the library or a GPU; `reason` says why. `library`: another file than the
    /// driver's.
    static std::unique_ptr<GpuMonitor> open(std::string& reason,
                                            const std::string& library = "libnvidia-ml.so.1");
    ~GpuMonitor();
    GpuMonitor(const GpuMonitor&) = delete;
    GpuMonitor& operator=(const GpuMonitor&) = delete;

    /// GPUs in the order of their slots.
    int count() const;
    /// Nothing when the GPU does not answer. A few milliseconds.
    std::optional<GpuUsage> usage(int index) const;

private:
    struct Library;
    explicit GpuMonitor(std::unique_ptr<Library> library);
    std::unique_ptr<Library> library_;
};

} // namespace inlay::kernels

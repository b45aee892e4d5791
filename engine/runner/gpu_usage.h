#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace inlay::kernels {
class GpuMonitor;
}

namespace inlay::engine {

/// What a GPU is doing now, by all programs together.
struct GpuUsage {
    int index = 0; // by its slot, as nvidia-smi counts
    std::string name;
    std::uint64_t usedBytes = 0;
    std::uint64_t totalBytes = 0;
    int busyPercent = -1; // of the last moments; -1 where the GPU does not say
};

/// Looks at the machine's NVIDIA GPUs without opening one.
class GpuUsageReader {
public:
    /// `library`: as of kernels::GpuMonitor; empty: the driver's.
    explicit GpuUsageReader(const std::string& library = {});
    ~GpuUsageReader();
    GpuUsageReader(const GpuUsageReader&) = delete;
    GpuUsageReader& operator=(const GpuUsageReader&) = delete;

    /// False: there is none to look at.
    bool available() const { return monitor_ != nullptr; }
    /// Those that answer; a few milliseconds each.
    std::vector<GpuUsage> read() const;

private:
    std::unique_ptr<kernels::GpuMonitor> monitor_;
};

} // namespace inlay::engine

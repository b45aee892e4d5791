#include "engine/runner/gpu_usage.h"

#include "kernels/gpu_monitor.h"

namespace inlay::engine {

GpuUsageReader::GpuUsageReader(const std::string& library) {
    std::string reason;
    monitor_ = library.empty() ? kernels::GpuMonitor::open(reason)
                               : kernels::GpuMonitor::open(reason, library);
}

GpuUsageReader::~GpuUsageReader() = default;

std::vector<GpuUsage> GpuUsageReader::read() const {
    std::vector<GpuUsage> all;
    for (int i = 0; monitor_ && i < monitor_->count(); ++i)
        if (const auto usage = monitor_->usage(i))
            all.push_back(
                {i, usage->name, usage->usedBytes, usage->totalBytes, usage->busyPercent});
    return all;
}

} // namespace inlay::engine

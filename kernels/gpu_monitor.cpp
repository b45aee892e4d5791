#include "kernels/gpu_monitor.h"

#include <array>
#include <utility>

#include <dlfcn.h>

namespace inlay::kernels {
namespace {

// The part of NVML that is used, as its documentation declares it (API version 2 of both).
struct NvmlMemory {
    unsigned long long total;
    unsigned long long free;
    unsigned long long used;
};
struct NvmlUtilization {
    unsigned gpu; // percent of the last sample period in which a kernel ran
    unsigned memory;
};
using NvmlDevice = void*;
constexpr int kSuccess = 0;

} // namespace

struct GpuMonitor::Library {
    void* handle = nullptr;
    int (*init)() = nullptr;
    int (*shutdown)() = nullptr;
    int (*count)(unsigned*) = nullptr;
    int (*byIndex)(unsigned, NvmlDevice*) = nullptr;
    int (*name)(NvmlDevice, char*, unsigned) = nullptr;
    int (*memory)(NvmlDevice, NvmlMemory*) = nullptr;
    int (*utilization)(NvmlDevice, NvmlUtilization*) = nullptr;
    bool running = false;

    Library() = default;
    ~Library() {
        if (running)
            shutdown();
        if (handle != nullptr)
            dlclose(handle);
    }
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    template <typename Function>
    bool find(Function& function, const char* symbol) {
        function = reinterpret_cast<Function>(dlsym(handle, symbol));
        return function != nullptr;
    }
    bool findAll() {
        return find(init, "nvmlInit_v2") && find(shutdown, "nvmlShutdown") &&
               find(count, "nvmlDeviceGetCount_v2") &&
               find(byIndex, "nvmlDeviceGetHandleByIndex_v2") && find(name, "nvmlDeviceGetName") &&
               find(memory, "nvmlDeviceGetMemoryInfo") &&
               find(utilization, "nvmlDeviceGetUtilizationRates");
    }
};

std::unique_ptr<GpuMonitor> GpuMonitor::open(std::string& reason, const std::string& library) {
    auto found = std::make_unique<Library>();
    found->handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (found->handle == nullptr) {
        const char* why = dlerror();
        reason = library + " could not be opened: " + (why != nullptr ? why : "no reason given");
        return nullptr;
    }
    if (!found->findAll()) {
        reason = library + " lacks functions that are needed";
        return nullptr;
    }
    if (const int status = found->init(); status != kSuccess) {
        reason = library + " answers with error " + std::to_string(status);
        return nullptr;
    }
    found->running = true;
    std::unique_ptr<GpuMonitor> monitor(new GpuMonitor(std::move(found)));
    if (monitor->count() == 0) {
        reason = library + " finds no GPU";
        return nullptr;
    }
    return monitor;
}

GpuMonitor::GpuMonitor(std::unique_ptr<Library> library)
    : library_(std::move(library)) {}

GpuMonitor::~GpuMonitor() = default;

int GpuMonitor::count() const {
    unsigned count = 0;
    return library_->count(&count) == kSuccess ? static_cast<int>(count) : 0;
}

std::optional<GpuUsage> GpuMonitor::usage(int index) const {
    NvmlDevice device = nullptr;
    if (index < 0 || library_->byIndex(static_cast<unsigned>(index), &device) != kSuccess)
        return std::nullopt;
    std::array<char, 128> name{};
    NvmlMemory memory{};
    if (library_->name(device, name.data(), name.size() - 1) != kSuccess ||
        library_->memory(device, &memory) != kSuccess)
        return std::nullopt;
    GpuUsage usage{name.data(), memory.total, memory.used, -1};
    NvmlUtilization utilization{};
    if (library_->utilization(device, &utilization) == kSuccess)
        usage.busyPercent = static_cast<int>(utilization.gpu);
    return usage;
}

} // namespace inlay::kernels

#include "kernels/devices.h"

#include <charconv>
#include <fstream>
#include <optional>

#include "kernels/cuda/module.h"
#include "kernels/error.h"

namespace inlay::kernels {
namespace {

constexpr std::string_view kCheckPrefix = "check:";

std::size_t hostMemory() {
    std::ifstream file("/proc/meminfo");
    std::string key;
    std::size_t kibibytes = 0;
    if (file >> key >> kibibytes && key == "MemTotal:")
        return kibibytes * 1024;
    return 0;
}

/// The N of "cuda:N".
std::optional<int> cudaIndex(std::string_view name) {
    constexpr std::string_view prefix = "cuda:";
    if (!name.starts_with(prefix))
        return std::nullopt;
    name.remove_prefix(prefix.size());
    int index = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (error != std::errc() || end != name.data() + name.size() || index < 0 || name[0] == '+')
        return std::nullopt;
    return index;
}

std::string availableDevices() {
    std::string names;
    for (const DeviceEntry& entry : listDevices())
        if (entry.available)
            names += (names.empty() ? "" : ", ") + entry.name;
    return names;
}

std::unique_ptr<Backend> openCuda(int index) {
    std::string reason;
    std::unique_ptr<Backend> backend = openCudaDevice(index, reason);
    if (!backend)
        throw Error("cuda:" + std::to_string(index) + " is not available: " + reason +
                    "; available devices are " + availableDevices() + ".");
    return backend;
}

} // namespace

std::vector<DeviceEntry> listDevices() {
    const std::size_t memory = hostMemory();
    std::vector<DeviceEntry> entries;
    for (const char* name : {"cpu", "reference", "check"}) {
        try {
            entries.push_back({name, true, "", openDevice(name)->description(), memory});
        } catch (const Error& error) {
            entries.push_back({name, false, error.what(), "", memory});
        }
    }
    for (DeviceEntry& entry : listCudaDevices())
        entries.push_back(std::move(entry));
    return entries;
}

std::unique_ptr<Backend> openDevice(const std::string& name) {
    if (name == "cpu")
        return makeCpuBackend();
    if (name == "reference")
        return makeReferenceBackend();
    if (name == "check")
        return makeCheckedBackend(makeReferenceBackend(), makeCpuBackend(), kCheckTolerance);
    if (const auto index = cudaIndex(name))
        return openCuda(*index);
    if (name.starts_with(kCheckPrefix))
        if (const auto index = cudaIndex(std::string_view(name).substr(kCheckPrefix.size())))
            return makeCheckedBackend(makeCpuBackend(), openCuda(*index), kCheckTolerance);
    throw Error("\"" + name +
                "\" is not a device; allowed are cpu, reference, check, cuda:N and check:cuda:N, "
                "and available here are " +
                availableDevices() + ".");
}

} // namespace inlay::kernels

#include <array>
#include <cstdlib>
#include <filesystem>

#include <dlfcn.h>

#include "kernels/cuda/module.h"

namespace inlay::kernels {
namespace {

constexpr char kModule[] = "libinlay_cuda.so";

struct Module {
    InlayCudaList list = nullptr;
    InlayCudaOpen open = nullptr;
    std::string reason; // why it is not there
};

std::filesystem::path find() {
    std::error_code error;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error)
        return {};
    const std::filesystem::path folder = program.parent_path();
    for (const auto& candidate :
         {folder / kModule, folder.parent_path() / "lib" / "inlay" / kModule})
        if (std::filesystem::exists(candidate, error))
            return candidate;
    return {};
}

Module load() {
    const std::filesystem::path path = find();
    const std::string title = std::string("the module ") + kModule;
    if (path.empty())
        return {nullptr, nullptr, title + " was not found beside the program"};
    // GPUs are numbered by their slots, as nvidia-smi and GpuMonitor number them.
    setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", /*overwrite=*/0);
    // Never closed: a CUDA context does not survive its library.
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr)
        return {nullptr, nullptr, title + " could not be opened (" + dlerror() + ")"};
    Module module;
    module.list = reinterpret_cast<InlayCudaList>(dlsym(handle, kCudaListSymbol));
    module.open = reinterpret_cast<InlayCudaOpen>(dlsym(handle, kCudaOpenSymbol));
    if (module.list == nullptr || module.open == nullptr)
        return {nullptr, nullptr, title + " belongs to another version of the program"};
    return module;
}

const Module& module() {
    static const Module loaded = load();
    return loaded;
}

} // namespace

std::vector<DeviceEntry> listCudaDevices() {
    std::array<CudaDeviceInfo, 64> found{};
    std::array<char, 512> reason{};
    int count = 0;
    if (module().list != nullptr)
        count = module().list(found.data(), static_cast<int>(found.size()), reason.data(),
                              reason.size());
    if (count <= 0)
        return {{"cuda:0", false, module().reason + reason.data(), "", 0}};
    std::vector<DeviceEntry> entries;
    for (std::size_t i = 0; i < found.size() && i < static_cast<std::size_t>(count); ++i) {
        const bool available = found[i].reason[0] == '\0';
        entries.push_back({"cuda:" + std::to_string(i), available, found[i].reason,
                           available ? found[i].description : "", found[i].memoryBytes});
    }
    return entries;
}

std::unique_ptr<Backend> openCudaDevice(int index, std::string& reason) {
    if (module().open == nullptr) {
        reason = module().reason;
        return nullptr;
    }
    std::array<char, 512> answer{};
    std::unique_ptr<Backend> backend(module().open(index, answer.data(), answer.size()));
    if (!backend)
        reason = answer.data();
    return backend;
}

} // namespace inlay::kernels

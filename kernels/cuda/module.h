#pragma once

// CUDA is a module opened at run time, libinlay_cuda.so, looked for beside the program and then in
// ../lib/inlay. It exports the two C functions below; the program sees it through the C++ ones.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "kernels/backend.h"
#include "kernels/devices.h"

namespace inlay::kernels {

/// One GPU as the module reports it; the texts are terminated. `reason` is empty when it can be
/// used, else it says why not as part of a sentence.
struct CudaDeviceInfo {
    char description[256];
    char reason[256];
    std::size_t memoryBytes;
};

extern "C" {
/// Fills up to `capacity` entries and returns the number of GPUs; 0 or less when there is none to
/// use, then `reason` holds why as part of a sentence ("no CUDA device was found").
using InlayCudaList = int (*)(CudaDeviceInfo* devices, int capacity, char* reason,
                              std::size_t reasonSize);
/// The backend of GPU `index`, owned by the caller, or null and the reason.
using InlayCudaOpen = Backend* (*)(int index, char* reason, std::size_t reasonSize);
}
inline constexpr char kCudaListSymbol[] = "inlay_cuda_list";
inline constexpr char kCudaOpenSymbol[] = "inlay_cuda_open";

/// One entry for each GPU, or a single unavailable cuda:0 with the reason.
std::vector<DeviceEntry> listCudaDevices();

/// Null when it cannot be had; then `reason` says why, as part of a sentence.
std::unique_ptr<Backend> openCudaDevice(int index, std::string& reason);

} // namespace inlay::kernels

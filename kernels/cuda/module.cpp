// The C functions of libinlay_cuda.so. No exception leaves them: what went wrong is the reason, as
// part of a sentence.

#include "kernels/cuda/module.h"

#include <algorithm>
#include <cstring>
#include <exception>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/gpu_info.h"

namespace {

using inlay::kernels::Backend;
using inlay::kernels::CudaBackend;
using inlay::kernels::CudaDeviceInfo;

void put(std::string text, char* target, std::size_t size) {
    if (target == nullptr || size == 0)
        return;
    const std::size_t count = std::min(text.size(), size - 1);
    std::memcpy(target, text.data(), count);
    target[count] = '\0';
}

/// A sentence as a part of another one.
std::string withoutStop(std::string text) {
    if (text.ends_with('.'))
        text.pop_back();
    return text;
}

int list(CudaDeviceInfo* devices, int capacity, char* reason, std::size_t reasonSize) {
    std::string why;
    const int count = inlay::kernels::cuda::gpuCount(why);
    put(why, reason, reasonSize);
    for (int i = 0; i < std::min(count, capacity); ++i) {
        cudaDeviceProp properties{};
        INLAY_CUDA(cudaGetDeviceProperties(&properties, i));
        put(inlay::kernels::cuda::describeGpu(properties), devices[i].description,
            sizeof devices[i].description);
        put(inlay::kernels::cuda::whyUnusable(i, count), devices[i].reason,
            sizeof devices[i].reason);
        devices[i].memoryBytes = properties.totalGlobalMem;
    }
    return count;
}

} // namespace

extern "C" {

__attribute__((visibility("default"))) int inlay_cuda_list(CudaDeviceInfo* devices, int capacity,
                                                           char* reason, std::size_t reasonSize) {
    try {
        return list(devices, capacity, reason, reasonSize);
    } catch (const std::exception& error) {
        put(withoutStop(error.what()), reason, reasonSize);
    } catch (...) {
        put("CUDA failed for an unknown reason", reason, reasonSize);
    }
    return 0;
}

__attribute__((visibility("default"))) Backend* inlay_cuda_open(int index, char* reason,
                                                                std::size_t reasonSize) {
    try {
        return new CudaBackend(index);
    } catch (const std::exception& error) {
        put(withoutStop(error.what()), reason, reasonSize);
    } catch (...) {
        put("CUDA failed for an unknown reason", reason, reasonSize);
    }
    return nullptr;
}

} // extern "C"

// The program looks the functions up by name; their types must be what it presumes.
static_assert(std::is_same_v<decltype(&inlay_cuda_list), inlay::kernels::InlayCudaList>);
static_assert(std::is_same_v<decltype(&inlay_cuda_open), inlay::kernels::InlayCudaOpen>);

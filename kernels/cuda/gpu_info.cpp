#include "kernels/cuda/gpu_info.h"

#include <cstdio>

#include <cublas_v2.h>

#include "kernels/cuda/cuda_check.h"

namespace inlay::kernels::cuda {
namespace {

/// 13010 is 13.1.
std::string version(int number) {
    return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10);
}

int driverVersion() {
    int driver = 0;
    return cudaDriverGetVersion(&driver) == cudaSuccess ? driver : 0;
}

std::string blasVersion() {
    int part[3] = {};
    cublasGetProperty(MAJOR_VERSION, &part[0]);
    cublasGetProperty(MINOR_VERSION, &part[1]);
    cublasGetProperty(PATCH_LEVEL, &part[2]);
    return std::to_string(part[0]) + "." + std::to_string(part[1]) + "." + std::to_string(part[2]);
}

} // namespace

int gpuCount(std::string& reason) {
    reason.clear();
    const int driver = driverVersion();
    if (driver == 0) {
        reason = "no NVIDIA driver was found";
        return 0;
    }
    int count = 0;
    const cudaError_t status = cudaGetDeviceCount(&count);
    cudaGetLastError(); // the next check must not find it
    if (status == cudaErrorInsufficientDriver)
        reason = "the NVIDIA driver is for CUDA " + version(driver) + ", this build needs CUDA " +
                 version(CUDART_VERSION);
    else if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0))
        reason = "no CUDA device was found";
    else if (status != cudaSuccess)
        reason = std::string("CUDA does not start (") + cudaGetErrorName(status) + ", " +
                 cudaGetErrorString(status) + ")";
    return reason.empty() ? count : 0;
}

std::string whyUnusable(int index, int count) {
    if (index < 0 || index >= count)
        return "there is no such device, " +
               (count == 1 ? std::string("cuda:0 is the only one")
                           : "the last one is cuda:" + std::to_string(count - 1));
    int major = 0;
    int minor = 0;
    INLAY_CUDA(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, index));
    INLAY_CUDA(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, index));
    constexpr int least = INLAY_CUDA_LEAST_CAPABILITY;
    if (major * 10 + minor >= least)
        return "";
    return "compute capability " + std::to_string(major) + "." + std::to_string(minor) +
           " is below " + std::to_string(least / 10) + "." + std::to_string(least % 10) +
           ", which this build needs";
}

std::string describeGpu(const cudaDeviceProp& properties) {
    constexpr double kGibibyte = 1024.0 * 1024.0 * 1024.0;
    char text[64];
    std::snprintf(text, sizeof text, ", compute capability %d.%d, %.1f GiB", properties.major,
                  properties.minor, static_cast<double>(properties.totalGlobalMem) / kGibibyte);
    return std::string(properties.name) + text + ", driver for CUDA " + version(driverVersion()) +
           ", runtime " + version(CUDART_VERSION) + ", cuBLAS " + blasVersion();
}

} // namespace inlay::kernels::cuda

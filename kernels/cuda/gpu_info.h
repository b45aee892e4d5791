#pragma once

#include <string>

#include <cuda_runtime_api.h>

namespace inlay::kernels::cuda {

/// Number of GPUs of this machine. 0 when CUDA cannot be used at all; then `reason` says why, as
/// part of a sentence ("no NVIDIA driver was found").
int gpuCount(std::string& reason);

/// Why GPU `index` of `count` cannot be used, as part of a sentence; empty when it can.
std::string whyUnusable(int index, int count);

/// "NVIDIA H200, compute capability 9.0, 139.8 GiB, driver for CUDA 13.0, runtime 13.0, cuBLAS
/// 13.0.2".
std::string describeGpu(const cudaDeviceProp& properties);

/// The status that looking up a kernel of this build on the current device gives: whether it was
/// built for such a device.
cudaError_t probeKernels();

} // namespace inlay::kernels::cuda

#include <cuda_runtime.h>

#include "kernels/cuda/gpu_info.h"

namespace inlay::kernels::cuda {
namespace {

__global__ void probeKernel() {}

} // namespace

cudaError_t probeKernels() {
    cudaFuncAttributes attributes{};
    return cudaFuncGetAttributes(&attributes, probeKernel);
}

} // namespace inlay::kernels::cuda

#pragma once

// Every CUDA call is checked. A failure names the call, the file and the line, and is a
// kernels::Error: it ends the run, never the window.

#include <cuda_runtime_api.h>

namespace inlay::kernels::cuda {

/// Throws Error "<call> failed at <file>:<line>: <name>, <description>" unless `status` is success.
void check(cudaError_t status, const char* call, const char* file, int line);

} // namespace inlay::kernels::cuda

#define INLAY_CUDA(call) ::inlay::kernels::cuda::check((call), #call, __FILE__, __LINE__)
/// After a kernel launch: finds a wrong configuration at once, without waiting for the kernel.
#define INLAY_CUDA_LAUNCHED(kernel)                                                                \
    ::inlay::kernels::cuda::check(cudaGetLastError(), "launch of " kernel, __FILE__, __LINE__)

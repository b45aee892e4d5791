#pragma once

// Every cuBLAS call is checked, as cuda_check.h does for CUDA.

#include <cublas_v2.h>

namespace inlay::kernels::cuda {

/// Throws Error "<call> failed at <file>:<line>: <name>, <description>." unless it succeeded.
void checkBlas(cublasStatus_t status, const char* call, const char* file, int line);

} // namespace inlay::kernels::cuda

#define INLAY_CUBLAS(call) ::inlay::kernels::cuda::checkBlas((call), #call, __FILE__, __LINE__)

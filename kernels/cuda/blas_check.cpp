#include "kernels/cuda/blas_check.h"

#include <cstring>
#include <string>

#include "kernels/error.h"

namespace inlay::kernels::cuda {

void checkBlas(cublasStatus_t status, const char* call, const char* file, int line) {
    if (status == CUBLAS_STATUS_SUCCESS)
        return;
    const char* name = std::strrchr(file, '/');
    throw Error(std::string(call) + " failed at " + (name != nullptr ? name + 1 : file) + ":" +
                std::to_string(line) + ": " + cublasGetStatusName(status) + ", " +
                cublasGetStatusString(status) + ".");
}

} // namespace inlay::kernels::cuda

#include "kernels/cuda/cuda_check.h"

#include <cstring>
#include <string>

#include "kernels/error.h"

namespace inlay::kernels::cuda {

void check(cudaError_t status, const char* call, const char* file, int line) {
    if (status == cudaSuccess)
        return;
    const char* name = std::strrchr(file, '/');
    throw Error(std::string(call) + " failed at " + (name != nullptr ? name + 1 : file) + ":" +
                std::to_string(line) + ": " + cudaGetErrorName(status) + ", " +
                cudaGetErrorString(status) + ".");
}

} // namespace inlay::kernels::cuda

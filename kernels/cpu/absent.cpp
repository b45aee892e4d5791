// Stands for the cpu backend in builds without it (INLAY_ONLY_GPU_CHECK: no BLAS is needed then).

#include "kernels/devices.h"
#include "kernels/error.h"

namespace inlay::kernels {

std::unique_ptr<Backend> makeCpuBackend() {
    throw Error("this build has no cpu backend");
}

} // namespace inlay::kernels

#pragma once

// Kernels that are launched while the one before them still runs: their blocks are put in place as
// those of the other leave, and wait there, which hides the time of a launch between two short
// kernels. Hopper and later; elsewhere both functions do the ordinary thing.

#include <type_traits>

#include <cuda_runtime.h>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/queue.h"

namespace inlay::kernels::cuda {

/// The first statement of such a kernel: nothing may be read or written before the kernels ahead
/// of it in the queue are done.
__device__ __forceinline__ void waitForEarlierKernels() {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 900
    asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

/// Launches a kernel that begins with waitForEarlierKernels().
template <typename... Parameters>
void launchEarly(Queue& queue, void (*kernel)(Parameters...), unsigned blocks, unsigned threads,
                 std::size_t sharedBytes, const std::type_identity_t<Parameters>&... arguments) {
    cudaLaunchAttribute attribute{};
    attribute.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    attribute.val.programmaticStreamSerializationAllowed = 1;
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(blocks);
    config.blockDim = dim3(threads);
    config.dynamicSmemBytes = sharedBytes;
    config.stream = queue.stream();
    config.attrs = &attribute;
    config.numAttrs = queue.properties().major >= 9 ? 1 : 0;
    INLAY_CUDA(cudaLaunchKernelEx(&config, kernel, arguments...));
}

} // namespace inlay::kernels::cuda

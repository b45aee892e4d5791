#include "kernels/cuda/queue.h"

#include <algorithm>
#include <string>

#include "kernels/cuda/blas_check.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/gpu_info.h"
#include "kernels/cuda/marks.h"
#include "kernels/cuda/memory_pool.h"
#include "kernels/cuda/product_plans.h"
#include "kernels/cuda/staging.h"
#include "kernels/error.h"

namespace inlay::kernels::cuda {
namespace {

/// Ops ask for different small sizes; one area of this size serves nearly all of them.
constexpr std::size_t kLeastScratch = std::size_t{4} << 20;

} // namespace

constinit thread_local int Queue::current = -1;

Queue::Queue(int index)
    : index_(index) {
    std::string reason;
    const int count = gpuCount(reason);
    if (reason.empty())
        reason = whyUnusable(index, count);
    if (!reason.empty())
        throw Error(reason);
    INLAY_CUDA(cudaGetDeviceProperties(&properties_, index));
    try {
        makeCurrent();
        if (probeKernels() != cudaSuccess)
            throw Error("this build has no code for compute capability " +
                        std::to_string(properties_.major) + "." +
                        std::to_string(properties_.minor));
        INLAY_CUDA(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
        memory_ = std::make_unique<MemoryPool>(*this);
        INLAY_CUBLAS(cublasCreate(&blas_));
        INLAY_CUBLAS(cublasSetStream(blas_, stream_));
        // The sizes NVIDIA advises. A workspace of our own makes results independent of what else
        // runs, and products capturable.
        blasWorkspaceBytes_ = std::size_t{properties_.major >= 9 ? 32u : 8u} << 20;
        blasWorkspace_ = memory_->allocate(blasWorkspaceBytes_);
        INLAY_CUBLAS(cublasSetWorkspace(blas_, blasWorkspace_, blasWorkspaceBytes_));
        tickets_ = static_cast<unsigned*>(memory_->allocate(kTickets * sizeof(unsigned)));
        INLAY_CUDA(cudaMemsetAsync(tickets_, 0, kTickets * sizeof(unsigned), stream_));
        allowTf32(false);
        staging_ = std::make_unique<Staging>(*this);
        marks_ = std::make_unique<Marks>(*this);
        products_ = std::make_unique<ProductPlans>(*this);
    } catch (...) {
        close();
        throw;
    }
}

Queue::~Queue() {
    close();
}

/// Nothing is checked here: after a failure of the device every call fails again.
void Queue::close() {
    cudaSetDevice(index_);
    current = index_;
    if (stream_ != nullptr)
        cudaStreamSynchronize(stream_);
    products_.reset();
    marks_.reset();
    staging_.reset();
    if (blas_ != nullptr)
        cublasDestroy(blas_);
    memory_.reset();
    if (stream_ != nullptr)
        cudaStreamDestroy(stream_);
    cudaGetLastError();
}

void Queue::makeCurrent() const {
    INLAY_CUDA(cudaSetDevice(index_));
    current = index_;
}

void Queue::allowTf32(bool allowed) {
    const int mode = (allowed ? CUBLAS_TF32_TENSOR_OP_MATH : CUBLAS_DEFAULT_MATH) |
                     CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
    INLAY_CUBLAS(cublasSetMathMode(blas(), static_cast<cublasMath_t>(mode)));
    tf32_ = allowed;
}

void* Queue::scratch(std::size_t bytes) {
    if (bytes > scratchBytes_ || scratch_ == nullptr) {
        // At least doubled: all outgrown areas together are smaller than the last one.
        const std::size_t wanted = std::max({bytes, 2 * scratchBytes_, kLeastScratch});
        scratch_ = memory_->allocate(wanted);
        scratchBytes_ = wanted;
    }
    return scratch_;
}

} // namespace inlay::kernels::cuda

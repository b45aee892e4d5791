#include "kernels/cuda/cuda_backend.h"

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/gpu_info.h"
#include "kernels/cuda/graph_recording.h"
#include "kernels/cuda/marks.h"
#include "kernels/cuda/memory_pool.h"
#include "kernels/cuda/staging.h"
#include "kernels/cuda/two_four_routes.h"

namespace inlay::kernels {

CudaBackend::CudaBackend(int index)
    : queue_(std::make_unique<cuda::Queue>(index))
    , twoFourRoutes_(std::make_unique<cuda::TwoFourRoutes>(*queue_, *this)) {}

CudaBackend::~CudaBackend() = default;

std::string CudaBackend::name() const {
    return "cuda:" + std::to_string(queue_->index());
}

std::string CudaBackend::description() const {
    return cuda::describeGpu(queue_->properties());
}

void CudaBackend::allowTf32(bool allowed) {
    queue_->allowTf32(allowed);
}

void* CudaBackend::allocate(std::size_t bytes) {
    return queue_->memory().allocate(bytes);
}

void CudaBackend::release(void* memory) {
    queue_->memory().release(memory);
}

void CudaBackend::copyToDevice(void* device, const void* host, std::size_t bytes) {
    cuda::forbidWhileRecording(*queue_, "a copy to the device");
    queue_->staging().upload(device, host, bytes);
}

void CudaBackend::copyToHost(void* host, const void* device, std::size_t bytes) {
    cuda::forbidWhileRecording(*queue_, "a copy to the host");
    queue_->staging().download(host, device, bytes);
}

void CudaBackend::copy(void* target, const void* source, std::size_t bytes) {
    if (bytes > 0)
        INLAY_CUDA(
            cudaMemcpyAsync(target, source, bytes, cudaMemcpyDeviceToDevice, queue_->stream()));
}

void CudaBackend::zero(void* memory, std::size_t bytes) {
    if (bytes > 0)
        INLAY_CUDA(cudaMemsetAsync(memory, 0, bytes, queue_->stream()));
}

std::unique_ptr<Recording> CudaBackend::record(const std::function<void()>& ops) {
    return std::make_unique<cuda::GraphRecording>(*queue_, ops);
}

void CudaBackend::replay(const Recording& recording) {
    static_cast<const cuda::GraphRecording&>(recording).launch();
}

std::unique_ptr<PreparedWeight> CudaBackend::prepareTwoFour(ConstView w, Transpose transpose,
                                                            std::int64_t rows) {
    return twoFourRoutes_->prepare(w, transpose, rows);
}

void CudaBackend::refreshTwoFour(ConstView w, PreparedWeight& prepared) {
    twoFourRoutes_->refresh(w, prepared);
}

void CudaBackend::twoFourMultiplyPrepared(ConstView x, const PreparedWeight& prepared, View y,
                                          const Epilogue& epilogue) {
    twoFourRoutes_->multiply(x, prepared, y, epilogue);
}

void CudaBackend::synchronize() {
    cuda::forbidWhileRecording(*queue_, "a wait");
    INLAY_CUDA(cudaStreamSynchronize(queue_->stream()));
    queue_->memory().throwFailure();
}

std::int64_t CudaBackend::mark() {
    cuda::forbidWhileRecording(*queue_, "a mark");
    return queue_->marks().mark();
}

double CudaBackend::elapsed(std::int64_t from, std::int64_t to) {
    return queue_->marks().elapsed(from, to);
}

} // namespace inlay::kernels

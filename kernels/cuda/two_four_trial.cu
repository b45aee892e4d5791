#include "kernels/cuda/two_four_trial.h"

#include <algorithm>
#include <array>
#include <vector>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/queue.h"

namespace inlay::kernels::cuda {
namespace {

constexpr int kTrialThreads = 256;
constexpr int kBlocks = 1024;
constexpr int kRuns = 5;
constexpr double kRunSeconds = 3e-3;

__global__ void __launch_bounds__(kTrialThreads) fillTrialKernel(bf16* values, std::int64_t count) {
    for (std::int64_t i = blockIdx.x * std::int64_t{kTrialThreads} + threadIdx.x; i < count;
         i += std::int64_t{kTrialThreads} * gridDim.x) {
        // The finalizer of splitmix64 (Steele, Lea and Flood 2014).
        std::uint64_t z = static_cast<std::uint64_t>(i) * 0x9E3779B97F4A7C15u;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        values[i] = __float2bfloat16_rn(static_cast<float>(z >> 40) * 0x1p-23f - 1.0f);
    }
}

/// Sums of one block: squares of the differences, squares of b.
__global__ void __launch_bounds__(kTrialThreads)
    trialErrorKernel(const bf16* a, const bf16* b, std::int64_t count, double* sums) {
    __shared__ double parts[2][kTrialThreads];
    double difference = 0.0;
    double size = 0.0;
    for (std::int64_t i = blockIdx.x * std::int64_t{kTrialThreads} + threadIdx.x; i < count;
         i += std::int64_t{kTrialThreads} * gridDim.x) {
        const double left = toFloat(a[i]);
        const double right = toFloat(b[i]);
        difference += (left - right) * (left - right);
        size += right * right;
    }
    parts[0][threadIdx.x] = difference;
    parts[1][threadIdx.x] = size;
    for (int half = kTrialThreads / 2; half > 0; half /= 2) {
        __syncthreads();
        if (threadIdx.x < half)
            for (int part = 0; part < 2; ++part)
                parts[part][threadIdx.x] += parts[part][threadIdx.x + half];
    }
    __syncthreads();
    if (threadIdx.x < 2)
        sums[2 * blockIdx.x + threadIdx.x] = parts[threadIdx.x][0];
}

/// Two events that are destroyed with it.
class Stopwatch {
public:
    Stopwatch() {
        INLAY_CUDA(cudaEventCreate(&from_));
        const cudaError_t status = cudaEventCreate(&to_);
        if (status != cudaSuccess)
            cudaEventDestroy(from_);
        INLAY_CUDA(status);
    }
    ~Stopwatch() {
        cudaEventDestroy(from_);
        cudaEventDestroy(to_);
    }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

    /// Seconds of `times` runs one after the other.
    double time(Queue& queue, const std::function<void()>& enqueue, int times) {
        INLAY_CUDA(cudaEventRecord(from_, queue.stream()));
        for (int i = 0; i < times; ++i)
            enqueue();
        INLAY_CUDA(cudaEventRecord(to_, queue.stream()));
        INLAY_CUDA(cudaEventSynchronize(to_));
        float milliseconds = 0.0f;
        INLAY_CUDA(cudaEventElapsedTime(&milliseconds, from_, to_));
        return 1e-3 * static_cast<double>(milliseconds);
    }

private:
    cudaEvent_t from_ = nullptr;
    cudaEvent_t to_ = nullptr;
};

} // namespace

void fillTrial(Queue& queue, View matrix) {
    if (matrix.size() == 0)
        return;
    fillTrialKernel<<<kBlocks, kTrialThreads, 0, queue.stream()>>>(matrix.as<bf16>(),
                                                                   matrix.size());
    INLAY_CUDA_LAUNCHED("fillTrialKernel");
}

double trialError(Queue& queue, ConstView a, ConstView b) {
    std::vector<double> sums(2 * kBlocks);
    auto* device = static_cast<double*>(queue.scratch(sums.size() * sizeof(double)));
    trialErrorKernel<<<kBlocks, kTrialThreads, 0, queue.stream()>>>(a.as<bf16>(), b.as<bf16>(),
                                                                    a.size(), device);
    INLAY_CUDA_LAUNCHED("trialErrorKernel");
    INLAY_CUDA(cudaMemcpyAsync(sums.data(), device, sums.size() * sizeof(double),
                               cudaMemcpyDeviceToHost, queue.stream()));
    INLAY_CUDA(cudaStreamSynchronize(queue.stream()));
    double difference = 0.0;
    double size = 0.0;
    for (std::size_t i = 0; i < sums.size(); i += 2) {
        difference += sums[i];
        size += sums[i + 1];
    }
    return difference == 0.0 ? 0.0 : difference / size;
}

double trialSeconds(Queue& queue, const std::function<void()>& enqueue) {
    Stopwatch watch;
    watch.time(queue, enqueue, 1);
    const double once = std::max(watch.time(queue, enqueue, 1), 1e-6);
    const int times = std::clamp(static_cast<int>(kRunSeconds / once), 1, 200);
    std::array<double, kRuns> seconds{};
    for (double& second : seconds)
        second = watch.time(queue, enqueue, times) / times;
    std::sort(seconds.begin(), seconds.end());
    return seconds[kRuns / 2];
}

} // namespace inlay::kernels::cuda

// Optimizer steps over lists of parameters: a launch takes as many as fit into its arguments and
// gives every block a chunk of one of them. The numbers that change from step to step are read on
// the device.

#include <algorithm>
#include <cmath>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/packs.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kOptimizerThreads = 256;
/// Elements of one access.
constexpr int kWidth = 4;
/// Accesses of a thread: a chunk is long enough to hide the search for its slot.
constexpr int kRounds = 4;
constexpr std::int64_t kChunk = std::int64_t{kOptimizerThreads} * kWidth * kRounds;

struct Slot {
    float* weight;
    const float* gradient;
    float* first;
    float* second;
    const std::uint8_t* decayMask;
    std::int64_t count;
    std::int32_t firstBlock;
    float rateFactor;
    float decay; // weight decay times the slot's factor
    bool packed;
};

/// A kernel argument of less than 4 KB.
struct SlotList {
    static constexpr int kMost = 56;
    Slot slots[kMost];
    int count;
};
static_assert(sizeof(SlotList) < 3700);

/// A one-element tensor: f32, or i32 for a step count.
struct Scalar {
    const void* data;
    bool integer;
    float otherwise; // when not given

    __device__ float value() const {
        if (data == nullptr)
            return otherwise;
        return integer ? static_cast<float>(*static_cast<const std::int32_t*>(data))
                       : *static_cast<const float*>(data);
    }
};

Scalar scalarOf(ConstView view, float otherwise) {
    assert(!view.given() || view.dtype == DType::F32 || view.dtype == DType::I32);
    return {view.data, view.dtype == DType::I32, otherwise};
}

struct StepNumbers {
    Scalar learningRate;
    Scalar step;
    Scalar gradientScale;
};

struct SgdRule {
    float momentum;
    bool nesterov;

    /// What all elements share.
    struct Shared {
        float gradientScale;
        float rate;
    };
    __device__ Shared shared(const StepNumbers& numbers, const Slot& slot) const {
        return {numbers.gradientScale.value(), numbers.learningRate.value() * slot.rateFactor};
    }
    static constexpr bool kSecond = false;
    __device__ __forceinline__ void apply(const Shared& shared, bool kept, float decay, float& w,
                                          float gradient, float& v, float&) const {
        const float g = shared.gradientScale * gradient + decay * w;
        float step = g;
        if (kept) {
            v = momentum * v + g;
            step = nesterov ? g + momentum * v : v;
        }
        w -= shared.rate * step;
    }
};

struct AdamWRule {
    float beta1;
    float beta2;
    float rest1; // 1 - beta1, rounded once
    float rest2;
    float log1; // ln beta1
    float log2;
    float epsilon;

    struct Shared {
        float gradientScale;
        float rate;
        float correction1; // 1 / (1 - beta1^step)
        float correction2;
    };
    __device__ Shared shared(const StepNumbers& numbers, const Slot& slot) const {
        const float step = numbers.step.value();
        // 1 - beta^step without the cancellation of the first steps.
        return {numbers.gradientScale.value(), numbers.learningRate.value() * slot.rateFactor,
                -1.0f / expm1f(step * log1), -1.0f / expm1f(step * log2)};
    }
    static constexpr bool kSecond = true;
    __device__ __forceinline__ void apply(const Shared& shared, bool, float decay, float& w,
                                          float gradient, float& m, float& v) const {
        const float g = shared.gradientScale * gradient;
        m = beta1 * m + rest1 * g;
        v = beta2 * v + rest2 * g * g;
        const float direction = m * shared.correction1 / (sqrtf(v * shared.correction2) + epsilon);
        w -= shared.rate * (direction + decay * w);
    }
};

/// `count` elements from `i` on, at most kWidth.
template <typename Rule>
__device__ __forceinline__ void stepSome(const Rule& rule, const typename Rule::Shared& shared,
                                         const Slot& slot, std::int64_t i, int count) {
    const bool kept = slot.first != nullptr;
    float weight[kWidth];
    float gradient[kWidth];
    float first[kWidth] = {};
    float second[kWidth] = {};
    loadSome(slot.weight + i, count, slot.packed, weight);
    loadSome(slot.gradient + i, count, slot.packed, gradient);
    if (kept)
        loadSome(slot.first + i, count, slot.packed, first);
    if (Rule::kSecond)
        loadSome(slot.second + i, count, slot.packed, second);
    std::uint32_t mask = 0x01010101u;
    if (slot.decayMask != nullptr) {
        if (slot.packed && count >= kWidth) {
            mask = *reinterpret_cast<const std::uint32_t*>(slot.decayMask + i);
        } else {
            mask = 0;
            for (int e = 0; e < count; ++e)
                mask |= static_cast<std::uint32_t>(slot.decayMask[i + e]) << (8 * e);
        }
    }
#pragma unroll
    for (int e = 0; e < kWidth; ++e) {
        const float decay = (mask >> (8 * e) & 0xFFu) != 0 ? slot.decay : 0.0f;
        rule.apply(shared, kept, decay, weight[e], gradient[e], first[e], second[e]);
    }
    storeSome(slot.weight + i, count, slot.packed, weight);
    if (kept)
        storeSome(slot.first + i, count, slot.packed, first);
    if (Rule::kSecond)
        storeSome(slot.second + i, count, slot.packed, second);
}

template <typename Rule>
__global__ void __launch_bounds__(kOptimizerThreads)
    stepKernel(const __grid_constant__ SlotList list, Rule rule, StepNumbers numbers) {
    int low = 0;
    for (int high = list.count; high - low > 1;) {
        const int middle = (low + high) / 2;
        (list.slots[middle].firstBlock <= static_cast<std::int32_t>(blockIdx.x) ? low : high) =
            middle;
    }
    const Slot& slot = list.slots[low];
    const typename Rule::Shared shared = rule.shared(numbers, slot);
    const std::int64_t begin = static_cast<std::int64_t>(blockIdx.x - slot.firstBlock) * kChunk;
#pragma unroll
    for (int round = 0; round < kRounds; ++round) {
        const std::int64_t i =
            begin + (static_cast<std::int64_t>(round) * kOptimizerThreads + threadIdx.x) * kWidth;
        if (i < slot.count)
            stepSome(rule, shared, slot, i,
                     static_cast<int>(min(slot.count - i, std::int64_t{kWidth})));
    }
}

bool aligned(const void* pointer, std::uintptr_t bytes) {
    return reinterpret_cast<std::uintptr_t>(pointer) % bytes == 0;
}

template <typename Rule>
void step(Queue& queue, const Rule& rule, double weightDecay, const StepScalars& scalars,
          std::span<const OptimizerSlot> slots) {
    const StepNumbers numbers{scalarOf(scalars.learningRate, 0.0f), scalarOf(scalars.step, 1.0f),
                              scalarOf(scalars.gradientScale, 1.0f)};
    SlotList list;
    list.count = 0;
    std::int64_t blocks = 0;
    const auto launch = [&] {
        if (list.count == 0)
            return;
        stepKernel<<<static_cast<unsigned>(blocks), kOptimizerThreads, 0, queue.stream()>>>(
            list, rule, numbers);
        INLAY_CUDA_LAUNCHED("stepKernel");
        list.count = 0;
        blocks = 0;
    };
    for (const OptimizerSlot& slot : slots) {
        if (slot.count == 0)
            continue;
        if (slot.dtype != DType::F32)
            throw Error("cuda optimizers take f32 parameters.");
        list.slots[list.count++] = {static_cast<float*>(slot.weight),
                                    static_cast<const float*>(slot.gradient),
                                    static_cast<float*>(slot.first),
                                    static_cast<float*>(slot.second),
                                    slot.decayMask,
                                    slot.count,
                                    static_cast<std::int32_t>(blocks),
                                    static_cast<float>(slot.learningRate),
                                    static_cast<float>(weightDecay * slot.decay),
                                    aligned(slot.weight, 16) && aligned(slot.gradient, 16) &&
                                        aligned(slot.first, 16) && aligned(slot.second, 16) &&
                                        aligned(slot.decayMask, 4)};
        blocks += (slot.count + kChunk - 1) / kChunk;
        if (list.count == SlotList::kMost)
            launch();
    }
    launch();
}

} // namespace

void CudaBackend::sgdStep(const Sgd& spec, StepScalars scalars,
                          std::span<const OptimizerSlot> slots) {
    step(*queue_, SgdRule{static_cast<float>(spec.momentum), spec.nesterov}, spec.weightDecay,
         scalars, slots);
}

void CudaBackend::adamwStep(const AdamW& spec, StepScalars scalars,
                            std::span<const OptimizerSlot> slots) {
    const AdamWRule rule{
        static_cast<float>(spec.beta1),           static_cast<float>(spec.beta2),
        static_cast<float>(1.0 - spec.beta1),     static_cast<float>(1.0 - spec.beta2),
        static_cast<float>(std::log(spec.beta1)), static_cast<float>(std::log(spec.beta2)),
        static_cast<float>(spec.epsilon)};
    step(*queue_, rule, spec.weightDecay, scalars, slots);
}

} // namespace inlay::kernels

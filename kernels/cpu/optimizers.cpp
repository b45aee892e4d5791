// One pass over all parameters: the slots are cut in chunks of equal size that form one list.

#include <cmath>

#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

double scalarOr(ConstView view, double otherwise) {
    if (!view.given())
        return otherwise;
    if (view.dtype == DType::I32)
        return static_cast<double>(*view.as<std::int32_t>());
    assert(view.dtype == DType::F32);
    return static_cast<double>(*view.as<float>());
}

/// Calls body(slot, begin, end) for every chunk of every slot, in parallel.
template <typename Body>
void overSlots(std::span<const OptimizerSlot> slots, Body&& body) {
    std::int64_t chunks = 0;
    for (const OptimizerSlot& slot : slots)
        chunks += (slot.count + kSpanGrain - 1) / kSpanGrain;
    parallelFor(chunks, 1, [&](std::int64_t first, std::int64_t last) {
        std::int64_t chunk = 0;
        for (const OptimizerSlot& slot : slots) {
            const std::int64_t own = (slot.count + kSpanGrain - 1) / kSpanGrain;
            for (std::int64_t c = std::max(first, chunk); c < std::min(last, chunk + own); ++c) {
                const std::int64_t begin = (c - chunk) * kSpanGrain;
                body(slot, begin, std::min(begin + kSpanGrain, slot.count));
            }
            chunk += own;
            if (chunk >= last)
                break;
        }
    });
}

} // namespace

void CpuBackend::sgdStep(const Sgd& spec, StepScalars scalars,
                         std::span<const OptimizerSlot> slots) {
    const double gradientScale = scalarOr(scalars.gradientScale, 1.0);
    const double learningRate = scalarOr(scalars.learningRate, 0.0);
    overSlots(slots, [&](const OptimizerSlot& slot, std::int64_t begin, std::int64_t end) {
        assert(slot.dtype == DType::F32 && (slot.first != nullptr || spec.momentum == 0.0));
        SgdStep step;
        step.weight = static_cast<float*>(slot.weight);
        step.gradient = static_cast<const float*>(slot.gradient);
        step.velocity = static_cast<float*>(slot.first);
        step.decayMask = slot.decayMask;
        step.momentum = static_cast<float>(spec.momentum);
        step.nesterov = spec.nesterov;
        step.gradientScale = static_cast<float>(gradientScale);
        step.rate = static_cast<float>(learningRate * slot.learningRate);
        step.decay = static_cast<float>(spec.weightDecay * slot.decay);
        kernels_.sgd(step, begin, end);
    });
}

void CpuBackend::adamwStep(const AdamW& spec, StepScalars scalars,
                           std::span<const OptimizerSlot> slots) {
    const double gradientScale = scalarOr(scalars.gradientScale, 1.0);
    const double learningRate = scalarOr(scalars.learningRate, 0.0);
    const double count = scalarOr(scalars.step, 1.0);
    const double firstCorrection = 1.0 / (1.0 - std::pow(spec.beta1, count));
    const double secondCorrection = 1.0 / (1.0 - std::pow(spec.beta2, count));
    overSlots(slots, [&](const OptimizerSlot& slot, std::int64_t begin, std::int64_t end) {
        assert(slot.dtype == DType::F32);
        AdamStep step;
        step.weight = static_cast<float*>(slot.weight);
        step.gradient = static_cast<const float*>(slot.gradient);
        step.first = static_cast<float*>(slot.first);
        step.second = static_cast<float*>(slot.second);
        step.decayMask = slot.decayMask;
        step.beta1 = static_cast<float>(spec.beta1);
        step.beta2 = static_cast<float>(spec.beta2);
        step.epsilon = static_cast<float>(spec.epsilon);
        step.gradientScale = static_cast<float>(gradientScale);
        step.rate = static_cast<float>(learningRate * slot.learningRate);
        step.decay = static_cast<float>(spec.weightDecay * slot.decay);
        step.firstCorrection = static_cast<float>(firstCorrection);
        step.secondCorrection = static_cast<float>(secondCorrection);
        kernels_.adam(step, begin, end);
    });
}

} // namespace inlay::kernels

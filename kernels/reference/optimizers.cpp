#include <cmath>

#include "kernels/elements.h"
#include "kernels/reference/reference_backend.h"

namespace inlay::kernels {
namespace {

double scalarOr(ConstView view, double otherwise) {
    return view.given() ? loadElement(view.data, view.dtype, 0) : otherwise;
}

double decayOf(const OptimizerSlot& slot, std::int64_t i, double weightDecay) {
    const bool decays = slot.decayMask == nullptr || slot.decayMask[i] != 0;
    return decays ? weightDecay * slot.decay : 0.0;
}

} // namespace

void ReferenceBackend::sgdStep(const Sgd& spec, StepScalars scalars,
                               std::span<const OptimizerSlot> slots) {
    const double gradientScale = scalarOr(scalars.gradientScale, 1.0);
    for (const OptimizerSlot& slot : slots) {
        const double rate = scalarOr(scalars.learningRate, 0.0) * slot.learningRate;
        for (std::int64_t i = 0; i < slot.count; ++i) {
            const double w = loadElement(slot.weight, slot.dtype, i);
            const double g = gradientScale * loadElement(slot.gradient, slot.dtype, i) +
                             decayOf(slot, i, spec.weightDecay) * w;
            double step = g;
            if (slot.first != nullptr) {
                const double v = spec.momentum * loadElement(slot.first, slot.dtype, i) + g;
                storeElement(slot.first, slot.dtype, i, v);
                step = spec.nesterov ? g + spec.momentum * v : v;
            } else {
                assert(spec.momentum == 0.0);
            }
            storeElement(slot.weight, slot.dtype, i, w - rate * step);
        }
    }
}

void ReferenceBackend::adamwStep(const AdamW& spec, StepScalars scalars,
                                 std::span<const OptimizerSlot> slots) {
    const double gradientScale = scalarOr(scalars.gradientScale, 1.0);
    const double step = scalarOr(scalars.step, 1.0);
    const double firstCorrection = 1.0 - std::pow(spec.beta1, step);
    const double secondCorrection = 1.0 - std::pow(spec.beta2, step);
    for (const OptimizerSlot& slot : slots) {
        const double rate = scalarOr(scalars.learningRate, 0.0) * slot.learningRate;
        for (std::int64_t i = 0; i < slot.count; ++i) {
            const double w = loadElement(slot.weight, slot.dtype, i);
            const double g = gradientScale * loadElement(slot.gradient, slot.dtype, i);
            const double m =
                spec.beta1 * loadElement(slot.first, slot.dtype, i) + (1.0 - spec.beta1) * g;
            const double v =
                spec.beta2 * loadElement(slot.second, slot.dtype, i) + (1.0 - spec.beta2) * g * g;
            storeElement(slot.first, slot.dtype, i, m);
            storeElement(slot.second, slot.dtype, i, v);
            const double direction =
                m / firstCorrection / (std::sqrt(v / secondCorrection) + spec.epsilon);
            storeElement(slot.weight, slot.dtype, i,
                         w - rate * (direction + decayOf(slot, i, spec.weightDecay) * w));
        }
    }
}

} // namespace inlay::kernels

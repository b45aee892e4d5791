#pragma once

#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/levels/simd.h"

namespace inlay::kernels {
namespace {

/// `decay` for the lanes whose mask is not zero.
inline Vec maskedDecay(const std::uint8_t* mask, std::int64_t i, std::int64_t end, float decay) {
    if (mask == nullptr)
        return broadcast(decay);
    Vec result{};
    const std::int64_t count = end - i < kWidth ? end - i : kWidth;
    for (std::int64_t lane = 0; lane < count; ++lane)
        result[lane] = mask[i + lane] != 0 ? decay : 0.0f;
    return result;
}

void adam(const cpu::AdamStep& s, std::int64_t begin, std::int64_t end) {
    overLanes(end - begin, [&](std::int64_t offset, auto lanes) {
        const std::int64_t i = begin + offset;
        const Vec g = s.gradientScale * load(s.gradient + i, lanes);
        const Vec w = load(s.weight + i, lanes);
        const Vec m = fma(broadcast(s.beta1), load(s.first + i, lanes), (1.0f - s.beta1) * g);
        const Vec v = fma(broadcast(s.beta2), load(s.second + i, lanes), (1.0f - s.beta2) * g * g);
        store(s.first + i, m, lanes);
        store(s.second + i, v, lanes);
        const Vec direction =
            m * s.firstCorrection / (squareRoot(v * s.secondCorrection) + s.epsilon);
        const Vec step = fma(maskedDecay(s.decayMask, i, end, s.decay), w, direction);
        store(s.weight + i, fma(broadcast(-s.rate), step, w), lanes);
    });
}

void sgd(const cpu::SgdStep& s, std::int64_t begin, std::int64_t end) {
    overLanes(end - begin, [&](std::int64_t offset, auto lanes) {
        const std::int64_t i = begin + offset;
        const Vec w = load(s.weight + i, lanes);
        const Vec g = fma(maskedDecay(s.decayMask, i, end, s.decay), w,
                          s.gradientScale * load(s.gradient + i, lanes));
        Vec step = g;
        if (s.velocity != nullptr) {
            const Vec v = fma(broadcast(s.momentum), load(s.velocity + i, lanes), g);
            store(s.velocity + i, v, lanes);
            step = s.nesterov ? fma(broadcast(s.momentum), v, g) : v;
        }
        store(s.weight + i, fma(broadcast(-s.rate), step, w), lanes);
    });
}

} // namespace
} // namespace inlay::kernels

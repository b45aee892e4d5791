#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

void checkShapes([[maybe_unused]] const Attention& spec, [[maybe_unused]] ConstView q,
                 [[maybe_unused]] ConstView k, [[maybe_unused]] ConstView v) {
    assert(spec.kvHeads > 0 && spec.heads % spec.kvHeads == 0 && isF32({q, k, v}));
    assert(q.rows == spec.batch * spec.tokens && q.cols == spec.heads * spec.headDim);
    assert(k.rows == q.rows && k.cols == spec.kvHeads * spec.headDim && sameShape(k, v));
}

/// Pairs of a sequence and a key head of one chunk: about 20 microseconds of work.
std::int64_t headGrain(const Attention& spec) {
    const std::int64_t work =
        spec.tokens * spec.tokens * spec.headDim * (spec.heads / spec.kvHeads);
    return std::max<std::int64_t>(1, (std::int64_t{1} << 17) / std::max<std::int64_t>(1, work));
}

/// The operands of head `head` of sequence `sequence`, forward.
AttentionHead headOf(const Attention& spec, std::int64_t sequence, std::int64_t head, ConstView q,
                     ConstView k, ConstView v) {
    const std::int64_t row = sequence * spec.tokens;
    const std::int64_t query = head * spec.headDim;
    const std::int64_t key = head / (spec.heads / spec.kvHeads) * spec.headDim;
    AttentionHead h;
    h.tokens = spec.tokens;
    h.headDim = spec.headDim;
    h.scale = static_cast<float>(spec.scale);
    h.causal = spec.causal;
    h.q = rowOf(q, row) + query;
    h.k = rowOf(k, row) + key;
    h.v = rowOf(v, row) + key;
    h.qStride = q.stride;
    h.kStride = k.stride;
    h.vStride = v.stride;
    return h;
}

} // namespace

void CpuBackend::attention(const Attention& spec, ConstView q, ConstView k, ConstView v, View out,
                           View logSumExp, Workspace) {
    checkShapes(spec, q, k, v);
    assert(sameShape(q, out) && logSumExp.rows == spec.batch * spec.heads &&
           logSumExp.cols == spec.tokens && isF32({out, logSumExp}));
    if (spec.batch * spec.tokens == 0)
        return;
    const auto at = [&](std::int64_t i) {
        const std::int64_t sequence = i / spec.heads;
        const std::int64_t head = i % spec.heads;
        AttentionHead h = headOf(spec, sequence, head, q, k, v);
        h.out = rowOf(out, sequence * spec.tokens) + head * spec.headDim;
        h.outStride = out.stride;
        h.logSumExp = rowOf(logSumExp, i);
        return h;
    };
    parallelFor(
        spec.batch * spec.heads, headGrain(spec), [&](std::int64_t begin, std::int64_t end) {
            ScratchScope scratch;
            float* memory = scratch.floats(kernels_.attentionScratch(spec.tokens, spec.headDim));
            for (std::int64_t i = begin; i < end; ++i)
                kernels_.attention(at(i), memory);
        });
}

void CpuBackend::attentionBackward(const Attention& spec, ConstView q, ConstView k, ConstView v,
                                   ConstView out, ConstView logSumExp, ConstView g, View dq,
                                   View dk, View dv, Workspace) {
    checkShapes(spec, q, k, v);
    assert(sameShape(q, out) && sameShape(q, g) && sameShape(q, dq) && sameShape(k, dk) &&
           sameShape(v, dv) && isF32({out, logSumExp, g, dq, dk, dv}));
    if (spec.batch * spec.tokens == 0)
        return;
    const std::int64_t group = spec.heads / spec.kvHeads;
    const auto at = [&](std::int64_t i, std::int64_t member) {
        const std::int64_t sequence = i / spec.kvHeads;
        const std::int64_t head = i % spec.kvHeads * group + member;
        const std::int64_t row = sequence * spec.tokens;
        const std::int64_t query = head * spec.headDim;
        const std::int64_t key = i % spec.kvHeads * spec.headDim;
        AttentionHead h = headOf(spec, sequence, head, q, k, v);
        h.g = rowOf(g, row) + query;
        h.gStride = g.stride;
        h.out = const_cast<float*>(rowOf(out, row)) + query;
        h.outStride = out.stride;
        h.logSumExp = const_cast<float*>(rowOf(logSumExp, sequence * spec.heads + head));
        h.dq = rowOf(dq, row) + query;
        h.dqStride = dq.stride;
        h.dk = rowOf(dk, row) + key;
        h.dkStride = dk.stride;
        h.dv = rowOf(dv, row) + key;
        h.dvStride = dv.stride;
        h.addToKeys = member > 0;
        return h;
    };
    parallelFor(
        spec.batch * spec.kvHeads, headGrain(spec), [&](std::int64_t begin, std::int64_t end) {
            ScratchScope scratch;
            float* memory = scratch.floats(kernels_.attentionScratch(spec.tokens, spec.headDim));
            for (std::int64_t i = begin; i < end; ++i)
                for (std::int64_t member = 0; member < group; ++member)
                    kernels_.attentionBackward(at(i, member), memory);
        });
}

std::size_t CpuBackend::attentionScratch(const Attention&, DType) const {
    return 0;
}

std::size_t CpuBackend::attentionBackwardScratch(const Attention&, DType) const {
    return 0;
}

} // namespace inlay::kernels

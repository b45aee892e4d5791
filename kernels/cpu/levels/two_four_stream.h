#pragma once

// The product with streamed 2:4 weights. Lanes are rows of X: a kept weight is broadcast and meets
// the panel row of its feature straight from the first level of cache, where the panel of a block
// of features stays while a block of outputs passes. What limits it is loads: one for each
// multiply-add of a vector and about one more for each weight, so an output takes as many vectors
// at a time as there are registers for. Each sum adds its terms in the order of the features.

#include "kernels/cpu/levels/product.h"

namespace inlay::kernels {
namespace {

using cpu::kStreamFeatures;
using cpu::kStreamLanes;
using cpu::kStreamOutputs;
using cpu::TwoFourStream;

constexpr int kLaneVectors = static_cast<int>(kStreamLanes) / kWidth;
/// Of the sums of one output that are kept in registers together.
constexpr int kSumVectors = kLaneVectors < 12 ? kLaneVectors : kWidth == 4 ? 8 : 12;
/// Floats of the stream that are asked for ahead.
constexpr std::int64_t kStreamAhead = 1024;

std::int64_t streamScratch(std::int64_t in) {
    return (in + kStreamOutputs) * kStreamLanes;
}

/// sums (one output) += kept weights times their features; starts from zero when `first`.
template <int vectors>
void streamOutput(const float* panel, const float* values, const std::uint16_t* places,
                  std::int64_t kept, bool first, float* sums) {
    Vec sum[vectors];
#pragma GCC unroll 12
    for (int v = 0; v < vectors; ++v)
        sum[v] = first ? Vec{} : load(sums + v * kWidth);
    __builtin_prefetch(values + kStreamAhead);
    __builtin_prefetch(values + kStreamAhead + 16);
    __builtin_prefetch(places + kStreamAhead);
    const auto add = [&](float value, std::uint64_t place) {
        const float* x =
            reinterpret_cast<const float*>(reinterpret_cast<const char*>(panel) + (place & 0xffff));
        const Vec w = broadcast(value);
#pragma GCC unroll 12
        for (int v = 0; v < vectors; ++v)
            sum[v] = fma(w, load(x + v * kWidth), sum[v]);
    };
    std::int64_t i = 0;
    for (; i + 4 <= kept; i += 4) {
        // Four places in one load.
        std::uint64_t four;
        __builtin_memcpy(&four, places + i, sizeof four);
        add(values[i], four);
        add(values[i + 1], four >> 16);
        add(values[i + 2], four >> 32);
        add(values[i + 3], four >> 48);
    }
    for (; i < kept; ++i)
        add(values[i], places[i]);
#pragma GCC unroll 12
    for (int v = 0; v < vectors; ++v)
        store(sums + v * kWidth, sum[v]);
}

using StreamOutput = void (*)(const float*, const float*, const std::uint16_t*, std::int64_t, bool,
                              float*);

StreamOutput streamOutputOf(int vectors) {
    static_assert(kSumVectors <= 12);
    constexpr StreamOutput table[] = {streamOutput<1>,  streamOutput<2>,  streamOutput<3>,
                                      streamOutput<4>,  streamOutput<5>,  streamOutput<6>,
                                      streamOutput<7>,  streamOutput<8>,  streamOutput<9>,
                                      streamOutput<10>, streamOutput<11>, streamOutput<12>};
    return table[vectors - 1];
}

/// The sums of `outputs` outputs from `begin`, whose stream starts at `values`.
inline void streamBlock(const TwoFourStream& op, std::int64_t begin, std::int64_t outputs,
                        int vectors, const float* panel, float* sums) {
    const float* values = op.values + begin * op.in / 2;
    const std::uint16_t* places = op.places + begin * op.in / 2;
    for (std::int64_t f = 0; f < op.in; f += kStreamFeatures) {
        const std::int64_t kept = (op.in - f < kStreamFeatures ? op.in - f : kStreamFeatures) / 2;
        for (int v = 0; v < vectors; v += kSumVectors) {
            const int some = vectors - v < kSumVectors ? vectors - v : kSumVectors;
            const StreamOutput run = streamOutputOf(some);
            const float* block = panel + f * kStreamLanes + v * kWidth;
            for (std::int64_t o = 0; o < outputs; ++o)
                run(block, values + o * kept, places + o * kept, kept, f == 0,
                    sums + o * kStreamLanes + v * kWidth);
        }
        values += outputs * kept;
        places += outputs * kept;
    }
}

void twoFourStream(const TwoFourStream& op, std::int64_t row, std::int64_t rows, std::int64_t begin,
                   std::int64_t end, float* scratch) {
    float* panel = scratch;
    float* sums = scratch + op.in * kStreamLanes;
    const int vectors = static_cast<int>((rows + kWidth - 1) / kWidth);
    transpose(op.x + row * op.xStride, op.xStride, panel, kStreamLanes, rows, op.in);
    if (rows < vectors * kWidth)
        for (std::int64_t f = 0; f < op.in; ++f)
            for (std::int64_t r = rows; r < vectors * kWidth; ++r)
                panel[f * kStreamLanes + r] = 0.0f;
    for (std::int64_t o = begin; o < end; o += kStreamOutputs) {
        const std::int64_t outputs = end - o < kStreamOutputs ? end - o : kStreamOutputs;
        if (op.in == 0)
            for (std::int64_t i = 0; i < outputs * kStreamLanes; ++i)
                sums[i] = 0.0f;
        streamBlock(op, o, outputs, vectors, panel, sums);
        float* y = op.y + row * op.yStride + o;
        transpose(sums, kStreamLanes, y, op.yStride, outputs, rows);
        if (op.epilogue.any()) {
            cpu::RowEpilogue epilogue = op.epilogue;
            if (epilogue.bias != nullptr)
                epilogue.bias += o;
            if (epilogue.pre != nullptr)
                epilogue.pre += row * epilogue.preStride + o;
            if (epilogue.residual != nullptr)
                epilogue.residual += row * epilogue.residualStride + o;
            epilogueRows(epilogue, y, op.yStride, rows, outputs);
        }
    }
}

} // namespace
} // namespace inlay::kernels

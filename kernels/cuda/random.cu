// Random numbers: the words of Philox that the other devices take for the same element.

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/elementwise.cuh"
#include "kernels/philox.h"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kThreads = 256;
/// Numbers of a thread.
constexpr int kUnit = 4;

enum class Draw : std::uint8_t { Uniform, Normal };

/// low + (high - low) (1 - u), or mean + deviation sqrt(-2 ln u1) cos(2 pi u2).
struct Distribution {
    Draw draw;
    float offset;
    float scale;
};

/// Numbers 4 unit … 4 unit + 3 of the sequence. A uniform one takes one word, a normal one two.
__device__ __forceinline__ void numbers(const PhiloxState& state, std::int64_t unit,
                                        const Distribution& distribution, float out[kUnit]) {
    const auto position = static_cast<std::uint64_t>(unit);
    if (distribution.draw == Draw::Uniform) {
        const PhiloxBlock block = philox(state.key, state.stream, state.counter + position);
#pragma unroll
        for (int i = 0; i < kUnit; ++i)
            out[i] =
                fmaf(distribution.scale, 1.0f - unitInterval(block.word[i]), distribution.offset);
        return;
    }
#pragma unroll
    for (int half = 0; half < 2; ++half) {
        const PhiloxBlock block =
            philox(state.key, state.stream, state.counter + 2 * position + half);
#pragma unroll
        for (int i = 0; i < 2; ++i) {
            const float radius = sqrtf(-2.0f * logf(unitInterval(block.word[2 * i])));
            const float cosine = cospif(2.0f * unitInterval(block.word[2 * i + 1]));
            out[2 * half + i] = fmaf(distribution.scale, radius * cosine, distribution.offset);
        }
    }
}

template <typename T>
__global__ void __launch_bounds__(kThreads)
    fillRandomKernel(Matrix<T> y, PhiloxState state, const std::int32_t* counter,
                     Distribution distribution, bool packed) {
    const std::int64_t unit = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
    const std::int64_t size = y.rows * y.cols;
    const std::int64_t begin = unit * kUnit;
    if (begin >= size)
        return;
    if (counter != nullptr)
        state.stream += static_cast<std::uint64_t>(static_cast<std::int64_t>(*counter));
    float value[kUnit];
    numbers(state, unit, distribution, value);
    if (packed && begin + kUnit <= size) {
        Pack<T, kUnit> pack;
#pragma unroll
        for (int i = 0; i < kUnit; ++i)
            pack.value[i] = fromFloat<T>(value[i]);
        writePack<kUnit>(y.data + begin, pack);
        return;
    }
    std::int64_t row = begin / y.cols;
    std::int64_t col = begin - row * y.cols;
#pragma unroll
    for (int i = 0; i < kUnit; ++i) {
        if (begin + i >= size)
            return;
        y(row, col) = fromFloat<T>(value[i]);
        if (++col == y.cols) {
            col = 0;
            ++row;
        }
    }
}

void fillRandom(Queue& queue, View y, const PhiloxState& state, ConstView counter,
                const Distribution& distribution) {
    assert(!counter.given() || (counter.dtype == DType::I32 && counter.size() == 1));
    if (y.size() == 0)
        return;
    withFloating(y.dtype, [&](auto zero) {
        using T = decltype(zero);
        View flat = y;
        flat.rows = 1;
        const bool packed = y.contiguous() && packable(flat, kUnit);
        const std::int64_t perBlock = std::int64_t{kThreads} * kUnit;
        const auto blocks = static_cast<unsigned>((y.size() + perBlock - 1) / perBlock);
        fillRandomKernel<<<blocks, kThreads, 0, queue.stream()>>>(
            matrixOf<T>(y), state, counter.as<std::int32_t>(), distribution, packed);
        INLAY_CUDA_LAUNCHED("fillRandomKernel");
    });
}

} // namespace

void CudaBackend::fillUniform(View y, PhiloxState state, ConstView counter, double low,
                              double high) {
    fillRandom(*queue_, y, state, counter,
               {Draw::Uniform, static_cast<float>(low), static_cast<float>(high - low)});
}

void CudaBackend::fillNormal(View y, PhiloxState state, ConstView counter, double mean,
                             double deviation) {
    fillRandom(*queue_, y, state, counter,
               {Draw::Normal, static_cast<float>(mean), static_cast<float>(deviation)});
}

} // namespace inlay::kernels

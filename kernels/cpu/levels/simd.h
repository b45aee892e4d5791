#pragma once

// A vector of kWidth floats over the compiler's vector extensions. Included by the level sources
// only, each compiled for its own instruction set: everything here has internal linkage, so that
// no function made for a newer processor can be picked by the linker for an older one.

#include <cstddef>
#include <cstdint>
#include <immintrin.h>

namespace inlay::kernels {
namespace {

constexpr int kWidth = INLAY_SIMD_WIDTH;

typedef float Vec __attribute__((vector_size(4 * INLAY_SIMD_WIDTH)));
typedef std::int32_t IVec __attribute__((vector_size(4 * INLAY_SIMD_WIDTH)));
typedef float UnalignedVec
    __attribute__((vector_size(4 * INLAY_SIMD_WIDTH), aligned(4), may_alias));

/// All lanes of a vector, or its first `count`.
struct Full {};
struct Part {
    int count;
};

inline Vec broadcast(float x) {
    return x - Vec{};
}

inline Vec load(const float* p) {
    return *reinterpret_cast<const UnalignedVec*>(p);
}

inline Vec load(const float* p, Full) {
    return load(p);
}

inline void store(float* p, Vec v) {
    *reinterpret_cast<UnalignedVec*>(p) = v;
}

inline void store(float* p, Vec v, Full) {
    store(p, v);
}

#if INLAY_SIMD_WIDTH == 16

inline __mmask16 maskOf(Part part) {
    return static_cast<__mmask16>((1u << part.count) - 1u);
}
inline Vec load(const float* p, Part part) {
    return reinterpret_cast<Vec>(_mm512_maskz_loadu_ps(maskOf(part), p));
}
inline void store(float* p, Vec v, Part part) {
    _mm512_mask_storeu_ps(p, maskOf(part), reinterpret_cast<__m512>(v));
}
inline Vec fma(Vec a, Vec b, Vec c) {
    return reinterpret_cast<Vec>(_mm512_fmadd_ps(
        reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b), reinterpret_cast<__m512>(c)));
}
inline Vec squareRoot(Vec v) {
    return reinterpret_cast<Vec>(_mm512_sqrt_ps(reinterpret_cast<__m512>(v)));
}

#else

inline Vec load(const float* p, Part part) {
    Vec v{};
    for (int i = 0; i < part.count; ++i)
        v[i] = p[i];
    return v;
}
inline void store(float* p, Vec v, Part part) {
    for (int i = 0; i < part.count; ++i)
        p[i] = v[i];
}

#if INLAY_SIMD_WIDTH == 8

inline Vec fma(Vec a, Vec b, Vec c) {
    return reinterpret_cast<Vec>(_mm256_fmadd_ps(
        reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b), reinterpret_cast<__m256>(c)));
}
inline Vec squareRoot(Vec v) {
    return reinterpret_cast<Vec>(_mm256_sqrt_ps(reinterpret_cast<__m256>(v)));
}

#else

inline Vec fma(Vec a, Vec b, Vec c) {
    return a * b + c;
}
inline Vec squareRoot(Vec v) {
    return reinterpret_cast<Vec>(_mm_sqrt_ps(reinterpret_cast<__m128>(v)));
}

#endif
#endif

inline Vec maximum(Vec a, Vec b) {
    return a > b ? a : b;
}

inline Vec absolute(Vec v) {
    return reinterpret_cast<Vec>(reinterpret_cast<IVec>(v) & 0x7fffffff);
}

/// The lanes added (or compared) in a fixed tree.
inline float reduceAdd(Vec v) {
    float lane[kWidth];
    store(lane, v);
    for (int half = kWidth / 2; half > 0; half /= 2)
        for (int i = 0; i < half; ++i)
            lane[i] += lane[i + half];
    return lane[0];
}

inline float reduceMax(Vec v) {
    float lane[kWidth];
    store(lane, v);
    for (int half = kWidth / 2; half > 0; half /= 2)
        for (int i = 0; i < half; ++i)
            lane[i] = lane[i] > lane[i + half] ? lane[i] : lane[i + half];
    return lane[0];
}

inline double reduceAddDouble(Vec v) {
    double total = 0.0;
    for (int i = 0; i < kWidth; ++i)
        total += static_cast<double>(v[i]);
    return total;
}

/// Calls body(offset, Full) for each whole vector of `count` floats and body(offset, Part) for
/// what is left.
template <typename Body>
inline void overLanes(std::int64_t count, Body&& body) {
    std::int64_t i = 0;
    for (; i + kWidth <= count; i += kWidth)
        body(i, Full{});
    if (i < count)
        body(i, Part{static_cast<int>(count - i)});
}

inline std::int64_t padded(std::int64_t count) {
    return (count + kWidth - 1) / kWidth * kWidth;
}

} // namespace
} // namespace inlay::kernels

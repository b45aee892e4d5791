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

/// b where one of the two is NaN, as the instructions have it; compilers do not find them.
inline Vec maximum(Vec a, Vec b) {
#if INLAY_SIMD_WIDTH == 16
    return reinterpret_cast<Vec>(
        _mm512_max_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)));
#elif INLAY_SIMD_WIDTH == 8
    return reinterpret_cast<Vec>(
        _mm256_max_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b)));
#else
    return reinterpret_cast<Vec>(
        _mm_max_ps(reinterpret_cast<__m128>(a), reinterpret_cast<__m128>(b)));
#endif
}

inline Vec minimum(Vec a, Vec b) {
#if INLAY_SIMD_WIDTH == 16
    return reinterpret_cast<Vec>(
        _mm512_min_ps(reinterpret_cast<__m512>(a), reinterpret_cast<__m512>(b)));
#elif INLAY_SIMD_WIDTH == 8
    return reinterpret_cast<Vec>(
        _mm256_min_ps(reinterpret_cast<__m256>(a), reinterpret_cast<__m256>(b)));
#else
    return reinterpret_cast<Vec>(
        _mm_min_ps(reinterpret_cast<__m128>(a), reinterpret_cast<__m128>(b)));
#endif
}

/// 1 / x to about a unit in the last place: the processor's estimate and a step of Newton's, half
/// the time of a division. For 1 <= x <= 1e37.
inline Vec reciprocal(Vec x) {
#if INLAY_SIMD_WIDTH == 16
    const Vec r = reinterpret_cast<Vec>(_mm512_rcp14_ps(reinterpret_cast<__m512>(x)));
#elif INLAY_SIMD_WIDTH == 8
    const Vec r = reinterpret_cast<Vec>(_mm256_rcp_ps(reinterpret_cast<__m256>(x)));
#else
    const Vec r = reinterpret_cast<Vec>(_mm_rcp_ps(reinterpret_cast<__m128>(x)));
#endif
    return fma(fma(-x, r, broadcast(1.0f)), r, r);
}

inline Vec absolute(Vec v) {
    return reinterpret_cast<Vec>(reinterpret_cast<IVec>(v) & 0x7fffffff);
}

/// The lanes added in a fixed tree: halves, then halves of the halves.
inline float reduceAdd(__m128 v) {
    v = _mm_add_ps(v, _mm_movehl_ps(v, v));
    return _mm_cvtss_f32(_mm_add_ss(v, _mm_shuffle_ps(v, v, 1)));
}

inline float reduceMax(__m128 v) {
    v = _mm_max_ps(v, _mm_movehl_ps(v, v));
    return _mm_cvtss_f32(_mm_max_ss(v, _mm_shuffle_ps(v, v, 1)));
}

/// The four sums of the lanes of four vectors.
inline __m128 reduceAdd4(__m128 a, __m128 b, __m128 c, __m128 d) {
    _MM_TRANSPOSE4_PS(a, b, c, d);
    return _mm_add_ps(_mm_add_ps(a, b), _mm_add_ps(c, d));
}

#if INLAY_SIMD_WIDTH >= 8
inline __m128 folded(__m256 v) {
    return _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
}
inline __m128 foldedMax(__m256 v) {
    return _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
}
inline float reduceAdd(__m256 v) {
    return reduceAdd(folded(v));
}
inline float reduceMax(__m256 v) {
    return reduceMax(foldedMax(v));
}
inline __m128 reduceAdd4(__m256 a, __m256 b, __m256 c, __m256 d) {
    return reduceAdd4(folded(a), folded(b), folded(c), folded(d));
}
#endif

#if INLAY_SIMD_WIDTH == 16
inline __m256 upperHalf(__m512 v) {
    return _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(v), 1));
}
inline float reduceAdd(__m512 v) {
    return reduceAdd(_mm256_add_ps(_mm512_castps512_ps256(v), upperHalf(v)));
}
inline float reduceMax(__m512 v) {
    return reduceMax(_mm256_max_ps(_mm512_castps512_ps256(v), upperHalf(v)));
}
inline __m128 reduceAdd4(__m512 a, __m512 b, __m512 c, __m512 d) {
    const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
    const __m512 all = _mm512_add_ps(_mm512_shuffle_ps(ab, cd, _MM_SHUFFLE(1, 0, 1, 0)),
                                     _mm512_shuffle_ps(ab, cd, _MM_SHUFFLE(3, 2, 3, 2)));
    return folded(_mm256_add_ps(_mm512_castps512_ps256(all), upperHalf(all)));
}
#endif

/// Lane i of the result is lane i ^ distance of v, for distances below the width.
template <int distance>
inline Vec swapped(Vec v) {
#if INLAY_SIMD_WIDTH == 16
    const auto x = reinterpret_cast<__m512>(v);
    if constexpr (distance == 1)
        return reinterpret_cast<Vec>(_mm512_permute_ps(x, 0xB1));
    else if constexpr (distance == 2)
        return reinterpret_cast<Vec>(_mm512_permute_ps(x, 0x4E));
    else if constexpr (distance == 4)
        return reinterpret_cast<Vec>(_mm512_shuffle_f32x4(x, x, 0xB1));
    else
        return reinterpret_cast<Vec>(_mm512_shuffle_f32x4(x, x, 0x4E));
#elif INLAY_SIMD_WIDTH == 8
    const auto x = reinterpret_cast<__m256>(v);
    if constexpr (distance == 1)
        return reinterpret_cast<Vec>(_mm256_permute_ps(x, 0xB1));
    else if constexpr (distance == 2)
        return reinterpret_cast<Vec>(_mm256_permute_ps(x, 0x4E));
    else
        return reinterpret_cast<Vec>(_mm256_permute2f128_ps(x, x, 1));
#else
    const auto x = reinterpret_cast<__m128>(v);
    if constexpr (distance == 1)
        return reinterpret_cast<Vec>(_mm_shuffle_ps(x, x, 0xB1));
    else
        return reinterpret_cast<Vec>(_mm_shuffle_ps(x, x, 0x4E));
#endif
}

/// Lane i is lane index[i] of low followed by high.
inline Vec chosen(Vec low, Vec high, IVec index) {
#if INLAY_SIMD_WIDTH == 16
    return reinterpret_cast<Vec>(_mm512_permutex2var_ps(reinterpret_cast<__m512>(low),
                                                        reinterpret_cast<__m512i>(index),
                                                        reinterpret_cast<__m512>(high)));
#elif INLAY_SIMD_WIDTH == 8
    const auto at = reinterpret_cast<__m256i>(index);
    const __m256 fromLow = _mm256_permutevar8x32_ps(reinterpret_cast<__m256>(low), at);
    const __m256 fromHigh = _mm256_permutevar8x32_ps(reinterpret_cast<__m256>(high), at);
    // Bit 3 of an index, moved to the sign, chooses.
    return reinterpret_cast<Vec>(
        _mm256_blendv_ps(fromLow, fromHigh, _mm256_castsi256_ps(_mm256_slli_epi32(at, 28))));
#else
    Vec v{};
    for (int i = 0; i < kWidth; ++i)
        v[i] = index[i] < kWidth ? low[index[i]] : high[index[i] - kWidth];
    return v;
#endif
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

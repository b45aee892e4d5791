#pragma once

// exp, log and the normal distribution function for vectors of floats, to a few units in the last
// place. exp and log use the reductions and polynomials of Moshier's Cephes library. The upper tail
// Q(a) = 1 - Phi(a), a >= 0, is exp(-a^2/2) R(a) with R(a) (a + 3) a polynomial of degree 9 in
// t = (a - 3) / (a + 3), interpolated at Chebyshev nodes of [0, 14] (relative error 3.3e-8).

#include "kernels/cpu/levels/simd.h"

namespace inlay::kernels {
namespace {

/// Some vectors whose computations run side by side: each is a chain of sixty instructions that
/// wait for each other, too long for the processor to find the next one by itself.
template <int n>
struct Vecs {
    Vec of[n];
};

/// Each of the vectors by itself.
template <int n, typename Function>
inline Vecs<n> each(Function&& function) {
    Vecs<n> result;
#pragma GCC unroll 8
    for (int i = 0; i < n; ++i)
        result.of[i] = function(i);
    return result;
}

/// Coefficients of the highest power first.
template <int n, typename... Coefficients>
inline Vecs<n> polynomial(const Vecs<n>& x, float highest, Coefficients... coefficients) {
    Vecs<n> p = each<n>([&](int) { return broadcast(highest); });
    const auto add = [&](float c) {
        p = each<n>([&](int i) { return fma(p.of[i], x.of[i], broadcast(c)); });
    };
    (add(coefficients), ...);
    return p;
}

/// x = k log 2 + r with k whole.
template <int n>
struct PowerOfTwo {
    Vecs<n> r;
    IVec k[n];
};

/// For -87.3 <= x <= 88.7.
template <int n>
inline PowerOfTwo<n> powerOfTwo(const Vecs<n>& x) {
    // Adding and taking away 1.5 * 2^23 rounds to the nearest integer and leaves it in the lowest
    // bits.
    const Vec magic = broadcast(12582912.0f);
    const Vecs<n> shifted =
        each<n>([&](int i) { return fma(x.of[i], broadcast(1.44269504f), magic); });
    const Vecs<n> k = each<n>([&](int i) { return shifted.of[i] - magic; });
    PowerOfTwo<n> result;
    result.r = each<n>([&](int i) { return fma(k.of[i], broadcast(-0.693359375f), x.of[i]); });
    result.r =
        each<n>([&](int i) { return fma(k.of[i], broadcast(2.12194440e-4f), result.r.of[i]); });
    for (int i = 0; i < n; ++i)
        result.k[i] = reinterpret_cast<IVec>(shifted.of[i]) - 0x4b400000;
    return result;
}

template <int n>
inline Vecs<n> expPolynomial(const Vecs<n>& r) {
    const Vecs<n> p = polynomial(r, 1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                                 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f);
    return each<n>([&](int i) { return fma(p.of[i], r.of[i] * r.of[i], r.of[i]) + 1.0f; });
}

constexpr float kLeastExponent = -87.3f;

/// e^x; 0 below -87.3 (no subnormal results), infinity above 88.7.
template <int n>
inline Vecs<n> exponential(const Vecs<n>& x) {
    const Vec low = broadcast(kLeastExponent);
    const Vec high = broadcast(88.7f);
    const PowerOfTwo<n> power =
        powerOfTwo(each<n>([&](int i) { return minimum(high, maximum(low, x.of[i])); }));
    const Vecs<n> p = expPolynomial(power.r);
    return each<n>([&](int i) {
        // Twice half the power of two: k may be 128.
        const IVec half = (power.k[i] + 127 - 1) << 23;
        const Vec scaled = p.of[i] * reinterpret_cast<Vec>(half) * 2.0f;
        const Vec result = x.of[i] < low ? Vec{} : scaled;
        return x.of[i] > high ? broadcast(__builtin_inff()) : result;
    });
}

inline Vec exponential(Vec x) {
    return exponential(Vecs<1>{{x}}).of[0];
}

/// The same for x <= 0 (or just above, by rounding) at fewer instructions; anything for larger x.
template <int n>
inline Vecs<n> exponentialBelowOne(const Vecs<n>& x) {
    const Vec low = broadcast(kLeastExponent);
    const PowerOfTwo<n> power = powerOfTwo(each<n>([&](int i) { return maximum(low, x.of[i]); }));
    const Vecs<n> p = expPolynomial(power.r);
    return each<n>([&](int i) {
        const Vec scaled = p.of[i] * reinterpret_cast<Vec>((power.k[i] + 127) << 23);
        return x.of[i] < low ? Vec{} : scaled;
    });
}

inline Vec exponentialBelowOne(Vec x) {
    return exponentialBelowOne(Vecs<1>{{x}}).of[0];
}

/// Natural logarithm of positive normal numbers (NaN stays NaN, infinity infinity).
inline Vec logarithm(Vec x) {
    const IVec bits = reinterpret_cast<IVec>(x);
    IVec e = (bits >> 23) - 126;
    Vec m = reinterpret_cast<Vec>((bits & 0x007fffff) | 0x3f000000); // [0.5, 1)
    const IVec small = m < broadcast(0.707106781f);
    e += small; // the comparison gives -1
    m = (small ? m + m : m) - 1.0f;
    Vec p = broadcast(7.0376836292e-2f);
    p = fma(p, m, broadcast(-1.1514610310e-1f));
    p = fma(p, m, broadcast(1.1676998740e-1f));
    p = fma(p, m, broadcast(-1.2420140846e-1f));
    p = fma(p, m, broadcast(1.4249322787e-1f));
    p = fma(p, m, broadcast(-1.6668057665e-1f));
    p = fma(p, m, broadcast(2.0000714765e-1f));
    p = fma(p, m, broadcast(-2.4999993993e-1f));
    p = fma(p, m, broadcast(3.3333331174e-1f));
    const Vec n = __builtin_convertvector(e, Vec);
    const Vec square = m * m;
    Vec y = p * m * square;
    y = fma(n, broadcast(-2.12194440e-4f), y);
    y = fma(square, broadcast(-0.5f), y);
    const Vec result = fma(n, broadcast(0.693359375f), m + y);
    return x < broadcast(__builtin_inff()) ? result : x;
}

/// The part of a * a that a float loses.
inline Vec squareRest(Vec a, Vec square) {
#if INLAY_SIMD_WIDTH > 4
    return fma(a, a, -square);
#else
    // Dekker's product with Veltkamp's split, for processors without a fused multiply-add.
    const Vec c = a * 4097.0f;
    const Vec high = c - (c - a);
    const Vec low = a - high;
    return ((high * high - square) + 2.0f * high * low) + low * low;
#endif
}

/// Phi(x) and, times sqrt(2 pi), its density.
template <int n>
struct Normal {
    Vecs<n> phi;
    Vecs<n> bell;
};

template <int n>
[[gnu::always_inline]] inline Normal<n> normalDistribution(const Vecs<n>& x) {
    const Vecs<n> a = each<n>([&](int i) { return minimum(broadcast(14.0f), absolute(x.of[i])); });
    const Vecs<n> inverse = each<n>([&](int i) { return reciprocal(a.of[i] + 3.0f); });
    const Vecs<n> t =
        each<n>([&](int i) { return fma(broadcast(-6.0f), inverse.of[i], broadcast(1.0f)); });
    const Vecs<n> square = each<n>([&](int i) { return a.of[i] * a.of[i]; });
    const Vecs<n> bell0 = exponentialBelowOne(each<n>([&](int i) { return -0.5f * square.of[i]; }));
    Normal<n> result;
    result.bell = each<n>([&](int i) {
        const Vec rest = squareRest(a.of[i], square.of[i]);
        return fma(bell0.of[i], -0.5f * rest, bell0.of[i]);
    });
    const Vecs<n> p = polynomial(
        t, 3.418587183e-5f, -2.300492795e-4f, -9.373515231e-4f, 1.040702986e-3f, 6.937178445e-3f,
        -1.04693361e-2f, -4.725847305e-2f, 2.300183778e-1f, -5.093321503e-1f, 7.290836811e-1f);
    result.phi = each<n>([&](int i) {
        const Vec tail = result.bell.of[i] * p.of[i] * inverse.of[i];
        return x.of[i] < Vec{} ? tail : 1.0f - tail;
    });
    return result;
}

} // namespace
} // namespace inlay::kernels

#pragma once

// exp, log and the normal distribution function for vectors of floats, to a few units in the last
// place. exp and log use the reductions and polynomials of Moshier's Cephes library. The upper tail
// Q(a) = 1 - Phi(a), a >= 0, is exp(-a^2/2) R(a) with R(a) (a + 3) a polynomial of degree 9 in
// t = (a - 3) / (a + 3), interpolated at Chebyshev nodes of [0, 14] (relative error 3.3e-8).

#include "kernels/cpu/levels/simd.h"

namespace inlay::kernels {
namespace {

inline Vec expPolynomial(Vec r) {
    Vec p = broadcast(1.9875691500e-4f);
    p = fma(p, r, broadcast(1.3981999507e-3f));
    p = fma(p, r, broadcast(8.3334519073e-3f));
    p = fma(p, r, broadcast(4.1665795894e-2f));
    p = fma(p, r, broadcast(1.6666665459e-1f));
    p = fma(p, r, broadcast(5.0000001201e-1f));
    return fma(p, r * r, r) + 1.0f;
}

/// e^x; 0 below -87.3 (no subnormal results), infinity above 88.7.
inline Vec exponential(Vec x) {
    const Vec low = broadcast(-87.3f);
    const Vec high = broadcast(88.7f);
    Vec clamped = x < low ? low : x;
    clamped = clamped > high ? high : clamped;
    // Adding and taking away 1.5 * 2^23 rounds to the nearest integer.
    const Vec magic = broadcast(12582912.0f);
    const Vec shifted = fma(clamped, broadcast(1.44269504f), magic);
    const Vec n = shifted - magic;
    Vec r = fma(n, broadcast(-0.693359375f), clamped);
    r = fma(n, broadcast(2.12194440e-4f), r);
    const IVec exponent = (reinterpret_cast<IVec>(shifted) - 0x4b400000 + 127 - 1) << 23;
    // Twice half the power of two: n may be 128.
    const Vec scaled = expPolynomial(r) * reinterpret_cast<Vec>(exponent) * 2.0f;
    const Vec result = x < low ? Vec{} : scaled;
    return x > high ? broadcast(__builtin_inff()) : result;
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
struct Normal {
    Vec phi;
    Vec bell;
};

inline Normal normalDistribution(Vec x) {
    Vec a = absolute(x);
    const Vec far = broadcast(14.0f);
    a = a > far ? far : a;
    const Vec square = a * a;
    const Vec rest = squareRest(a, square);
    const Vec bell0 = exponential(-0.5f * square);
    const Vec bell = fma(bell0, -0.5f * rest, bell0);
    const Vec inverse = 1.0f / (a + 3.0f);
    const Vec t = fma(broadcast(-6.0f), inverse, broadcast(1.0f));
    Vec p = broadcast(3.418587183e-5f);
    p = fma(p, t, broadcast(-2.300492795e-4f));
    p = fma(p, t, broadcast(-9.373515231e-4f));
    p = fma(p, t, broadcast(1.040702986e-3f));
    p = fma(p, t, broadcast(6.937178445e-3f));
    p = fma(p, t, broadcast(-1.04693361e-2f));
    p = fma(p, t, broadcast(-4.725847305e-2f));
    p = fma(p, t, broadcast(2.300183778e-1f));
    p = fma(p, t, broadcast(-5.093321503e-1f));
    p = fma(p, t, broadcast(7.290836811e-1f));
    const Vec tail = bell * p * inverse;
    const Vec phi = x < Vec{} ? tail : 1.0f - tail;
    return {phi, bell};
}

} // namespace
} // namespace inlay::kernels

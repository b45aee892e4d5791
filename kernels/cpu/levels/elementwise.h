#pragma once

#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/levels/vector_math.h"

namespace inlay::kernels {
namespace {

using cpu::Act;
using cpu::RowEpilogue;

/// Vectors of an activation that are computed side by side: a row of the product's tile.
#if INLAY_SIMD_WIDTH >= 8
constexpr int kSideBySide = 3;
#else
constexpr int kSideBySide = 2;
#endif

template <Act act, int n>
inline Vecs<n> activated(const Vecs<n>& x) {
    if constexpr (act == Act::Gelu) {
        const Normal<n> normal = normalDistribution(x);
        return each<n>([&](int i) { return x.of[i] * normal.phi.of[i]; });
    } else if constexpr (act == Act::Silu) {
        const Vecs<n> e = exponential(each<n>([&](int i) { return -x.of[i]; }));
        return each<n>([&](int i) { return x.of[i] / (1.0f + e.of[i]); });
    } else {
        return each<n>([&](int i) {
            const Vec v = x.of[i];
            if constexpr (act == Act::Relu)
                return v < Vec{} ? Vec{} : v;
            else if constexpr (act == Act::LeakyRelu)
                return v < Vec{} ? cpu::kLeaky * v : v;
            else
                return v;
        });
    }
}

/// The derivative of the activation at x.
template <Act act, int n>
inline Vecs<n> slope(const Vecs<n>& x) {
    if constexpr (act == Act::Gelu) {
        const Normal<n> normal = normalDistribution(x);
        return each<n>([&](int i) {
            return fma(x.of[i] * 0.398942280f, normal.bell.of[i], normal.phi.of[i]);
        });
    } else if constexpr (act == Act::Silu) {
        const Vecs<n> e = exponential(each<n>([&](int i) { return -x.of[i]; }));
        return each<n>([&](int i) {
            const Vec s = 1.0f / (1.0f + e.of[i]);
            return s * fma(x.of[i], 1.0f - s, broadcast(1.0f));
        });
    } else {
        return each<n>([&](int i) {
            if constexpr (act == Act::Relu)
                return x.of[i] > Vec{} ? broadcast(1.0f) : Vec{};
            else if constexpr (act == Act::LeakyRelu)
                return x.of[i] > Vec{} ? broadcast(1.0f) : broadcast(cpu::kLeaky);
            else
                return broadcast(1.0f);
        });
    }
}

/// Calls body<kSideBySide>(offset, Full) for groups of whole vectors of `count` floats, then
/// body<1>(offset, lanes) for each vector that is left.
template <typename Body>
inline void overGroups(std::int64_t count, Body&& body) {
    std::int64_t i = 0;
    for (; i + kSideBySide * kWidth <= count; i += kSideBySide * kWidth)
        body.template operator()<kSideBySide>(i, Full{});
    overLanes(count - i,
              [&](std::int64_t j, auto lanes) { body.template operator()<1>(i + j, lanes); });
}

template <int n, typename Lanes>
inline Vecs<n> loadGroup(const float* p, Lanes lanes) {
    return each<n>([&](int i) { return load(p + i * kWidth, lanes); });
}

template <int n, typename Lanes>
inline void storeGroup(float* p, const Vecs<n>& x, Lanes lanes) {
    for (int i = 0; i < n; ++i)
        store(p + i * kWidth, x.of[i], lanes);
}

/// Calls body with the activation as a compile-time constant.
template <typename Body>
inline void withActivation(Act act, Body&& body) {
    switch (act) {
    case Act::None:
        return body.template operator()<Act::None>();
    case Act::Relu:
        return body.template operator()<Act::Relu>();
    case Act::Gelu:
        return body.template operator()<Act::Gelu>();
    case Act::Silu:
        return body.template operator()<Act::Silu>();
    case Act::LeakyRelu:
        return body.template operator()<Act::LeakyRelu>();
    }
}

void axpby(float alpha, const float* x, float beta, float* y, std::int64_t n) {
    if (beta == 0.0f)
        overLanes(n, [&](std::int64_t i, auto lanes) {
            store(y + i, alpha * load(x + i, lanes), lanes);
        });
    else
        overLanes(n, [&](std::int64_t i, auto lanes) {
            store(y + i, alpha * load(x + i, lanes) + beta * load(y + i, lanes), lanes);
        });
}

void sumParts(const float* x, std::int64_t parts, std::int64_t distance, float alpha, float beta,
              float* y, std::int64_t n) {
    overLanes(n, [&](std::int64_t i, auto lanes) {
        Vec sum = load(x + i, lanes);
        for (std::int64_t part = 1; part < parts; ++part)
            sum += load(x + part * distance + i, lanes);
        sum = alpha * sum;
        if (beta != 0.0f)
            sum += beta * load(y + i, lanes);
        store(y + i, sum, lanes);
    });
}

/// The sums of `vectors` vectors of columns stay in registers.
template <int vectors>
inline void addRowsOf(const float* x, std::int64_t stride, std::int64_t rows, float* sums) {
    Vecs<vectors> sum = loadGroup<vectors>(sums, Full{});
    for (std::int64_t i = 0; i < rows; ++i)
#pragma GCC unroll 6
        for (int v = 0; v < vectors; ++v)
            sum.of[v] += load(x + i * stride + v * kWidth);
    storeGroup(sums, sum, Full{});
}

void addRows(const float* x, std::int64_t stride, std::int64_t rows, float* sums, std::int64_t n) {
    constexpr int kVectors = 6;
    std::int64_t j = 0;
    for (; j + kVectors * kWidth <= n; j += kVectors * kWidth)
        addRowsOf<kVectors>(x + j, stride, rows, sums + j);
    overLanes(n - j, [&](std::int64_t k, auto lanes) {
        Vec sum = load(sums + j + k, lanes);
        for (std::int64_t i = 0; i < rows; ++i)
            sum += load(x + i * stride + j + k, lanes);
        store(sums + j + k, sum, lanes);
    });
}

void multiply(const float* a, const float* b, float* y, bool accumulate, std::int64_t n) {
    if (accumulate)
        overLanes(n, [&](std::int64_t i, auto lanes) {
            store(y + i, fma(load(a + i, lanes), load(b + i, lanes), load(y + i, lanes)), lanes);
        });
    else
        overLanes(n, [&](std::int64_t i, auto lanes) {
            store(y + i, load(a + i, lanes) * load(b + i, lanes), lanes);
        });
}

void add(const float* a, const float* b, float* y, std::int64_t n) {
    overLanes(n, [&](std::int64_t i, auto lanes) {
        store(y + i, load(a + i, lanes) + load(b + i, lanes), lanes);
    });
}

void activate(Act act, const float* x, float* y, std::int64_t n) {
    withActivation(act, [&]<Act kind>() {
        overGroups(n, [&]<int count>(std::int64_t i, auto lanes) {
            storeGroup(y + i, activated<kind>(loadGroup<count>(x + i, lanes)), lanes);
        });
    });
}

void activateBackward(Act act, const float* pre, const float* g, float* gx, std::int64_t n) {
    withActivation(act, [&]<Act kind>() {
        overGroups(n, [&]<int count>(std::int64_t i, auto lanes) {
            const Vecs<count> s = slope<kind>(loadGroup<count>(pre + i, lanes));
            const Vecs<count> gradient = loadGroup<count>(g + i, lanes);
            storeGroup(gx + i, each<count>([&](int v) { return gradient.of[v] * s.of[v]; }), lanes);
        });
    });
}

void exponentialOf(const float* x, float* y, std::int64_t n) {
    overLanes(n, [&](std::int64_t i, auto lanes) {
        store(y + i, exponential(load(x + i, lanes)), lanes);
    });
}

void logarithmOf(const float* x, float* y, std::int64_t n) {
    overLanes(
        n, [&](std::int64_t i, auto lanes) { store(y + i, logarithm(load(x + i, lanes)), lanes); });
}

template <Act kind>
inline void epilogueRow(const float* bias, float* pre, const float* residual, float* y,
                        std::int64_t n) {
    overGroups(n, [&]<int count>(std::int64_t j, auto lanes) {
        Vecs<count> v = loadGroup<count>(y + j, lanes);
        const auto add = [&](const float* term) {
            v = each<count>([&](int i) { return v.of[i] + load(term + j + i * kWidth, lanes); });
        };
        if (bias != nullptr)
            add(bias);
        if (pre != nullptr)
            storeGroup(pre + j, v, lanes);
        v = activated<kind>(v);
        if (residual != nullptr)
            add(residual);
        storeGroup(y + j, v, lanes);
    });
}

void epilogueRows(const RowEpilogue& epilogue, float* y, std::int64_t stride, std::int64_t rows,
                  std::int64_t n) {
    withActivation(epilogue.act, [&]<Act kind>() {
        for (std::int64_t i = 0; i < rows; ++i)
            epilogueRow<kind>(
                epilogue.bias, epilogue.pre ? epilogue.pre + i * epilogue.preStride : nullptr,
                epilogue.residual ? epilogue.residual + i * epilogue.residualStride : nullptr,
                y + i * stride, n);
    });
}

/// Adds in float over stretches of 1,024 vectors, in double between them.
template <typename Term>
inline double total(std::int64_t n, Term&& term) {
    constexpr std::int64_t kStretch = 1024 * kWidth;
    double result = 0.0;
    for (std::int64_t begin = 0; begin < n; begin += kStretch) {
        const std::int64_t length = n - begin < kStretch ? n - begin : kStretch;
        Vec even{};
        Vec odd{};
        bool flip = false;
        overLanes(length, [&](std::int64_t i, auto lanes) {
            const Vec value = term(begin + i, lanes);
            if (flip)
                odd += value;
            else
                even += value;
            flip = !flip;
        });
        result += static_cast<double>(reduceAdd(even + odd));
    }
    return result;
}

double sum(const float* x, std::int64_t n) {
    return total(n, [&](std::int64_t i, auto lanes) { return load(x + i, lanes); });
}

double sumSquares(const float* x, std::int64_t n) {
    return total(n, [&](std::int64_t i, auto lanes) {
        const Vec v = load(x + i, lanes);
        return v * v;
    });
}

/// NaN when there is one.
float maxAbs(const float* x, std::int64_t n) {
    Vec largest{};
    overLanes(n, [&](std::int64_t i, auto lanes) {
        const Vec v = absolute(load(x + i, lanes));
        largest = largest >= v ? largest : (largest != largest ? largest : v);
    });
    float result = 0.0f;
    for (int i = 0; i < kWidth; ++i)
        if (largest[i] != largest[i] || largest[i] > result)
            result = largest[i];
    return result;
}

} // namespace
} // namespace inlay::kernels

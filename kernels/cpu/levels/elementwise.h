#pragma once

#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/levels/vector_math.h"

namespace inlay::kernels {
namespace {

using cpu::Act;
using cpu::RowEpilogue;

inline Vec relu(Vec x) {
    return x < Vec{} ? Vec{} : x;
}

inline Vec gelu(Vec x) {
    return x * normalDistribution(x).phi;
}

inline Vec logistic(Vec x) {
    return 1.0f / (1.0f + exponential(-x));
}

template <Act act>
inline Vec activated(Vec x) {
    if constexpr (act == Act::Relu)
        return relu(x);
    else if constexpr (act == Act::Gelu)
        return gelu(x);
    else if constexpr (act == Act::Silu)
        return x / (1.0f + exponential(-x));
    else if constexpr (act == Act::LeakyRelu)
        return x < Vec{} ? cpu::kLeaky * x : x;
    else
        return x;
}

/// The derivative of the activation at x.
template <Act act>
inline Vec slope(Vec x) {
    if constexpr (act == Act::Relu) {
        return x > Vec{} ? broadcast(1.0f) : Vec{};
    } else if constexpr (act == Act::Gelu) {
        const Normal normal = normalDistribution(x);
        return fma(x * 0.398942280f, normal.bell, normal.phi);
    } else if constexpr (act == Act::Silu) {
        const Vec s = logistic(x);
        return s * fma(x, 1.0f - s, broadcast(1.0f));
    } else if constexpr (act == Act::LeakyRelu) {
        return x > Vec{} ? broadcast(1.0f) : broadcast(cpu::kLeaky);
    } else {
        return broadcast(1.0f);
    }
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
        overLanes(n, [&](std::int64_t i, auto lanes) {
            store(y + i, activated<kind>(load(x + i, lanes)), lanes);
        });
    });
}

void activateBackward(Act act, const float* pre, const float* g, float* gx, std::int64_t n) {
    withActivation(act, [&]<Act kind>() {
        overLanes(n, [&](std::int64_t i, auto lanes) {
            store(gx + i, load(g + i, lanes) * slope<kind>(load(pre + i, lanes)), lanes);
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
    overLanes(n, [&](std::int64_t j, auto lanes) {
        Vec v = load(y + j, lanes);
        if (bias != nullptr)
            v += load(bias + j, lanes);
        if (pre != nullptr)
            store(pre + j, v, lanes);
        v = activated<kind>(v);
        if (residual != nullptr)
            v += load(residual + j, lanes);
        store(y + j, v, lanes);
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

#pragma once

// Layer normalization, softmax and cross-entropy, a row at a time.

#include "kernels/cpu/levels/elementwise.h"

namespace inlay::kernels {
namespace {

using cpu::LayerNormRows;

void layerNorm(const LayerNormRows& op, std::int64_t begin, std::int64_t end) {
    const float scale = 1.0f / static_cast<float>(op.cols);
    for (std::int64_t row = begin; row < end; ++row) {
        const float* x = op.x + row * op.xStride;
        float* y = op.y + row * op.yStride;
        Vec sums{};
        overLanes(op.cols, [&](std::int64_t j, auto lanes) { sums += load(x + j, lanes); });
        const float mean = reduceAdd(sums) * scale;
        Vec squares{};
        std::int64_t j = 0;
        for (; j + kWidth <= op.cols; j += kWidth) {
            const Vec d = load(x + j) - mean;
            squares = fma(d, d, squares);
        }
        float variance = reduceAdd(squares);
        for (; j < op.cols; ++j)
            variance += (x[j] - mean) * (x[j] - mean);
        variance *= scale;
        const float inverse = 1.0f / __builtin_sqrtf(variance + op.epsilon);
        op.stats[row * op.statsStride] = mean;
        op.stats[row * op.statsStride + 1] = inverse;
        overLanes(op.cols, [&](std::int64_t i, auto lanes) {
            const Vec normalized = (load(x + i, lanes) - mean) * inverse;
            store(y + i, fma(normalized, load(op.gamma + i, lanes), load(op.beta + i, lanes)),
                  lanes);
        });
    }
}

void layerNormBackward(const LayerNormRows& op, std::int64_t begin, std::int64_t end, float* dgamma,
                       float* dbeta) {
    const float scale = 1.0f / static_cast<float>(op.cols);
    for (std::int64_t row = begin; row < end; ++row) {
        const float* x = op.x + row * op.xStride;
        const float* g = op.g + row * op.gStride;
        float* gx = op.y + row * op.yStride;
        const float mean = op.stats[row * op.statsStride];
        const float inverse = op.stats[row * op.statsStride + 1];
        Vec sums{};
        Vec products{};
        overLanes(op.cols, [&](std::int64_t j, auto lanes) {
            const Vec gradient = load(g + j, lanes);
            const Vec normalized = (load(x + j, lanes) - mean) * inverse;
            const Vec h = gradient * load(op.gamma + j, lanes);
            sums += h;
            products = fma(h, normalized, products);
            store(dgamma + j, fma(gradient, normalized, load(dgamma + j, lanes)), lanes);
            store(dbeta + j, gradient + load(dbeta + j, lanes), lanes);
        });
        const float average = reduceAdd(sums) * scale;
        const float correlation = reduceAdd(products) * scale;
        overLanes(op.cols, [&](std::int64_t j, auto lanes) {
            const Vec normalized = (load(x + j, lanes) - mean) * inverse;
            const Vec h = load(g + j, lanes) * load(op.gamma + j, lanes);
            Vec result = (h - average - normalized * correlation) * inverse;
            if (op.accumulate)
                result += load(gx + j, lanes);
            store(gx + j, result, lanes);
        });
    }
}

/// A NaN may be passed over; the sum of exponentials shows it.
inline float largestOf(const float* x, std::int64_t n) {
    float largest = x[0];
    std::int64_t j = 0;
    if (n >= kWidth) {
        Vec lanes = load(x);
        for (j = kWidth; j + kWidth <= n; j += kWidth)
            lanes = maximum(lanes, load(x + j));
        largest = reduceMax(lanes);
    }
    for (; j < n; ++j)
        largest = x[j] > largest ? x[j] : largest;
    return largest;
}

/// y = exp(x - shift); returns the sum.
inline float exponentials(const float* x, float shift, float* y, std::int64_t n) {
    Vec sums{};
    std::int64_t j = 0;
    for (; j + kWidth <= n; j += kWidth) {
        const Vec e = exponentialBelowOne(load(x + j) - shift);
        store(y + j, e);
        sums += e;
    }
    float result = reduceAdd(sums);
    if (j < n) {
        const Part rest{static_cast<int>(n - j)};
        const Vec e = exponentialBelowOne(load(x + j, rest) - shift);
        store(y + j, e, rest);
        for (int i = 0; i < rest.count; ++i)
            result += e[i];
    }
    return result;
}

void softmax(const float* x, std::int64_t xStride, float* y, std::int64_t yStride,
             std::int64_t cols, std::int64_t rows) {
    for (std::int64_t row = 0; row < rows; ++row) {
        const float* from = x + row * xStride;
        float* to = y + row * yStride;
        const float factor = 1.0f / exponentials(from, largestOf(from, cols), to, cols);
        overLanes(cols, [&](std::int64_t j, auto lanes) {
            store(to + j, load(to + j, lanes) * factor, lanes);
        });
    }
}

double crossEntropy(const float* logits, std::int64_t stride, const std::int32_t* labels,
                    std::int64_t labelStride, std::int64_t cols, std::int64_t rows, float scale,
                    float* gradient, std::int64_t gradientStride, std::int64_t* correct) {
    double loss = 0.0;
    for (std::int64_t row = 0; row < rows; ++row) {
        const float* x = logits + row * stride;
        const std::int64_t label = labels[row * labelStride];
        const float largest = largestOf(x, cols);
        float sumOfExponentials = 0.0f;
        if (gradient != nullptr) {
            float* to = gradient + row * gradientStride;
            sumOfExponentials = exponentials(x, largest, to, cols);
            const float factor = scale / sumOfExponentials;
            overLanes(cols, [&](std::int64_t j, auto lanes) {
                store(to + j, load(to + j, lanes) * factor, lanes);
            });
            to[label] -= scale;
        } else {
            float terms[64];
            for (std::int64_t j = 0; j < cols; j += 64)
                sumOfExponentials +=
                    exponentials(x + j, largest, terms, cols - j < 64 ? cols - j : 64);
        }
        std::int64_t first = 0;
        while (first < cols && x[first] != largest)
            ++first;
        const bool known = sumOfExponentials == sumOfExponentials;
        if (known && first == label)
            ++*correct;
        const float logSum = logarithm(broadcast(sumOfExponentials))[0];
        loss += static_cast<double>(logSum) + static_cast<double>(largest) -
                static_cast<double>(x[label]);
    }
    return loss;
}

} // namespace
} // namespace inlay::kernels

#include "kernels/check/op_cases.h"

namespace inlay::kernels {
namespace {

struct Shape {
    std::int64_t batch, height, width, channels, kernel, stride;
    Padding padding;
};

/// Odd sizes and strides, windows as large as the image, one channel, channels around a vector.
constexpr Shape kShapes[] = {
    {1, 1, 1, 1, 1, 1, Padding::Valid},  {2, 5, 7, 3, 3, 1, Padding::Valid},
    {3, 9, 8, 5, 3, 2, Padding::Same},   {2, 11, 13, 4, 5, 3, Padding::Valid},
    {2, 6, 5, 2, 2, 2, Padding::Valid},  {1, 7, 7, 17, 3, 2, Padding::Valid},
    {0, 5, 5, 3, 3, 1, Padding::Valid},  {3, 4, 4, 33, 4, 1, Padding::Valid},
    {19, 6, 6, 16, 3, 1, Padding::Same}, {9, 28, 28, 1, 5, 1, Padding::Valid}};

Windows windowsOf(const Shape& s) {
    return slidingWindows(s.batch, s.height, s.width, s.channels, s.kernel, s.stride, s.padding);
}

std::string nameOf(const Shape& s) {
    return shapeOf({s.batch, s.height, s.width, s.channels}) + " k" + std::to_string(s.kernel) +
           " s" + std::to_string(s.stride) + (s.padding == Padding::Same ? " same" : "");
}

void addMoves(OpCases& cases, const Shape& shape, const OperandStyle& style) {
    const Windows w = windowsOf(shape);
    cases.push_back({"im2col", nameOf(shape),
                     [=](Operands& o) {
                         const View x = o.normal(w.inputRows(), w.channels);
                         o.backend().im2col(w, x, o.result(w.outputRows(), w.columns()));
                     },
                     style, kExact});
    for (const Accumulate accumulate : {Accumulate::No, Accumulate::Yes})
        cases.push_back({"col2im", nameOf(shape) + (accumulate == Accumulate::Yes ? " add" : ""),
                         [=](Operands& o) {
                             const View columns = o.normal(w.outputRows(), w.columns());
                             o.backend().col2im(w, columns, o.result(w.inputRows(), w.channels),
                                                accumulate);
                         },
                         style});
    for (const bool kept : {false, true})
        cases.push_back({"maxPool", nameOf(shape) + (kept ? " argmax" : ""),
                         [=](Operands& o) {
                             const View x = o.normal(w.inputRows(), w.channels);
                             const View y = o.result(w.outputRows(), w.channels);
                             o.backend().maxPool(
                                 w, x, y,
                                 kept ? o.result(w.outputRows(), w.channels, DType::U8) : View{});
                         },
                         style, kExact});
    if (shape.padding == Padding::Same || shape.kernel == 1)
        return; // a random tap may lie outside
    cases.push_back({"maxPoolBackward", nameOf(shape),
                     [=](Operands& o) {
                         const View argmax = o.bytes(w.outputRows(), w.channels);
                         const View g = o.normal(w.outputRows(), w.channels);
                         o.backend().maxPoolBackward(w, argmax, g,
                                                     o.result(w.inputRows(), w.channels));
                     },
                     style});
}

Convolution convolutionOf(const Shape& shape, std::int64_t out, Activation activation,
                          std::int64_t pool) {
    Convolution spec;
    spec.windows = windowsOf(shape);
    spec.outChannels = out;
    spec.activation = activation;
    if (pool > 1)
        spec.pool = slidingWindows(shape.batch, spec.windows.outHeight, spec.windows.outWidth, out,
                                   pool, 2, Padding::Valid);
    return spec;
}

void addConvolution(OpCases& cases, const Shape& shape, std::int64_t out, Activation activation,
                    std::int64_t pool, const OperandStyle& style, Extent extent = Extent::Usual) {
    const Convolution spec = convolutionOf(shape, out, activation, pool);
    if (pool > 1 && (spec.pool.outHeight < 1 || spec.pool.outWidth < 1))
        return;
    const Windows& w = spec.windows;
    const std::string name = nameOf(shape) + " to " + std::to_string(out) +
                             (pool > 1 ? " pool" + std::to_string(pool) : "") +
                             (activation == Activation::None ? "" : " activated");
    cases.push_back(
        {"convolve", name,
         [=](Operands& o) {
             const View x = o.normal(w.inputRows(), w.channels);
             const View weight = o.parameter(w.columns(), out);
             const View bias = o.parameter(1, out);
             const View y = o.result(spec.outputRows(), out);
             // Products rounded to bf16 are often equal, and either is the largest then.
             const bool kept = spec.pooled() && o.dtype() == DType::F32;
             const View argmax = kept ? o.result(spec.outputRows(), out, DType::U8) : View{};
             o.backend().convolve(spec, x, weight, bias, y, argmax,
                                  o.workspace(o.backend().convolveScratch(spec, o.dtype())));
         },
         style, kDefaultLimit, kHalfTwiceLimit, extent});
    for (const bool wanted : {false, true})
        cases.push_back({"convolveBackward", name + (wanted ? "" : " no gx"),
                         [=](Operands& o) {
                             const View x = o.normal(w.inputRows(), w.channels);
                             const View weight = o.parameter(w.columns(), out);
                             const View y = o.normal(spec.outputRows(), out);
                             const View argmax =
                                 spec.pooled() ? o.bytes(spec.outputRows(), out) : View{};
                             const View g = o.normal(spec.outputRows(), out);
                             const View gx = wanted ? o.result(w.inputRows(), w.channels) : View{};
                             const View dw = o.gradient(w.columns(), out);
                             const View dbias = o.gradient(1, out);
                             o.backend().convolveBackward(
                                 spec, x, weight, y, argmax, g, gx, dw, dbias,
                                 o.workspace(o.backend().convolveScratch(spec, o.dtype())));
                         },
                         style, kDefaultLimit, kHalfTwiceLimit, extent});
}

void addBatchNorm(OpCases& cases, MatrixSize size, const OperandStyle& style, double mean) {
    const std::int64_t m = size.rows;
    const std::int64_t n = size.cols;
    const std::string name = shapeOf({m, n}) + (mean != 0.0 ? " large mean" : "");
    const auto scratch = [=](Operands& o) {
        return o.workspace(o.backend().batchNormScratch(m, n));
    };
    cases.push_back({"batchNorm", name,
                     [=](Operands& o) {
                         const View x = o.normal(m, n, mean);
                         const View gamma = o.parameter(1, n, 1.0, 0.5);
                         const View beta = o.parameter(1, n);
                         const View running = o.summary(2, n);
                         const View stats = o.summary(2, n);
                         o.backend().batchNorm(x, gamma, beta, 1e-5, 0.1, running, stats,
                                               o.result(m, n), scratch(o));
                     },
                     style});
    cases.push_back(
        {"batchNormInference", name,
         [=](Operands& o) {
             const View x = o.normal(m, n);
             const View gamma = o.parameter(1, n, 1.0, 0.5);
             const View beta = o.parameter(1, n);
             View running = o.summary(2, n);
             View variance = running;
             variance.rows = 1;
             variance.data = static_cast<std::byte*>(running.data) +
                             static_cast<std::size_t>(running.stride) * sizeOf(running.dtype);
             o.backend().fill(variance, 0.7);
             o.backend().batchNormInference(x, gamma, beta, 1e-5, running, o.result(m, n));
         },
         style});
    if (m < 3)
        return; // of two rows gx is what rounding leaves
    cases.push_back({"batchNormBackward", name,
                     [=](Operands& o) {
                         const View x = o.normal(m, n);
                         const View gamma = o.parameter(1, n, 1.0, 0.5);
                         const View beta = o.parameter(1, n);
                         const View running = o.summary(2, n);
                         const View stats = o.summary(2, n);
                         const Workspace space = scratch(o);
                         o.backend().batchNorm(x, gamma, beta, 1e-5, 0.1, running, stats,
                                               o.result(m, n), space);
                         const View g = o.normal(m, n);
                         const View gx = o.result(m, n);
                         const View dgamma = o.gradient(1, n);
                         const View dbeta = o.gradient(1, n);
                         o.backend().batchNormBackward(x, gamma, stats, g, gx, dgamma, dbeta,
                                                       space);
                     },
                     style});
}

void addDropout(OpCases& cases, const OperandStyle& style) {
    constexpr PhiloxState state{0x9E3779B97F4A7C15ull, 5, 2};
    for (const MatrixSize size : matrixSizes(style))
        for (const bool counted : {false, true})
            cases.push_back(
                {"dropout", shapeOf({size.rows, size.cols}) + (counted ? " counter" : ""),
                 [=](Operands& o) {
                     const View counter = counted ? o.scalar(3.0, DType::I32) : View{};
                     const View x = o.normal(size.rows, size.cols);
                     o.backend().dropout(x, 0.25, state, counter, o.result(size.rows, size.cols));
                 },
                 style});
}

} // namespace

void addImageCases(OpCases& cases) {
    for (const OperandStyle& style : kActivationStyles)
        for (const Shape& shape : kShapes)
            addMoves(cases, shape, style);
    for (const OperandStyle& style : kAllStyles)
        for (const Shape& shape : kShapes) {
            addConvolution(cases, shape, 7, Activation::None, 1, style);
            addConvolution(cases, shape, 16, Activation::LeakyRelu, 1, style);
            addConvolution(cases, shape, 16, Activation::Relu, 2, style);
            addConvolution(cases, shape, 5, Activation::None, 3, style);
        }
    for (const OperandStyle& style : {kFloatStyles[0], kHalfStyles[0]}) {
        // Lines of one image at a time, several passes over the inner index.
        addConvolution(cases, {2, 24, 24, 48, 3, 1, Padding::Same}, 50, Activation::Relu, 2, style,
                       Extent::Large);
        addConvolution(cases, {17, 12, 12, 16, 3, 1, Padding::Valid}, 32, Activation::Relu, 2,
                       style, Extent::Large);
    }
    for (const OperandStyle& style : kAllStyles) {
        for (const MatrixSize size :
             {MatrixSize{0, 7}, MatrixSize{1, 5}, MatrixSize{3, 1}, MatrixSize{7, 13},
              MatrixSize{65, 64}, MatrixSize{257, 97}, MatrixSize{1031, 5}}) {
            addBatchNorm(cases, size, style, 0.0);
            if (style.dtype == DType::F32)
                addBatchNorm(cases, size, style, 100.0);
        }
        if (style.parameters != DType::BF16)
            addDropout(cases, style);
    }
}

} // namespace inlay::kernels

#include <algorithm>

#include "kernels/check/checked_backend.h"

namespace inlay::kernels {

template <typename... Parameters, typename... Arguments>
void CheckedBackend::run(void (Backend::*op)(Parameters...), const Arguments&... arguments) {
    (*first_.*op)(atFirst(arguments)...);
    (*second_.*op)(arguments...);
}

void CheckedBackend::convert(ConstView x, View y) {
    run(&Backend::convert, x, y);
    compare("convert", {result("y", y)});
}

void CheckedBackend::axpby(double alpha, ConstView x, double beta, View y) {
    run(&Backend::axpby, alpha, x, beta, y);
    compare("axpby", {result("y", y)});
}

void CheckedBackend::multiply(ConstView a, ConstView b, View y, Accumulate accumulate) {
    run(&Backend::multiply, a, b, y, accumulate);
    compare("multiply", {result("y", y)});
}

void CheckedBackend::fill(View y, double value) {
    run(&Backend::fill, y, value);
    compare("fill", {result("y", y)});
}

void CheckedBackend::fillUniform(View y, PhiloxState state, ConstView counter, double low,
                                 double high) {
    run(&Backend::fillUniform, y, state, counter, low, high);
    compare("fillUniform", {result("y", y)});
}

void CheckedBackend::fillNormal(View y, PhiloxState state, ConstView counter, double mean,
                                double deviation) {
    run(&Backend::fillNormal, y, state, counter, mean, deviation);
    compare("fillNormal", {result("y", y)});
}

void CheckedBackend::gatherRows(ConstView x, ConstView index, View y) {
    run(&Backend::gatherRows, x, index, y);
    compare("gatherRows", {result("y", y)});
}

void CheckedBackend::scatterAddRows(ConstView x, ConstView index, View y) {
    run(&Backend::scatterAddRows, x, index, y);
    compare("scatterAddRows", {result("y", y)});
}

void CheckedBackend::gatherColumns(ConstView x, ConstView index, View y) {
    run(&Backend::gatherColumns, x, index, y);
    compare("gatherColumns", {result("y", y)});
}

void CheckedBackend::scatterAddColumns(ConstView x, ConstView index, View y) {
    run(&Backend::scatterAddColumns, x, index, y);
    compare("scatterAddColumns", {result("y", y)});
}

void CheckedBackend::imagePatches(ConstView images, std::int64_t height, std::int64_t width,
                                  std::int64_t patch, View patches) {
    run(&Backend::imagePatches, images, height, width, patch, patches);
    compare("imagePatches", {result("patches", patches)});
}

void CheckedBackend::gemm(const Gemm& spec, ConstView a, ConstView b, View c,
                          const Epilogue& epilogue) {
    run(&Backend::gemm, spec, a, b, c, epilogue);
    compare("gemm", {result("c", c), result("pre", epilogue.pre)});
}

void CheckedBackend::batchedGemm(const Gemm& spec, ConstBatchView a, ConstBatchView b,
                                 BatchView c) {
    run(&Backend::batchedGemm, spec, a, b, c);
    compare("batchedGemm", {Result{"c", c}});
}

void CheckedBackend::applyEpilogue(View y, const Epilogue& epilogue) {
    run(&Backend::applyEpilogue, y, epilogue);
    compare("applyEpilogue", {result("y", y), result("pre", epilogue.pre)});
}

void CheckedBackend::activate(Activation activation, ConstView x, View y) {
    run(&Backend::activate, activation, x, y);
    compare("activate", {result("y", y)});
}

void CheckedBackend::activateBackward(Activation activation, ConstView pre, ConstView g, View gx) {
    run(&Backend::activateBackward, activation, pre, g, gx);
    compare("activateBackward", {result("gx", gx)});
}

void CheckedBackend::sumRows(ConstView x, View out, Accumulate accumulate) {
    const double noise = noiseOfSums(x, 1);
    run(&Backend::sumRows, x, out, accumulate);
    compare("sumRows", {{"out", {out, 1, 0}, noise}});
}

void CheckedBackend::sum(ConstView x, View out, Accumulate accumulate) {
    run(&Backend::sum, x, out, accumulate);
    compare("sum", {result("out", out)});
}

void CheckedBackend::sumSquares(ConstView x, View out, Accumulate accumulate) {
    run(&Backend::sumSquares, x, out, accumulate);
    compare("sumSquares", {result("out", out)});
}

void CheckedBackend::maxAbs(ConstView x, View out) {
    run(&Backend::maxAbs, x, out);
    compare("maxAbs", {result("out", out)});
}

void CheckedBackend::sumSquaresOf(std::span<const ConstView> tensors, View out) {
    run(&Backend::sumSquaresOf, tensors, out);
    compare("sumSquaresOf", {result("out", out)});
}

void CheckedBackend::clipFactor(ConstView squares, double maxNorm, View out) {
    run(&Backend::clipFactor, squares, maxNorm, out);
    compare("clipFactor", {result("out", out)});
}

void CheckedBackend::countDifferent(ConstView a, ConstView b, View out) {
    run(&Backend::countDifferent, a, b, out);
    compare("countDifferent", {result("out", out)});
}

// Not its index: of two centers as near as f32 can tell either may be named. Both go on with the
// second's.
void CheckedBackend::nearestRows(ConstView x, ConstView centers, View index, View squared) {
    run(&Backend::nearestRows, x, centers, index, squared);
    compare("nearestRows", {result("squared", squared)});
    adopt({index, 1, 0});
}

void CheckedBackend::groupMean(ConstView x, RowGroups rows, View y) {
    run(&Backend::groupMean, x, rows, y);
    compare("groupMean", {result("y", y)});
}

void CheckedBackend::groupMeanBackward(ConstView g, RowGroups rows, View gx) {
    run(&Backend::groupMeanBackward, g, rows, gx);
    compare("groupMeanBackward", {result("gx", gx)});
}

void CheckedBackend::addPeriodic(ConstView x, ConstView p, View y) {
    run(&Backend::addPeriodic, x, p, y);
    compare("addPeriodic", {result("y", y)});
}

void CheckedBackend::sumPeriodic(ConstView g, View gp, Accumulate accumulate) {
    const double noise = noiseOfSums(g, gp.rows);
    run(&Backend::sumPeriodic, g, gp, accumulate);
    compare("sumPeriodic", {{"gp", {gp, 1, 0}, noise}});
}

void CheckedBackend::layerNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon, View y,
                               View stats) {
    run(&Backend::layerNorm, x, gamma, beta, epsilon, y, stats);
    compare("layerNorm", {result("y", y), result("stats", stats)});
}

void CheckedBackend::layerNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                       View gx, Accumulate accumulate, View dgamma, View dbeta,
                                       Workspace workspace) {
    run(&Backend::layerNormBackward, x, gamma, stats, g, gx, accumulate, dgamma, dbeta, workspace);
    compare("layerNormBackward",
            {result("gx", gx), result("dgamma", dgamma), result("dbeta", dbeta)});
}

std::size_t CheckedBackend::layerNormBackwardScratch(std::int64_t rows, std::int64_t cols,
                                                     DType dtype) const {
    return std::max(first_->layerNormBackwardScratch(rows, cols, dtype),
                    second_->layerNormBackwardScratch(rows, cols, dtype));
}

void CheckedBackend::softmaxCrossEntropy(ConstView logits, ConstView labels, double gradientScale,
                                         View loss, View correct, View gradient) {
    run(&Backend::softmaxCrossEntropy, logits, labels, gradientScale, loss, correct, gradient);
    compare("softmaxCrossEntropy",
            {result("loss", loss), result("correct", correct), result("gradient", gradient)});
}

void CheckedBackend::softmax(ConstView x, View y) {
    run(&Backend::softmax, x, y);
    compare("softmax", {result("y", y)});
}

void CheckedBackend::attention(const Attention& spec, ConstView q, ConstView k, ConstView v,
                               View out, View logSumExp, Workspace workspace) {
    run(&Backend::attention, spec, q, k, v, out, logSumExp, workspace);
    compare("attention", {result("out", out), result("logSumExp", logSumExp)});
}

void CheckedBackend::attentionBackward(const Attention& spec, ConstView q, ConstView k, ConstView v,
                                       ConstView out, ConstView logSumExp, ConstView g, View dq,
                                       View dk, View dv, Workspace workspace) {
    run(&Backend::attentionBackward, spec, q, k, v, out, logSumExp, g, dq, dk, dv, workspace);
    compare("attentionBackward", {result("dq", dq), result("dk", dk), result("dv", dv)});
}

std::size_t CheckedBackend::attentionScratch(const Attention& spec, DType dtype) const {
    return std::max(first_->attentionScratch(spec, dtype), second_->attentionScratch(spec, dtype));
}

std::size_t CheckedBackend::attentionBackwardScratch(const Attention& spec, DType dtype) const {
    return std::max(first_->attentionBackwardScratch(spec, dtype),
                    second_->attentionBackwardScratch(spec, dtype));
}

void CheckedBackend::im2col(const Windows& spec, ConstView x, View columns) {
    run(&Backend::im2col, spec, x, columns);
    compare("im2col", {result("columns", columns)});
}

void CheckedBackend::col2im(const Windows& spec, ConstView columns, View x, Accumulate accumulate) {
    run(&Backend::col2im, spec, columns, x, accumulate);
    compare("col2im", {result("x", x)});
}

void CheckedBackend::maxPool(const Windows& spec, ConstView x, View y, View argmax) {
    run(&Backend::maxPool, spec, x, y, argmax);
    compare("maxPool", {result("y", y), result("argmax", argmax)});
}

void CheckedBackend::maxPoolBackward(const Windows& spec, ConstView argmax, ConstView g, View gx) {
    run(&Backend::maxPoolBackward, spec, argmax, g, gx);
    compare("maxPoolBackward", {result("gx", gx)});
}

// Not its argmax: the products differ in their last bits, and of two nearly equal ones either may
// be the largest. Both go on with the second's, as with every result.
void CheckedBackend::convolve(const Convolution& spec, ConstView x, ConstView w, ConstView bias,
                              View y, View argmax, Workspace workspace) {
    run(&Backend::convolve, spec, x, w, bias, y, argmax, workspace);
    compare("convolve", {result("y", y)});
    if (argmax.given())
        adopt({argmax, 1, 0});
}

void CheckedBackend::convolveBackward(const Convolution& spec, ConstView x, ConstView w,
                                      ConstView y, ConstView argmax, ConstView g, View gx, View dw,
                                      View dbias, Workspace workspace) {
    const double noise = noiseOfSums(g, 1);
    run(&Backend::convolveBackward, spec, x, w, y, argmax, g, gx, dw, dbias, workspace);
    compare("convolveBackward",
            {result("gx", gx), result("dw", dw), {"dbias", {dbias, 1, 0}, noise}});
}

std::size_t CheckedBackend::convolveScratch(const Convolution& spec, DType dtype) const {
    return std::max(first_->convolveScratch(spec, dtype), second_->convolveScratch(spec, dtype));
}

void CheckedBackend::batchNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                               double momentum, View running, View stats, View y,
                               Workspace workspace) {
    run(&Backend::batchNorm, x, gamma, beta, epsilon, momentum, running, stats, y, workspace);
    compare("batchNorm", {result("running", running), result("stats", stats), result("y", y)});
}

void CheckedBackend::batchNormInference(ConstView x, ConstView gamma, ConstView beta,
                                        double epsilon, ConstView running, View y) {
    run(&Backend::batchNormInference, x, gamma, beta, epsilon, running, y);
    compare("batchNormInference", {result("y", y)});
}

void CheckedBackend::batchNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                       View gx, View dgamma, View dbeta, Workspace workspace) {
    run(&Backend::batchNormBackward, x, gamma, stats, g, gx, dgamma, dbeta, workspace);
    compare("batchNormBackward",
            {result("gx", gx), result("dgamma", dgamma), result("dbeta", dbeta)});
}

std::size_t CheckedBackend::batchNormScratch(std::int64_t rows, std::int64_t cols) const {
    return std::max(first_->batchNormScratch(rows, cols), second_->batchNormScratch(rows, cols));
}

void CheckedBackend::dropout(ConstView x, double rate, PhiloxState state, ConstView counter,
                             View y) {
    run(&Backend::dropout, x, rate, state, counter, y);
    compare("dropout", {result("y", y)});
}

void CheckedBackend::gatherTiles(const TileLayout& layout, ConstView x, View tiles) {
    run(&Backend::gatherTiles, layout, x, tiles);
    compare("gatherTiles", {result("tiles", tiles)});
}

void CheckedBackend::scatterTiles(const TileLayout& layout, ConstView tiles, View x) {
    run(&Backend::scatterTiles, layout, tiles, x);
    compare("scatterTiles", {result("x", x)});
}

void CheckedBackend::stlEncode(const TileLayout& layout, ConstView x, ConstView matrix,
                               BatchView planes, Workspace workspace) {
    run(&Backend::stlEncode, layout, x, matrix, planes, workspace);
    compare("stlEncode", {Result{"planes", planes}});
}

void CheckedBackend::stlDecode(const TileLayout& layout, ConstBatchView planes, ConstView matrix,
                               View y, Accumulate accumulate, const Epilogue& epilogue,
                               Workspace workspace) {
    run(&Backend::stlDecode, layout, planes, matrix, y, accumulate, epilogue, workspace);
    compare("stlDecode", {result("y", y), result("pre", epilogue.pre)});
}

void CheckedBackend::stlMatrixGradient(const TileLayout& layout, ConstView x, ConstBatchView planes,
                                       View gradient, Workspace workspace) {
    run(&Backend::stlMatrixGradient, layout, x, planes, gradient, workspace);
    compare("stlMatrixGradient", {result("gradient", gradient)});
}

std::size_t CheckedBackend::stlScratch(const TileLayout& layout, std::int64_t rank,
                                       DType dtype) const {
    return std::max(first_->stlScratch(layout, rank, dtype),
                    second_->stlScratch(layout, rank, dtype));
}

void CheckedBackend::butterfly(const Butterfly& spec, ConstView x, ConstView weights, View y,
                               Workspace workspace) {
    run(&Backend::butterfly, spec, x, weights, y, workspace);
    compare("butterfly", {result("y", y)});
}

void CheckedBackend::butterflyBackward(const Butterfly& spec, ConstView x, ConstView weights,
                                       ConstView g, View gx, View dweights, Workspace workspace) {
    run(&Backend::butterflyBackward, spec, x, weights, g, gx, dweights, workspace);
    compare("butterflyBackward", {result("gx", gx), result("dweights", dweights)});
}

std::size_t CheckedBackend::butterflyScratch(const Butterfly& spec, std::int64_t rows,
                                             DType dtype) const {
    return std::max(first_->butterflyScratch(spec, rows, dtype),
                    second_->butterflyScratch(spec, rows, dtype));
}

std::size_t CheckedBackend::butterflyBackwardScratch(const Butterfly& spec, std::int64_t rows,
                                                     DType dtype) const {
    return std::max(first_->butterflyBackwardScratch(spec, rows, dtype),
                    second_->butterflyBackwardScratch(spec, rows, dtype));
}

void CheckedBackend::twoFourMask(ConstView w, View mask) {
    run(&Backend::twoFourMask, w, mask);
    compare("twoFourMask", {result("mask", mask)});
}

void CheckedBackend::twoFourTransposableMask(ConstView w, View mask) {
    run(&Backend::twoFourTransposableMask, w, mask);
    compare("twoFourTransposableMask", {result("mask", mask)});
}

void CheckedBackend::applyMask(ConstView x, ConstView mask, View y) {
    run(&Backend::applyMask, x, mask, y);
    compare("applyMask", {result("y", y)});
}

void CheckedBackend::twoFourDecay(ConstView w, ConstView mask, double lambda, View g) {
    run(&Backend::twoFourDecay, w, mask, lambda, g);
    compare("twoFourDecay", {result("g", g)});
}

void CheckedBackend::twoFourCompress(ConstView w, View values, View meta) {
    run(&Backend::twoFourCompress, w, values, meta);
    compare("twoFourCompress", {result("values", values), result("meta", meta)});
}

void CheckedBackend::twoFourMultiply(ConstView x, ConstView values, ConstView meta, View y,
                                     const Epilogue& epilogue) {
    run(&Backend::twoFourMultiply, x, values, meta, y, epilogue);
    compare("twoFourMultiply", {result("y", y), result("pre", epilogue.pre)});
}

void CheckedBackend::sgdStep(const Sgd& spec, StepScalars scalars,
                             std::span<const OptimizerSlot> slots) {
    run(&Backend::sgdStep, spec, scalars, slots);
    compareSlots("sgdStep", slots);
}

void CheckedBackend::adamwStep(const AdamW& spec, StepScalars scalars,
                               std::span<const OptimizerSlot> slots) {
    run(&Backend::adamwStep, spec, scalars, slots);
    compareSlots("adamwStep", slots);
}

} // namespace inlay::kernels

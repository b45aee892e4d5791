#include "kernels/check/observed_backend.h"

#include <chrono>
#include <utility>

namespace inlay::kernels {

/// Times one call and reports it when it returns.
class ObservedBackend::Span {
public:
    Span(const ObservedBackend& owner, const char* op, std::int64_t batch = 1,
         std::int64_t rows = 0, std::int64_t cols = 0)
        : owner_(owner)
        , call_{op, batch, rows, cols, 0.0}
        , begin_(std::chrono::steady_clock::now()) {}
    ~Span() {
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
        call_.seconds = spent.count();
        owner_.observer_(call_);
    }
    Span(const Span&) = delete;
    Span& operator=(const Span&) = delete;

private:
    const ObservedBackend& owner_;
    ObservedCall call_;
    std::chrono::steady_clock::time_point begin_;
};

ObservedBackend::ObservedBackend(std::unique_ptr<Backend> inner, Observer observer)
    : inner_(std::move(inner))
    , observer_(std::move(observer)) {}

std::string ObservedBackend::name() const {
    return inner_->name();
}

std::string ObservedBackend::description() const {
    return inner_->description();
}

bool ObservedBackend::computes(DType dtype) const {
    return inner_->computes(dtype);
}

void ObservedBackend::allowTf32(bool allowed) {
    inner_->allowTf32(allowed);
}

void* ObservedBackend::allocate(std::size_t bytes) {
    return inner_->allocate(bytes);
}

void ObservedBackend::release(void* memory) {
    inner_->release(memory);
}

void ObservedBackend::copyToDevice(void* device, const void* host, std::size_t bytes) {
    const Span span(*this, "copyToDevice");
    inner_->copyToDevice(device, host, bytes);
}

void ObservedBackend::copyToHost(void* host, const void* device, std::size_t bytes) {
    const Span span(*this, "copyToHost");
    inner_->copyToHost(host, device, bytes);
}

void ObservedBackend::copy(void* target, const void* source, std::size_t bytes) {
    const Span span(*this, "copy");
    inner_->copy(target, source, bytes);
}

void ObservedBackend::zero(void* memory, std::size_t bytes) {
    const Span span(*this, "zero");
    inner_->zero(memory, bytes);
}

void ObservedBackend::synchronize() {
    inner_->synchronize();
}

std::int64_t ObservedBackend::mark() {
    return inner_->mark();
}

double ObservedBackend::elapsed(std::int64_t from, std::int64_t to) {
    return inner_->elapsed(from, to);
}

void ObservedBackend::convert(ConstView x, View y) {
    const Span span(*this, "convert", 1, y.rows, y.cols);
    inner_->convert(x, y);
}

void ObservedBackend::axpby(double alpha, ConstView x, double beta, View y) {
    const Span span(*this, "axpby", 1, y.rows, y.cols);
    inner_->axpby(alpha, x, beta, y);
}

void ObservedBackend::multiply(ConstView a, ConstView b, View y, Accumulate accumulate) {
    const Span span(*this, "multiply", 1, y.rows, y.cols);
    inner_->multiply(a, b, y, accumulate);
}

void ObservedBackend::fill(View y, double value) {
    const Span span(*this, "fill", 1, y.rows, y.cols);
    inner_->fill(y, value);
}

void ObservedBackend::fillUniform(View y, PhiloxState state, ConstView counter, double low,
                                  double high) {
    const Span span(*this, "fillUniform", 1, y.rows, y.cols);
    inner_->fillUniform(y, state, counter, low, high);
}

void ObservedBackend::fillNormal(View y, PhiloxState state, ConstView counter, double mean,
                                 double deviation) {
    const Span span(*this, "fillNormal", 1, y.rows, y.cols);
    inner_->fillNormal(y, state, counter, mean, deviation);
}

void ObservedBackend::gatherRows(ConstView x, ConstView index, View y) {
    const Span span(*this, "gatherRows", 1, y.rows, y.cols);
    inner_->gatherRows(x, index, y);
}

void ObservedBackend::scatterAddRows(ConstView x, ConstView index, View y) {
    const Span span(*this, "scatterAddRows", 1, y.rows, y.cols);
    inner_->scatterAddRows(x, index, y);
}

void ObservedBackend::gatherColumns(ConstView x, ConstView index, View y) {
    const Span span(*this, "gatherColumns", 1, y.rows, y.cols);
    inner_->gatherColumns(x, index, y);
}

void ObservedBackend::scatterAddColumns(ConstView x, ConstView index, View y) {
    const Span span(*this, "scatterAddColumns", 1, y.rows, y.cols);
    inner_->scatterAddColumns(x, index, y);
}

void ObservedBackend::imagePatches(ConstView images, std::int64_t height, std::int64_t width,
                                   std::int64_t patch, View patches) {
    const Span span(*this, "imagePatches", 1, patches.rows, patches.cols);
    inner_->imagePatches(images, height, width, patch, patches);
}

void ObservedBackend::gemm(const Gemm& spec, ConstView a, ConstView b, View c,
                           const Epilogue& epilogue) {
    const Span span(*this, "gemm", 1, c.rows, c.cols);
    inner_->gemm(spec, a, b, c, epilogue);
}

void ObservedBackend::batchedGemm(const Gemm& spec, ConstBatchView a, ConstBatchView b,
                                  BatchView c) {
    const Span span(*this, "batchedGemm", c.batch, c.first.rows, c.first.cols);
    inner_->batchedGemm(spec, a, b, c);
}

void ObservedBackend::applyEpilogue(View y, const Epilogue& epilogue) {
    const Span span(*this, "applyEpilogue", 1, y.rows, y.cols);
    inner_->applyEpilogue(y, epilogue);
}

void ObservedBackend::activate(Activation activation, ConstView x, View y) {
    const Span span(*this, "activate", 1, y.rows, y.cols);
    inner_->activate(activation, x, y);
}

void ObservedBackend::activateBackward(Activation activation, ConstView pre, ConstView g, View gx) {
    const Span span(*this, "activateBackward", 1, gx.rows, gx.cols);
    inner_->activateBackward(activation, pre, g, gx);
}

void ObservedBackend::sumRows(ConstView x, View out, Accumulate accumulate) {
    const Span span(*this, "sumRows", 1, out.rows, out.cols);
    inner_->sumRows(x, out, accumulate);
}

void ObservedBackend::sum(ConstView x, View out, Accumulate accumulate) {
    const Span span(*this, "sum", 1, out.rows, out.cols);
    inner_->sum(x, out, accumulate);
}

void ObservedBackend::sumSquares(ConstView x, View out, Accumulate accumulate) {
    const Span span(*this, "sumSquares", 1, out.rows, out.cols);
    inner_->sumSquares(x, out, accumulate);
}

void ObservedBackend::maxAbs(ConstView x, View out) {
    const Span span(*this, "maxAbs", 1, out.rows, out.cols);
    inner_->maxAbs(x, out);
}

void ObservedBackend::sumSquaresOf(std::span<const ConstView> tensors, View out) {
    const Span span(*this, "sumSquaresOf", 1, out.rows, out.cols);
    inner_->sumSquaresOf(tensors, out);
}

void ObservedBackend::clipFactor(ConstView squares, double maxNorm, View out) {
    const Span span(*this, "clipFactor", 1, out.rows, out.cols);
    inner_->clipFactor(squares, maxNorm, out);
}

void ObservedBackend::countDifferent(ConstView a, ConstView b, View out) {
    const Span span(*this, "countDifferent", 1, out.rows, out.cols);
    inner_->countDifferent(a, b, out);
}

void ObservedBackend::groupMean(ConstView x, RowGroups rows, View y) {
    const Span span(*this, "groupMean", 1, y.rows, y.cols);
    inner_->groupMean(x, rows, y);
}

void ObservedBackend::groupMeanBackward(ConstView g, RowGroups rows, View gx) {
    const Span span(*this, "groupMeanBackward", 1, gx.rows, gx.cols);
    inner_->groupMeanBackward(g, rows, gx);
}

void ObservedBackend::addPeriodic(ConstView x, ConstView p, View y) {
    const Span span(*this, "addPeriodic", 1, y.rows, y.cols);
    inner_->addPeriodic(x, p, y);
}

void ObservedBackend::sumPeriodic(ConstView g, View gp, Accumulate accumulate) {
    const Span span(*this, "sumPeriodic", 1, gp.rows, gp.cols);
    inner_->sumPeriodic(g, gp, accumulate);
}

void ObservedBackend::layerNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                                View y, View stats) {
    const Span span(*this, "layerNorm", 1, y.rows, y.cols);
    inner_->layerNorm(x, gamma, beta, epsilon, y, stats);
}

void ObservedBackend::layerNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                        View gx, Accumulate accumulate, View dgamma, View dbeta,
                                        Workspace workspace) {
    const Span span(*this, "layerNormBackward", 1, gx.rows, gx.cols);
    inner_->layerNormBackward(x, gamma, stats, g, gx, accumulate, dgamma, dbeta, workspace);
}

std::size_t ObservedBackend::layerNormBackwardScratch(std::int64_t rows, std::int64_t cols,
                                                      DType dtype) const {
    return inner_->layerNormBackwardScratch(rows, cols, dtype);
}

void ObservedBackend::softmaxCrossEntropy(ConstView logits, ConstView labels, double gradientScale,
                                          View loss, View correct, View gradient) {
    const Span span(*this, "softmaxCrossEntropy", 1, loss.rows, loss.cols);
    inner_->softmaxCrossEntropy(logits, labels, gradientScale, loss, correct, gradient);
}

void ObservedBackend::softmax(ConstView x, View y) {
    const Span span(*this, "softmax", 1, y.rows, y.cols);
    inner_->softmax(x, y);
}

void ObservedBackend::attention(const Attention& spec, ConstView q, ConstView k, ConstView v,
                                View out, View logSumExp, Workspace workspace) {
    const Span span(*this, "attention", 1, out.rows, out.cols);
    inner_->attention(spec, q, k, v, out, logSumExp, workspace);
}

void ObservedBackend::attentionBackward(const Attention& spec, ConstView q, ConstView k,
                                        ConstView v, ConstView out, ConstView logSumExp,
                                        ConstView g, View dq, View dk, View dv,
                                        Workspace workspace) {
    const Span span(*this, "attentionBackward", 1, dq.rows, dq.cols);
    inner_->attentionBackward(spec, q, k, v, out, logSumExp, g, dq, dk, dv, workspace);
}

std::size_t ObservedBackend::attentionScratch(const Attention& spec, DType dtype) const {
    return inner_->attentionScratch(spec, dtype);
}

std::size_t ObservedBackend::attentionBackwardScratch(const Attention& spec, DType dtype) const {
    return inner_->attentionBackwardScratch(spec, dtype);
}

void ObservedBackend::im2col(const Windows& spec, ConstView x, View columns) {
    const Span span(*this, "im2col", 1, columns.rows, columns.cols);
    inner_->im2col(spec, x, columns);
}

void ObservedBackend::col2im(const Windows& spec, ConstView columns, View x,
                             Accumulate accumulate) {
    const Span span(*this, "col2im", 1, x.rows, x.cols);
    inner_->col2im(spec, columns, x, accumulate);
}

void ObservedBackend::maxPool(const Windows& spec, ConstView x, View y, View argmax) {
    const Span span(*this, "maxPool", 1, y.rows, y.cols);
    inner_->maxPool(spec, x, y, argmax);
}

void ObservedBackend::maxPoolBackward(const Windows& spec, ConstView argmax, ConstView g, View gx) {
    const Span span(*this, "maxPoolBackward", 1, gx.rows, gx.cols);
    inner_->maxPoolBackward(spec, argmax, g, gx);
}

void ObservedBackend::convolve(const Convolution& spec, ConstView x, ConstView w, ConstView bias,
                               View y, View argmax, Workspace workspace) {
    const Span span(*this, "convolve", 1, spec.windows.outputRows(), y.cols);
    inner_->convolve(spec, x, w, bias, y, argmax, workspace);
}

void ObservedBackend::convolveBackward(const Convolution& spec, ConstView x, ConstView w,
                                       ConstView y, ConstView argmax, ConstView g, View gx, View dw,
                                       View dbias, Workspace workspace) {
    const Span span(*this, "convolveBackward", 1, dw.rows, dw.cols);
    inner_->convolveBackward(spec, x, w, y, argmax, g, gx, dw, dbias, workspace);
}

std::size_t ObservedBackend::convolveScratch(const Convolution& spec, DType dtype) const {
    return inner_->convolveScratch(spec, dtype);
}

void ObservedBackend::batchNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                                double momentum, View running, View stats, View y,
                                Workspace workspace) {
    const Span span(*this, "batchNorm", 1, y.rows, y.cols);
    inner_->batchNorm(x, gamma, beta, epsilon, momentum, running, stats, y, workspace);
}

void ObservedBackend::batchNormInference(ConstView x, ConstView gamma, ConstView beta,
                                         double epsilon, ConstView running, View y) {
    const Span span(*this, "batchNormInference", 1, y.rows, y.cols);
    inner_->batchNormInference(x, gamma, beta, epsilon, running, y);
}

void ObservedBackend::batchNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                        View gx, View dgamma, View dbeta, Workspace workspace) {
    const Span span(*this, "batchNormBackward", 1, gx.rows, gx.cols);
    inner_->batchNormBackward(x, gamma, stats, g, gx, dgamma, dbeta, workspace);
}

std::size_t ObservedBackend::batchNormScratch(std::int64_t rows, std::int64_t cols) const {
    return inner_->batchNormScratch(rows, cols);
}

void ObservedBackend::dropout(ConstView x, double rate, PhiloxState state, ConstView counter,
                              View y) {
    const Span span(*this, "dropout", 1, y.rows, y.cols);
    inner_->dropout(x, rate, state, counter, y);
}

void ObservedBackend::gatherTiles(const TileLayout& layout, ConstView x, View tiles) {
    const Span span(*this, "gatherTiles", 1, tiles.rows, tiles.cols);
    inner_->gatherTiles(layout, x, tiles);
}

void ObservedBackend::scatterTiles(const TileLayout& layout, ConstView tiles, View x) {
    const Span span(*this, "scatterTiles", 1, x.rows, x.cols);
    inner_->scatterTiles(layout, tiles, x);
}

void ObservedBackend::stlEncode(const TileLayout& layout, ConstView x, ConstView matrix,
                                BatchView planes, Workspace workspace) {
    const Span span(*this, "stlEncode", planes.batch, planes.first.rows, planes.first.cols);
    inner_->stlEncode(layout, x, matrix, planes, workspace);
}

void ObservedBackend::stlDecode(const TileLayout& layout, ConstBatchView planes, ConstView matrix,
                                View y, Accumulate accumulate, const Epilogue& epilogue,
                                Workspace workspace) {
    const Span span(*this, "stlDecode", 1, y.rows, y.cols);
    inner_->stlDecode(layout, planes, matrix, y, accumulate, epilogue, workspace);
}

void ObservedBackend::stlMatrixGradient(const TileLayout& layout, ConstView x,
                                        ConstBatchView planes, View gradient, Workspace workspace) {
    const Span span(*this, "stlMatrixGradient", 1, gradient.rows, gradient.cols);
    inner_->stlMatrixGradient(layout, x, planes, gradient, workspace);
}

std::size_t ObservedBackend::stlScratch(const TileLayout& layout, std::int64_t rank,
                                        DType dtype) const {
    return inner_->stlScratch(layout, rank, dtype);
}

void ObservedBackend::butterfly(const Butterfly& spec, ConstView x, ConstView weights, View y,
                                Workspace workspace) {
    const Span span(*this, "butterfly", 1, y.rows, y.cols);
    inner_->butterfly(spec, x, weights, y, workspace);
}

void ObservedBackend::butterflyBackward(const Butterfly& spec, ConstView x, ConstView weights,
                                        ConstView g, View gx, View dweights, Workspace workspace) {
    const Span span(*this, "butterflyBackward", 1, gx.rows, gx.cols);
    inner_->butterflyBackward(spec, x, weights, g, gx, dweights, workspace);
}

std::size_t ObservedBackend::butterflyScratch(const Butterfly& spec, std::int64_t rows,
                                              DType dtype) const {
    return inner_->butterflyScratch(spec, rows, dtype);
}

std::size_t ObservedBackend::butterflyBackwardScratch(const Butterfly& spec, std::int64_t rows,
                                                      DType dtype) const {
    return inner_->butterflyBackwardScratch(spec, rows, dtype);
}

void ObservedBackend::twoFourMask(ConstView w, View mask) {
    const Span span(*this, "twoFourMask", 1, mask.rows, mask.cols);
    inner_->twoFourMask(w, mask);
}

void ObservedBackend::twoFourTransposableMask(ConstView w, View mask) {
    const Span span(*this, "twoFourTransposableMask", 1, mask.rows, mask.cols);
    inner_->twoFourTransposableMask(w, mask);
}

void ObservedBackend::applyMask(ConstView x, ConstView mask, View y) {
    const Span span(*this, "applyMask", 1, y.rows, y.cols);
    inner_->applyMask(x, mask, y);
}

void ObservedBackend::twoFourDecay(ConstView w, ConstView mask, double lambda, View g) {
    const Span span(*this, "twoFourDecay", 1, g.rows, g.cols);
    inner_->twoFourDecay(w, mask, lambda, g);
}

void ObservedBackend::twoFourCompress(ConstView w, View values, View meta) {
    const Span span(*this, "twoFourCompress", 1, values.rows, values.cols);
    inner_->twoFourCompress(w, values, meta);
}

void ObservedBackend::twoFourMultiply(ConstView x, ConstView values, ConstView meta, View y,
                                      const Epilogue& epilogue) {
    const Span span(*this, "twoFourMultiply", 1, y.rows, y.cols);
    inner_->twoFourMultiply(x, values, meta, y, epilogue);
}

void ObservedBackend::sgdStep(const Sgd& spec, StepScalars scalars,
                              std::span<const OptimizerSlot> slots) {
    const Span span(*this, "sgdStep");
    inner_->sgdStep(spec, scalars, slots);
}

void ObservedBackend::adamwStep(const AdamW& spec, StepScalars scalars,
                                std::span<const OptimizerSlot> slots) {
    const Span span(*this, "adamwStep");
    inner_->adamwStep(spec, scalars, slots);
}

} // namespace inlay::kernels

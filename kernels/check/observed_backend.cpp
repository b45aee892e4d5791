#include "kernels/check/observed_backend.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "kernels/error.h"

namespace inlay::kernels {

/// The ops of record(), called again in the order in which they were.
class ObservedBackend::Calls final : public Recording {
public:
    std::vector<std::function<void()>> calls;
};

template <typename Op>
void ObservedBackend::pass(ObservedCall call, Op op) {
    auto run = [this, call, op = std::move(op)]() mutable {
        const auto begin = std::chrono::steady_clock::now();
        op();
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
        call.seconds = spent.count();
        observer_(call);
    };
    if (recording_ != nullptr)
        recording_->calls.emplace_back(std::move(run));
    else
        run();
}

ObservedBackend::ObservedBackend(std::unique_ptr<Backend> inner, Observer observer, Records records)
    : inner_(std::move(inner))
    , observer_(std::move(observer))
    , records_(records) {}

ObservedBackend::~ObservedBackend() = default;

bool ObservedBackend::records() const {
    return records_ == Records::Yes;
}

std::unique_ptr<Recording> ObservedBackend::record(const std::function<void()>& ops) {
    auto made = std::make_unique<Calls>();
    recording_ = made.get();
    try {
        ops();
    } catch (...) {
        recording_ = nullptr;
        throw;
    }
    recording_ = nullptr;
    return made;
}

void ObservedBackend::replay(const Recording& recording) {
    for (const auto& call : static_cast<const Calls&>(recording).calls)
        call();
}

void ObservedBackend::forbidWhileRecording(const char* what) const {
    if (recording_ != nullptr)
        throw Error(std::string(what) + " cannot be recorded.");
}

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
    forbidWhileRecording("an allocation");
    return inner_->allocate(bytes);
}

void ObservedBackend::release(void* memory) {
    inner_->release(memory);
}

void ObservedBackend::copyToDevice(void* device, const void* host, std::size_t bytes) {
    forbidWhileRecording("a copy to the device");
    pass({"copyToDevice"}, [=, this] { inner_->copyToDevice(device, host, bytes); });
}

void ObservedBackend::copyToHost(void* host, const void* device, std::size_t bytes) {
    forbidWhileRecording("a copy to the host");
    pass({"copyToHost"}, [=, this] { inner_->copyToHost(host, device, bytes); });
}

void ObservedBackend::copy(void* target, const void* source, std::size_t bytes) {
    pass({"copy"}, [=, this] { inner_->copy(target, source, bytes); });
}

void ObservedBackend::zero(void* memory, std::size_t bytes) {
    pass({"zero"}, [=, this] { inner_->zero(memory, bytes); });
}

void ObservedBackend::synchronize() {
    forbidWhileRecording("a wait");
    inner_->synchronize();
}

std::int64_t ObservedBackend::mark() {
    forbidWhileRecording("a mark");
    return inner_->mark();
}

double ObservedBackend::elapsed(std::int64_t from, std::int64_t to) {
    return inner_->elapsed(from, to);
}

void ObservedBackend::convert(ConstView x, View y) {
    pass({"convert", 1, y.rows, y.cols}, [=, this] { inner_->convert(x, y); });
}

void ObservedBackend::axpby(double alpha, ConstView x, double beta, View y) {
    pass({"axpby", 1, y.rows, y.cols}, [=, this] { inner_->axpby(alpha, x, beta, y); });
}

void ObservedBackend::multiply(ConstView a, ConstView b, View y, Accumulate accumulate) {
    pass({"multiply", 1, y.rows, y.cols}, [=, this] { inner_->multiply(a, b, y, accumulate); });
}

void ObservedBackend::fill(View y, double value) {
    pass({"fill", 1, y.rows, y.cols}, [=, this] { inner_->fill(y, value); });
}

void ObservedBackend::fillUniform(View y, PhiloxState state, ConstView counter, double low,
                                  double high) {
    pass({"fillUniform", 1, y.rows, y.cols},
         [=, this] { inner_->fillUniform(y, state, counter, low, high); });
}

void ObservedBackend::fillNormal(View y, PhiloxState state, ConstView counter, double mean,
                                 double deviation) {
    pass({"fillNormal", 1, y.rows, y.cols},
         [=, this] { inner_->fillNormal(y, state, counter, mean, deviation); });
}

void ObservedBackend::gatherRows(ConstView x, ConstView index, View y) {
    pass({"gatherRows", 1, y.rows, y.cols}, [=, this] { inner_->gatherRows(x, index, y); });
}

void ObservedBackend::scatterAddRows(ConstView x, ConstView index, View y) {
    pass({"scatterAddRows", 1, y.rows, y.cols}, [=, this] { inner_->scatterAddRows(x, index, y); });
}

void ObservedBackend::gatherColumns(ConstView x, ConstView index, View y) {
    pass({"gatherColumns", 1, y.rows, y.cols}, [=, this] { inner_->gatherColumns(x, index, y); });
}

void ObservedBackend::scatterAddColumns(ConstView x, ConstView index, View y) {
    pass({"scatterAddColumns", 1, y.rows, y.cols},
         [=, this] { inner_->scatterAddColumns(x, index, y); });
}

void ObservedBackend::imagePatches(ConstView images, std::int64_t height, std::int64_t width,
                                   std::int64_t patch, View patches) {
    pass({"imagePatches", 1, patches.rows, patches.cols},
         [=, this] { inner_->imagePatches(images, height, width, patch, patches); });
}

void ObservedBackend::gemm(const Gemm& spec, ConstView a, ConstView b, View c,
                           const Epilogue& epilogue) {
    pass({"gemm", 1, c.rows, c.cols}, [=, this] { inner_->gemm(spec, a, b, c, epilogue); });
}

void ObservedBackend::batchedGemm(const Gemm& spec, ConstBatchView a, ConstBatchView b,
                                  BatchView c) {
    pass({"batchedGemm", c.batch, c.first.rows, c.first.cols},
         [=, this] { inner_->batchedGemm(spec, a, b, c); });
}

void ObservedBackend::applyEpilogue(View y, const Epilogue& epilogue) {
    pass({"applyEpilogue", 1, y.rows, y.cols}, [=, this] { inner_->applyEpilogue(y, epilogue); });
}

void ObservedBackend::activate(Activation activation, ConstView x, View y) {
    pass({"activate", 1, y.rows, y.cols}, [=, this] { inner_->activate(activation, x, y); });
}

void ObservedBackend::activateBackward(Activation activation, ConstView pre, ConstView g, View gx) {
    pass({"activateBackward", 1, gx.rows, gx.cols},
         [=, this] { inner_->activateBackward(activation, pre, g, gx); });
}

void ObservedBackend::sumRows(ConstView x, View out, Accumulate accumulate) {
    pass({"sumRows", 1, out.rows, out.cols}, [=, this] { inner_->sumRows(x, out, accumulate); });
}

void ObservedBackend::sum(ConstView x, View out, Accumulate accumulate) {
    pass({"sum", 1, out.rows, out.cols}, [=, this] { inner_->sum(x, out, accumulate); });
}

void ObservedBackend::sumSquares(ConstView x, View out, Accumulate accumulate) {
    pass({"sumSquares", 1, out.rows, out.cols},
         [=, this] { inner_->sumSquares(x, out, accumulate); });
}

void ObservedBackend::maxAbs(ConstView x, View out) {
    pass({"maxAbs", 1, out.rows, out.cols}, [=, this] { inner_->maxAbs(x, out); });
}

void ObservedBackend::sumSquaresOf(std::span<const ConstView> tensors, View out) {
    pass({"sumSquaresOf", 1, out.rows, out.cols},
         [=, this, tensors = std::vector<ConstView>(tensors.begin(), tensors.end())] {
             inner_->sumSquaresOf(tensors, out);
         });
}

void ObservedBackend::clipFactor(ConstView squares, double maxNorm, View out) {
    pass({"clipFactor", 1, out.rows, out.cols},
         [=, this] { inner_->clipFactor(squares, maxNorm, out); });
}

void ObservedBackend::countDifferent(ConstView a, ConstView b, View out) {
    pass({"countDifferent", 1, out.rows, out.cols},
         [=, this] { inner_->countDifferent(a, b, out); });
}

void ObservedBackend::nearestRows(ConstView x, ConstView centers, View index, View squared) {
    pass({"nearestRows", 1, x.rows, centers.rows},
         [=, this] { inner_->nearestRows(x, centers, index, squared); });
}

void ObservedBackend::groupMean(ConstView x, RowGroups rows, View y) {
    pass({"groupMean", 1, y.rows, y.cols}, [=, this] { inner_->groupMean(x, rows, y); });
}

void ObservedBackend::groupMeanBackward(ConstView g, RowGroups rows, View gx) {
    pass({"groupMeanBackward", 1, gx.rows, gx.cols},
         [=, this] { inner_->groupMeanBackward(g, rows, gx); });
}

void ObservedBackend::addPeriodic(ConstView x, ConstView p, View y) {
    pass({"addPeriodic", 1, y.rows, y.cols}, [=, this] { inner_->addPeriodic(x, p, y); });
}

void ObservedBackend::sumPeriodic(ConstView g, View gp, Accumulate accumulate) {
    pass({"sumPeriodic", 1, gp.rows, gp.cols},
         [=, this] { inner_->sumPeriodic(g, gp, accumulate); });
}

void ObservedBackend::layerNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                                View y, View stats) {
    pass({"layerNorm", 1, y.rows, y.cols},
         [=, this] { inner_->layerNorm(x, gamma, beta, epsilon, y, stats); });
}

void ObservedBackend::layerNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                        View gx, Accumulate accumulate, View dgamma, View dbeta,
                                        Workspace workspace) {
    pass({"layerNormBackward", 1, gx.rows, gx.cols}, [=, this] {
        inner_->layerNormBackward(x, gamma, stats, g, gx, accumulate, dgamma, dbeta, workspace);
    });
}

std::size_t ObservedBackend::layerNormBackwardScratch(std::int64_t rows, std::int64_t cols,
                                                      DType dtype) const {
    return inner_->layerNormBackwardScratch(rows, cols, dtype);
}

void ObservedBackend::softmaxCrossEntropy(ConstView logits, ConstView labels, double gradientScale,
                                          View loss, View correct, View gradient) {
    pass({"softmaxCrossEntropy", 1, loss.rows, loss.cols}, [=, this] {
        inner_->softmaxCrossEntropy(logits, labels, gradientScale, loss, correct, gradient);
    });
}

void ObservedBackend::softmax(ConstView x, View y) {
    pass({"softmax", 1, y.rows, y.cols}, [=, this] { inner_->softmax(x, y); });
}

void ObservedBackend::attention(const Attention& spec, ConstView q, ConstView k, ConstView v,
                                View out, View logSumExp, Workspace workspace) {
    pass({"attention", 1, out.rows, out.cols},
         [=, this] { inner_->attention(spec, q, k, v, out, logSumExp, workspace); });
}

void ObservedBackend::attentionBackward(const Attention& spec, ConstView q, ConstView k,
                                        ConstView v, ConstView out, ConstView logSumExp,
                                        ConstView g, View dq, View dk, View dv,
                                        Workspace workspace) {
    pass({"attentionBackward", 1, dq.rows, dq.cols}, [=, this] {
        inner_->attentionBackward(spec, q, k, v, out, logSumExp, g, dq, dk, dv, workspace);
    });
}

std::size_t ObservedBackend::attentionScratch(const Attention& spec, DType dtype) const {
    return inner_->attentionScratch(spec, dtype);
}

std::size_t ObservedBackend::attentionBackwardScratch(const Attention& spec, DType dtype) const {
    return inner_->attentionBackwardScratch(spec, dtype);
}

void ObservedBackend::im2col(const Windows& spec, ConstView x, View columns) {
    pass({"im2col", 1, columns.rows, columns.cols},
         [=, this] { inner_->im2col(spec, x, columns); });
}

void ObservedBackend::col2im(const Windows& spec, ConstView columns, View x,
                             Accumulate accumulate) {
    pass({"col2im", 1, x.rows, x.cols},
         [=, this] { inner_->col2im(spec, columns, x, accumulate); });
}

void ObservedBackend::maxPool(const Windows& spec, ConstView x, View y, View argmax) {
    pass({"maxPool", 1, y.rows, y.cols}, [=, this] { inner_->maxPool(spec, x, y, argmax); });
}

void ObservedBackend::maxPoolBackward(const Windows& spec, ConstView argmax, ConstView g, View gx) {
    pass({"maxPoolBackward", 1, gx.rows, gx.cols},
         [=, this] { inner_->maxPoolBackward(spec, argmax, g, gx); });
}

void ObservedBackend::convolve(const Convolution& spec, ConstView x, ConstView w, ConstView bias,
                               View y, View argmax, Workspace workspace) {
    pass({"convolve", 1, spec.windows.outputRows(), y.cols},
         [=, this] { inner_->convolve(spec, x, w, bias, y, argmax, workspace); });
}

void ObservedBackend::convolveBackward(const Convolution& spec, ConstView x, ConstView w,
                                       ConstView y, ConstView argmax, ConstView g, View gx, View dw,
                                       View dbias, Workspace workspace) {
    pass({"convolveBackward", 1, dw.rows, dw.cols}, [=, this] {
        inner_->convolveBackward(spec, x, w, y, argmax, g, gx, dw, dbias, workspace);
    });
}

std::size_t ObservedBackend::convolveScratch(const Convolution& spec, DType dtype) const {
    return inner_->convolveScratch(spec, dtype);
}

void ObservedBackend::batchNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                                double momentum, View running, View stats, View y,
                                Workspace workspace) {
    pass({"batchNorm", 1, y.rows, y.cols}, [=, this] {
        inner_->batchNorm(x, gamma, beta, epsilon, momentum, running, stats, y, workspace);
    });
}

void ObservedBackend::batchNormInference(ConstView x, ConstView gamma, ConstView beta,
                                         double epsilon, ConstView running, View y) {
    pass({"batchNormInference", 1, y.rows, y.cols},
         [=, this] { inner_->batchNormInference(x, gamma, beta, epsilon, running, y); });
}

void ObservedBackend::batchNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                        View gx, View dgamma, View dbeta, Workspace workspace) {
    pass({"batchNormBackward", 1, gx.rows, gx.cols}, [=, this] {
        inner_->batchNormBackward(x, gamma, stats, g, gx, dgamma, dbeta, workspace);
    });
}

std::size_t ObservedBackend::batchNormScratch(std::int64_t rows, std::int64_t cols) const {
    return inner_->batchNormScratch(rows, cols);
}

void ObservedBackend::dropout(ConstView x, double rate, PhiloxState state, ConstView counter,
                              View y) {
    pass({"dropout", 1, y.rows, y.cols},
         [=, this] { inner_->dropout(x, rate, state, counter, y); });
}

void ObservedBackend::gatherTiles(const TileLayout& layout, ConstView x, View tiles) {
    pass({"gatherTiles", 1, tiles.rows, tiles.cols},
         [=, this] { inner_->gatherTiles(layout, x, tiles); });
}

void ObservedBackend::scatterTiles(const TileLayout& layout, ConstView tiles, View x) {
    pass({"scatterTiles", 1, x.rows, x.cols},
         [=, this] { inner_->scatterTiles(layout, tiles, x); });
}

void ObservedBackend::stlEncode(const TileLayout& layout, ConstView x, ConstView matrix,
                                BatchView planes, Workspace workspace) {
    pass({"stlEncode", planes.batch, planes.first.rows, planes.first.cols},
         [=, this] { inner_->stlEncode(layout, x, matrix, planes, workspace); });
}

void ObservedBackend::stlDecode(const TileLayout& layout, ConstBatchView planes, ConstView matrix,
                                View y, Accumulate accumulate, const Epilogue& epilogue,
                                Workspace workspace) {
    pass({"stlDecode", 1, y.rows, y.cols}, [=, this] {
        inner_->stlDecode(layout, planes, matrix, y, accumulate, epilogue, workspace);
    });
}

void ObservedBackend::stlMatrixGradient(const TileLayout& layout, ConstView x,
                                        ConstBatchView planes, View gradient, Workspace workspace) {
    pass({"stlMatrixGradient", 1, gradient.rows, gradient.cols},
         [=, this] { inner_->stlMatrixGradient(layout, x, planes, gradient, workspace); });
}

std::size_t ObservedBackend::stlScratch(const TileLayout& layout, std::int64_t rank,
                                        DType dtype) const {
    return inner_->stlScratch(layout, rank, dtype);
}

void ObservedBackend::butterfly(const Butterfly& spec, ConstView x, ConstView weights, View y,
                                Workspace workspace) {
    pass({"butterfly", 1, y.rows, y.cols},
         [=, this] { inner_->butterfly(spec, x, weights, y, workspace); });
}

void ObservedBackend::butterflyBackward(const Butterfly& spec, ConstView x, ConstView weights,
                                        ConstView g, View gx, View dweights, Workspace workspace) {
    pass({"butterflyBackward", 1, gx.rows, gx.cols},
         [=, this] { inner_->butterflyBackward(spec, x, weights, g, gx, dweights, workspace); });
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
    pass({"twoFourMask", 1, mask.rows, mask.cols}, [=, this] { inner_->twoFourMask(w, mask); });
}

void ObservedBackend::twoFourTransposableMask(ConstView w, View mask) {
    pass({"twoFourTransposableMask", 1, mask.rows, mask.cols},
         [=, this] { inner_->twoFourTransposableMask(w, mask); });
}

void ObservedBackend::applyMask(ConstView x, ConstView mask, View y) {
    pass({"applyMask", 1, y.rows, y.cols}, [=, this] { inner_->applyMask(x, mask, y); });
}

void ObservedBackend::twoFourDecay(ConstView w, ConstView mask, double lambda, View g) {
    pass({"twoFourDecay", 1, g.rows, g.cols},
         [=, this] { inner_->twoFourDecay(w, mask, lambda, g); });
}

void ObservedBackend::twoFourCompress(ConstView w, View values, View meta) {
    pass({"twoFourCompress", 1, values.rows, values.cols},
         [=, this] { inner_->twoFourCompress(w, values, meta); });
}

void ObservedBackend::twoFourMultiply(ConstView x, ConstView values, ConstView meta, View y,
                                      const Epilogue& epilogue) {
    pass({"twoFourMultiply", 1, y.rows, y.cols},
         [=, this] { inner_->twoFourMultiply(x, values, meta, y, epilogue); });
}

void ObservedBackend::sgdStep(const Sgd& spec, StepScalars scalars,
                              std::span<const OptimizerSlot> slots) {
    pass({"sgdStep"}, [=, this, slots = std::vector<OptimizerSlot>(slots.begin(), slots.end())] {
        inner_->sgdStep(spec, scalars, slots);
    });
}

void ObservedBackend::adamwStep(const AdamW& spec, StepScalars scalars,
                                std::span<const OptimizerSlot> slots) {
    pass({"adamwStep"}, [=, this, slots = std::vector<OptimizerSlot>(slots.begin(), slots.end())] {
        inner_->adamwStep(spec, scalars, slots);
    });
}

} // namespace inlay::kernels

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "kernels/op_types.h"
#include "kernels/philox.h"
#include "kernels/prepared.h"
#include "kernels/recording.h"
#include "kernels/views.h"
#include "kernels/workspace.h"

namespace inlay::kernels {

/// The op set, one virtual method an op, on plain views of device memory.
///
/// Ops are enqueued: they take and fill device memory and return nothing; only copyToHost,
/// synchronize and elapsed wait. Ops never allocate; scratch comes from a Workspace whose size a
/// query tells. Sizes may be zero: then nothing is read or written (an accumulating op leaves its
/// result as it is, an overwriting reduction writes its neutral value). A backend is used from one
/// thread at a time. Violated shapes are programmer mistakes (assertions).
///
/// Unless an op says otherwise all floating operands of a call share one dtype: f32 on cpu, f32 or
/// bf16 on cuda (which accumulates in f32), any on reference (which computes in double). On cpu
/// bf16 is a storage format that gemm and convert read and write. Where activations are bf16,
/// vectors of parameters (bias, gamma, beta, STL encoders and decoders, butterfly weights, periodic
/// terms) and results that are gradients of parameters (c of a product, sumRows, dgamma, dbeta, dw,
/// dbias, stlMatrixGradient, dweights, sumPeriodic) may be f32; layer and batch norm's stats (and
/// running), logSumExp, losses and scalars are f32 there.
class Backend {
public:
    virtual ~Backend() = default;

    /// "cpu", "reference", "cuda:0", "check", …
    virtual std::string name() const = 0;
    /// Hardware and library for people and the run's record, e.g. "AMD EPYC, OpenBLAS ZEN".
    virtual std::string description() const = 0;
    /// Whether activations may have this dtype here.
    virtual bool computes(DType dtype) const = 0;
    /// Lets f32 products round their operands to TF32 (10 bits of mantissa, f32 accumulation) where
    /// the hardware is faster so. Off at first; without effect where there is no such hardware.
    virtual void allowTf32(bool) {}

    // Memory. Allocations are 64-byte aligned; allocate(0) is allowed. Throws Error when there is
    // none left, naming the size.
    virtual void* allocate(std::size_t bytes) = 0;
    virtual void release(void* memory) = 0;
    virtual void copyToDevice(void* device, const void* host, std::size_t bytes) = 0;
    virtual void copyToHost(void* host, const void* device, std::size_t bytes) = 0;
    virtual void copy(void* target, const void* source, std::size_t bytes) = 0;
    virtual void zero(void* memory, std::size_t bytes) = 0;
    /// Waits until everything enqueued is done; throws Error with the first failure.
    virtual void synchronize() = 0;
    /// Seconds between two marks of the work queue; mark() costs no wait, elapsed() waits.
    virtual std::int64_t mark() = 0;
    virtual double elapsed(std::int64_t from, std::int64_t to) = 0;

    // Recording: what is enqueued over and over, with the same arguments, as one.
    /// Whether record() works here.
    virtual bool records() const { return false; }
    /// Calls `ops` and keeps what it enqueues instead of running it. Meanwhile nothing may be
    /// allocated, copied from or to the host, marked or waited for: throws Error then, and nothing
    /// was enqueued. The memory that the ops use must stay theirs as long as the recording lives.
    virtual std::unique_ptr<Recording> record(const std::function<void()>& ops);
    /// Enqueues what was recorded here.
    virtual void replay(const Recording& recording);

    // --- Elementwise and layout -------------------------------------------------------------
    /// y = x, converting the dtype; any strides.
    virtual void convert(ConstView x, View y) = 0;
    /// y = alpha x + beta y; with beta 0 the old y is not read.
    virtual void axpby(double alpha, ConstView x, double beta, View y) = 0;
    /// y = a * b elementwise; with Accumulate::Yes it is added.
    virtual void multiply(ConstView a, ConstView b, View y, Accumulate accumulate) = 0;
    virtual void fill(View y, double value) = 0;
    /// Uniform in [low, high) / normal; element i of the view (row-major) uses word i of the
    /// Philox sequence, u = unitInterval(word): low + (high - low) (1 - u); normals use words 2i
    /// and 2i+1: mean + deviation sqrt(-2 ln u1) cos(2 pi u2). `counter`, when given, is a
    /// one-element i32 device tensor added to state.stream: a new draw each step.
    virtual void fillUniform(View y, PhiloxState state, ConstView counter, double low,
                             double high) = 0;
    virtual void fillNormal(View y, PhiloxState state, ConstView counter, double mean,
                            double deviation) = 0;
    /// y row i = x row index[i]; index is n x 1 i32. Scatter adds: y row index[i] += x row i (in
    /// order of i). The column forms do the same with columns.
    virtual void gatherRows(ConstView x, ConstView index, View y) = 0;
    virtual void scatterAddRows(ConstView x, ConstView index, View y) = 0;
    virtual void gatherColumns(ConstView x, ConstView index, View y) = 0;
    virtual void scatterAddColumns(ConstView x, ConstView index, View y) = 0;
    /// Images (batch x height*width*channels, channel fastest) to patches
    /// (batch*(height/patch)*(width/patch) x patch*patch*channels, channel fastest): a permutation.
    /// `patch` divides height and width.
    virtual void imagePatches(ConstView images, std::int64_t height, std::int64_t width,
                              std::int64_t patch, View patches) = 0;

    // --- Products ---------------------------------------------------------------------------
    /// c = alpha op(a) op(b) + beta c, m x n with inner size k, then the epilogue on c. With beta 0
    /// the old c is not read.
    virtual void gemm(const Gemm& spec, ConstView a, ConstView b, View c,
                      const Epilogue& epilogue) = 0;
    /// The same for a batch of equal shapes, without epilogue.
    virtual void batchedGemm(const Gemm& spec, ConstBatchView a, ConstBatchView b, BatchView c) = 0;

    // --- Bias and activations ---------------------------------------------------------------
    /// The epilogue alone, in place on y (for operators whose last op is not a gemm).
    virtual void applyEpilogue(View y, const Epilogue& epilogue) = 0;
    /// y = activation(x) elementwise.
    virtual void activate(Activation activation, ConstView x, View y) = 0;
    /// gx = g * activation'(pre); gx may be g.
    virtual void activateBackward(Activation activation, ConstView pre, ConstView g, View gx) = 0;

    // --- Reductions -------------------------------------------------------------------------
    /// out (1 x cols) = or += column sums of x; used for bias gradients.
    virtual void sumRows(ConstView x, View out, Accumulate accumulate) = 0;
    /// out (1 x 1) = sum of all / sum of squares / maximum of |x| (0 for an empty x).
    virtual void sum(ConstView x, View out, Accumulate accumulate) = 0;
    virtual void sumSquares(ConstView x, View out, Accumulate accumulate) = 0;
    virtual void maxAbs(ConstView x, View out) = 0;
    /// out[i] (1 x count) = sum of squares of tensor i, one call for all gradients of a step.
    virtual void sumSquaresOf(std::span<const ConstView> tensors, View out) = 0;
    /// out (1 x 1) = min(1, maxNorm / sqrt(total)) where total is the sum of the elements of
    /// `squares`; non-finite totals give NaN so that divergence is seen.
    virtual void clipFactor(ConstView squares, double maxNorm, View out) = 0;
    /// out (1 x 1 i32) = number of positions where the u8 tensors differ.
    virtual void countDifferent(ConstView a, ConstView b, View out) = 0;
    /// The nearest row of `centers` (k x d, k >= 1) to each row of x (n x d), all finite f32: index
    /// (n x 1 i32) and the sum of squared differences to it (n x 1 f32). Ties go to the lowest
    /// index; of two centers as near as f32 can tell, devices may name either.
    virtual void nearestRows(ConstView x, ConstView centers, View index, View squared) = 0;
    /// Row i = mean over the rows of group i (groups x cols), and its gradient spread back.
    virtual void groupMean(ConstView x, RowGroups rows, View y) = 0;
    virtual void groupMeanBackward(ConstView g, RowGroups rows, View gx) = 0;
    /// y row i = x row i + p row (i mod p.rows); gp = or += the matching sums of g.
    virtual void addPeriodic(ConstView x, ConstView p, View y) = 0;
    virtual void sumPeriodic(ConstView g, View gp, Accumulate accumulate) = 0;

    // --- Normalization, loss, attention -------------------------------------------------------
    /// y = (x - mean) / sqrt(variance + epsilon) * gamma + beta by row; stats (rows x 2) keeps
    /// mean and reciprocal deviation.
    virtual void layerNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon, View y,
                           View stats) = 0;
    /// gx overwritten (or added with `accumulate`, for residual branches), dgamma and dbeta added.
    virtual void layerNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                   View gx, Accumulate accumulate, View dgamma, View dbeta,
                                   Workspace workspace) = 0;
    virtual std::size_t layerNormBackwardScratch(std::int64_t rows, std::int64_t cols,
                                                 DType dtype) const = 0;
    /// Labels: rows x 1 i32 in 0..cols-1. loss (1 x 1) += sum over rows of -log softmax[label];
    /// correct (1 x 1 i32) += rows whose first largest logit is the label; gradient (optional) =
    /// (softmax - onehot) * gradientScale. NaN logits give a NaN loss and count as wrong.
    virtual void softmaxCrossEntropy(ConstView logits, ConstView labels, double gradientScale,
                                     View loss, View correct, View gradient) = 0;
    /// Row-wise softmax.
    virtual void softmax(ConstView x, View y) = 0;
    /// out = softmax(scale q k^T [+ causal mask]) v for each sequence and head; `logSumExp`
    /// (batch*heads x tokens) is kept for the backward pass, probabilities are not.
    virtual void attention(const Attention& spec, ConstView q, ConstView k, ConstView v, View out,
                           View logSumExp, Workspace workspace) = 0;
    /// dq, dk, dv overwritten.
    virtual void attentionBackward(const Attention& spec, ConstView q, ConstView k, ConstView v,
                                   ConstView out, ConstView logSumExp, ConstView g, View dq,
                                   View dk, View dv, Workspace workspace) = 0;
    virtual std::size_t attentionScratch(const Attention& spec, DType dtype) const = 0;
    virtual std::size_t attentionBackwardScratch(const Attention& spec, DType dtype) const = 0;

    // --- Images: one row a pixel, channel fastest
    // -------------------------------------------------
    /// columns (outputRows x taps*channels) row p = what output pixel p sees, order (ky, kx,
    /// channel).
    virtual void im2col(const Windows& spec, ConstView x, View columns) = 0;
    /// Its adjoint: the columns are added where they came from; x is overwritten or added to.
    virtual void col2im(const Windows& spec, ConstView columns, View x, Accumulate accumulate) = 0;
    /// y (outputRows x channels) = largest value of each window; argmax (u8, same shape, optional)
    /// = its tap ky*kernelWidth + kx, the first of equal ones. NaN counts as largest. At most 256
    /// taps.
    virtual void maxPool(const Windows& spec, ConstView x, View y, View argmax) = 0;
    /// gx (inputRows x channels) = sum of g over the windows that chose the pixel.
    virtual void maxPoolBackward(const Windows& spec, ConstView argmax, ConstView g, View gx) = 0;
    /// y (spec.outputRows() x outChannels) = activation(maxPool(im2col(x) w + bias)), a few images
    /// at a time; w is columns x outChannels, bias 1 x outChannels. argmax as of maxPool, or empty.
    virtual void convolve(const Convolution& spec, ConstView x, ConstView w, ConstView bias, View y,
                          View argmax, Workspace workspace) = 0;
    /// g: gradient of y. dw and dbias added; gx (empty: not wanted) overwritten.
    virtual void convolveBackward(const Convolution& spec, ConstView x, ConstView w, ConstView y,
                                  ConstView argmax, ConstView g, View gx, View dw, View dbias,
                                  Workspace workspace) = 0;
    virtual std::size_t convolveScratch(const Convolution& spec, DType dtype) const = 0;
    /// By column over all rows: y = (x - mean) / sqrt(variance + epsilon) * gamma + beta. stats
    /// (2 x cols) keeps mean and reciprocal deviation; running (2 x cols: mean, variance over
    /// rows - 1) moves toward them by `momentum`.
    virtual void batchNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                           double momentum, View running, View stats, View y,
                           Workspace workspace) = 0;
    /// The same with the running mean and variance, which stay as they are.
    virtual void batchNormInference(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                                    ConstView running, View y) = 0;
    /// gx overwritten, dgamma and dbeta added.
    virtual void batchNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g,
                                   View gx, View dgamma, View dbeta, Workspace workspace) = 0;
    virtual std::size_t batchNormScratch(std::int64_t rows, std::int64_t cols) const = 0;
    /// y = x / (1 - rate) where word i of the sequence (as in fillUniform) is above `rate`, else
    /// zero: the same call on a gradient is the backward pass. y may be x.
    virtual void dropout(ConstView x, double rate, PhiloxState state, ConstView counter,
                         View y) = 0;

    // --- STL (systems/stl-and-24.md 1.2, 1.3) -------------------------------------------------
    /// tiles (rowTiles*colTiles x tile^2): row (I, J) is the row-major tile (I, J) of x; padding
    /// is zero. Scatter writes the tiles back, dropping padding.
    virtual void gatherTiles(const TileLayout& layout, ConstView x, View tiles) = 0;
    virtual void scatterTiles(const TileLayout& layout, ConstView tiles, View x) = 0;
    /// planes[l, I, J] = sum_a matrix[l, a] vec(x tile (I, J))[a]. matrix: rank x tile^2; planes:
    /// batch of rank matrices rowTiles x colTiles. Serves E_X on X, E_W on W and D on dY.
    virtual void stlEncode(const TileLayout& layout, ConstView x, ConstView matrix,
                           BatchView planes, Workspace workspace) = 0;
    /// vec(y tile (I, J))[c] = sum_l matrix[l, c] planes[l, I, J], then the epilogue on y. Serves D
    /// on the products and E_X on dXhat.
    virtual void stlDecode(const TileLayout& layout, ConstBatchView planes, ConstView matrix,
                           View y, Accumulate accumulate, const Epilogue& epilogue,
                           Workspace workspace) = 0;
    /// gradient[l, a] += sum over tiles of planes[l, I, J] vec(x tile (I, J))[a]: dE_X, dE_W, dD.
    virtual void stlMatrixGradient(const TileLayout& layout, ConstView x, ConstBatchView planes,
                                   View gradient, Workspace workspace) = 0;
    virtual std::size_t stlScratch(const TileLayout& layout, std::int64_t rank,
                                   DType dtype) const = 0;
    /// Encoded weights (rank matrices inTiles x outTiles) in the form that this device's products
    /// read; null where they are read as they lie. May allocate.
    virtual std::unique_ptr<PreparedWeight> prepareStl(ConstBatchView weights);
    /// Takes new values of the same weights.
    virtual void refreshStl(ConstBatchView weights, PreparedWeight& prepared);
    /// products[l] = planes[l] weights[l], as batchedGemm multiplies them; any number of rows.
    virtual void stlMultiplyPrepared(ConstBatchView planes, const PreparedWeight& prepared,
                                     BatchView products);

    // --- Butterfly (systems/butterfly.md 1) ---------------------------------------------------
    /// y = B x for each row (batch x n); weights 1 x spec.weights(); y may be x.
    virtual void butterfly(const Butterfly& spec, ConstView x, ConstView weights, View y,
                           Workspace workspace) = 0;
    /// gx = B^T g (empty: not wanted), dweights += gradient; stage inputs are recomputed from x.
    virtual void butterflyBackward(const Butterfly& spec, ConstView x, ConstView weights,
                                   ConstView g, View gx, View dweights, Workspace workspace) = 0;
    virtual std::size_t butterflyScratch(const Butterfly& spec, std::int64_t rows,
                                         DType dtype) const = 0;
    virtual std::size_t butterflyBackwardScratch(const Butterfly& spec, std::int64_t rows,
                                                 DType dtype) const = 0;
    /// The weights of `spec` in the order in which this device's forward pass reads them; null
    /// where they are read as they lie. May allocate.
    virtual std::unique_ptr<PreparedWeight> prepareButterfly(const Butterfly& spec,
                                                             ConstView weights);
    /// Takes new values of the same weights.
    virtual void refreshButterfly(ConstView weights, PreparedWeight& prepared);
    /// y = B x as butterfly does it.
    virtual void butterflyPrepared(ConstView x, const PreparedWeight& prepared, View y);

    // --- 2:4 (systems/stl-and-24.md 2.1 to 2.3) ------------------------------------------------
    // w is in x out with in a multiple of 4; a group is four consecutive *rows* of one column
    // (the reduction dimension of Y = X W).
    /// mask (u8, shape of w) = 1 on the two largest |w| of each group, ties to the lowest index.
    virtual void twoFourMask(ConstView w, View mask) = 0;
    /// Transposable: in each 4 x 4 block exactly two per row and two per column, the best of
    /// kTransposableMasks by the sum of squares of the kept weights, summed in double in row-major
    /// order (first wins); out must be a multiple of 4 too.
    virtual void twoFourTransposableMask(ConstView w, View mask) = 0;
    /// y = mask ? x : 0.
    virtual void applyMask(ConstView x, ConstView mask, View y) = 0;
    /// SR-STE: g += lambda (1 - mask) w.
    virtual void twoFourDecay(ConstView w, ConstView mask, double lambda, View g) = 0;
    /// values (out x in/2) = kept pair of each group in index order; meta (out x ceil(in/4)) u8,
    /// one nibble idx0 | idx1 << 2 a byte (device layouts are made from it). Groups with fewer than
    /// two nonzeros follow the filling rule of 2.3; of more than two the pair of twoFourMask stays.
    virtual void twoFourCompress(ConstView w, View values, View meta) = 0;
    /// y (rows x out) = x (rows x in) W from the compressed form.
    virtual void twoFourMultiply(ConstView x, ConstView values, ConstView meta, View y,
                                 const Epilogue& epilogue) = 0;
    /// The masked dense weight `w` (in x out) in the form that suits this device best, chosen by
    /// trial for products of `rows` rows: the operand of y = x W, groups being four rows of a
    /// column, or with Transpose::Yes of y = x W^T, groups being four columns of a row (which a
    /// transposable mask has too). May allocate and wait. Null where there is no such form: then
    /// the ops above serve.
    virtual std::unique_ptr<PreparedWeight> prepareTwoFour(ConstView w, Transpose transpose,
                                                           std::int64_t rows);
    /// Takes the new values and positions of the same weight.
    virtual void refreshTwoFour(ConstView w, PreparedWeight& prepared);
    /// y = x W or x W^T, then the epilogue; any number of rows.
    virtual void twoFourMultiplyPrepared(ConstView x, const PreparedWeight& prepared, View y,
                                         const Epilogue& epilogue);

    // --- Optimizers ---------------------------------------------------------------------------
    /// v = momentum v + (g + decay w); w -= lr v (Nesterov: g + momentum v).
    virtual void sgdStep(const Sgd& spec, StepScalars scalars,
                         std::span<const OptimizerSlot> slots) = 0;
    /// AdamW, Loshchilov and Hutter 2019, algorithm 2, bias corrected, decoupled decay
    /// (w -= lr * weightDecay * w).
    virtual void adamwStep(const AdamW& spec, StepScalars scalars,
                           std::span<const OptimizerSlot> slots) = 0;
};

} // namespace inlay::kernels

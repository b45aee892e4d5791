#pragma once

#include "kernels/backend.h"
#include "kernels/cpu/huge_pages.h"
#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/simd_level.h"

namespace inlay::kernels {

/// The CPU backend: f32, bf16 as storage of gemm and convert. Work is cut in chunks by shape and
/// run on the pool of kernels/parallel.h; sums over chunks are added in their order, so results do
/// not depend on the number of threads. Enqueued work is done when a call returns.
class CpuBackend final : public Backend {
public:
    /// With the best instruction set of this processor, or one that it has.
    CpuBackend();
    explicit CpuBackend(SimdLevel level);

    std::string name() const override;
    std::string description() const override;
    bool computes(DType dtype) const override { return dtype == DType::F32; }

    void* allocate(std::size_t bytes) override;
    void release(void* memory) override;
    void copyToDevice(void* device, const void* host, std::size_t bytes) override;
    void copyToHost(void* host, const void* device, std::size_t bytes) override;
    void copy(void* target, const void* source, std::size_t bytes) override;
    void zero(void* memory, std::size_t bytes) override;
    void synchronize() override;
    std::int64_t mark() override;
    double elapsed(std::int64_t from, std::int64_t to) override;

    void convert(ConstView x, View y) override;
    void axpby(double alpha, ConstView x, double beta, View y) override;
    void multiply(ConstView a, ConstView b, View y, Accumulate accumulate) override;
    void fill(View y, double value) override;
    void fillUniform(View y, PhiloxState state, ConstView counter, double low,
                     double high) override;
    void fillNormal(View y, PhiloxState state, ConstView counter, double mean,
                    double deviation) override;
    void gatherRows(ConstView x, ConstView index, View y) override;
    void scatterAddRows(ConstView x, ConstView index, View y) override;
    void gatherColumns(ConstView x, ConstView index, View y) override;
    void scatterAddColumns(ConstView x, ConstView index, View y) override;
    void imagePatches(ConstView images, std::int64_t height, std::int64_t width, std::int64_t patch,
                      View patches) override;

    void gemm(const Gemm& spec, ConstView a, ConstView b, View c,
              const Epilogue& epilogue) override;
    void batchedGemm(const Gemm& spec, ConstBatchView a, ConstBatchView b, BatchView c) override;

    void applyEpilogue(View y, const Epilogue& epilogue) override;
    void activate(Activation activation, ConstView x, View y) override;
    void activateBackward(Activation activation, ConstView pre, ConstView g, View gx) override;

    void sumRows(ConstView x, View out, Accumulate accumulate) override;
    void sum(ConstView x, View out, Accumulate accumulate) override;
    void sumSquares(ConstView x, View out, Accumulate accumulate) override;
    void maxAbs(ConstView x, View out) override;
    void sumSquaresOf(std::span<const ConstView> tensors, View out) override;
    void clipFactor(ConstView squares, double maxNorm, View out) override;
    void countDifferent(ConstView a, ConstView b, View out) override;
    void nearestRows(ConstView x, ConstView centers, View index, View squared) override;
    void groupMean(ConstView x, RowGroups rows, View y) override;
    void groupMeanBackward(ConstView g, RowGroups rows, View gx) override;
    void addPeriodic(ConstView x, ConstView p, View y) override;
    void sumPeriodic(ConstView g, View gp, Accumulate accumulate) override;

    void layerNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon, View y,
                   View stats) override;
    void layerNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g, View gx,
                           Accumulate accumulate, View dgamma, View dbeta,
                           Workspace workspace) override;
    std::size_t layerNormBackwardScratch(std::int64_t rows, std::int64_t cols,
                                         DType dtype) const override;
    void softmaxCrossEntropy(ConstView logits, ConstView labels, double gradientScale, View loss,
                             View correct, View gradient) override;
    void softmax(ConstView x, View y) override;
    void attention(const Attention& spec, ConstView q, ConstView k, ConstView v, View out,
                   View logSumExp, Workspace workspace) override;
    void attentionBackward(const Attention& spec, ConstView q, ConstView k, ConstView v,
                           ConstView out, ConstView logSumExp, ConstView g, View dq, View dk,
                           View dv, Workspace workspace) override;
    std::size_t attentionScratch(const Attention& spec, DType dtype) const override;
    std::size_t attentionBackwardScratch(const Attention& spec, DType dtype) const override;

    void im2col(const Windows& spec, ConstView x, View columns) override;
    void col2im(const Windows& spec, ConstView columns, View x, Accumulate accumulate) override;
    void maxPool(const Windows& spec, ConstView x, View y, View argmax) override;
    void maxPoolBackward(const Windows& spec, ConstView argmax, ConstView g, View gx) override;
    void convolve(const Convolution& spec, ConstView x, ConstView w, ConstView bias, View y,
                  View argmax, Workspace workspace) override;
    void convolveBackward(const Convolution& spec, ConstView x, ConstView w, ConstView y,
                          ConstView argmax, ConstView g, View gx, View dw, View dbias,
                          Workspace workspace) override;
    std::size_t convolveScratch(const Convolution& spec, DType dtype) const override;
    void batchNorm(ConstView x, ConstView gamma, ConstView beta, double epsilon, double momentum,
                   View running, View stats, View y, Workspace workspace) override;
    void batchNormInference(ConstView x, ConstView gamma, ConstView beta, double epsilon,
                            ConstView running, View y) override;
    void batchNormBackward(ConstView x, ConstView gamma, ConstView stats, ConstView g, View gx,
                           View dgamma, View dbeta, Workspace workspace) override;
    std::size_t batchNormScratch(std::int64_t rows, std::int64_t cols) const override;
    void dropout(ConstView x, double rate, PhiloxState state, ConstView counter, View y) override;

    void gatherTiles(const TileLayout& layout, ConstView x, View tiles) override;
    void scatterTiles(const TileLayout& layout, ConstView tiles, View x) override;
    void stlEncode(const TileLayout& layout, ConstView x, ConstView matrix, BatchView planes,
                   Workspace workspace) override;
    void stlDecode(const TileLayout& layout, ConstBatchView planes, ConstView matrix, View y,
                   Accumulate accumulate, const Epilogue& epilogue, Workspace workspace) override;
    void stlMatrixGradient(const TileLayout& layout, ConstView x, ConstBatchView planes,
                           View gradient, Workspace workspace) override;
    std::size_t stlScratch(const TileLayout& layout, std::int64_t rank, DType dtype) const override;
    std::unique_ptr<PreparedWeight> prepareStl(ConstBatchView weights) override;
    void refreshStl(ConstBatchView weights, PreparedWeight& prepared) override;
    void stlMultiplyPrepared(ConstBatchView planes, const PreparedWeight& prepared,
                             BatchView products) override;

    void butterfly(const Butterfly& spec, ConstView x, ConstView weights, View y,
                   Workspace workspace) override;
    void butterflyBackward(const Butterfly& spec, ConstView x, ConstView weights, ConstView g,
                           View gx, View dweights, Workspace workspace) override;
    std::size_t butterflyScratch(const Butterfly& spec, std::int64_t rows,
                                 DType dtype) const override;
    std::size_t butterflyBackwardScratch(const Butterfly& spec, std::int64_t rows,
                                         DType dtype) const override;
    std::unique_ptr<PreparedWeight> prepareButterfly(const Butterfly& spec,
                                                     ConstView weights) override;
    void refreshButterfly(ConstView weights, PreparedWeight& prepared) override;
    void butterflyPrepared(ConstView x, const PreparedWeight& prepared, View y) override;

    void twoFourMask(ConstView w, View mask) override;
    void twoFourTransposableMask(ConstView w, View mask) override;
    void applyMask(ConstView x, ConstView mask, View y) override;
    void twoFourDecay(ConstView w, ConstView mask, double lambda, View g) override;
    void twoFourCompress(ConstView w, View values, View meta) override;
    void twoFourMultiply(ConstView x, ConstView values, ConstView meta, View y,
                         const Epilogue& epilogue) override;

    std::unique_ptr<PreparedWeight> prepareTwoFour(ConstView w, Transpose transpose,
                                                   std::int64_t rows) override;
    void refreshTwoFour(ConstView w, PreparedWeight& prepared) override;
    void twoFourMultiplyPrepared(ConstView x, const PreparedWeight& prepared, View y,
                                 const Epilogue& epilogue) override;

    void sgdStep(const Sgd& spec, StepScalars scalars,
                 std::span<const OptimizerSlot> slots) override;
    void adamwStep(const AdamW& spec, StepScalars scalars,
                   std::span<const OptimizerSlot> slots) override;

private:
    void gemmF32(const cpu::Product& product, Transpose b);
    void gemmWithBf16(const Gemm& spec, ConstView a, ConstView b, View c, const Epilogue& epilogue);

    const cpu::KernelTable& kernels_;
    cpu::HugePages hugePages_;
};

} // namespace inlay::kernels

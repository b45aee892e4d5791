#pragma once

#include <cstdint>

// The serial inner functions of the CPU backend, compiled once for each instruction set from the
// same source. Plain pointers only: the sources behind them include nothing that could leave code
// for a newer processor in a shared inline function.

namespace inlay::kernels::cpu {

/// Mirrors kernels::Activation.
enum class Act : std::uint8_t { None, Relu, Gelu, Silu, LeakyRelu };
inline constexpr float kLeaky = 0.1f; // kernels::kLeakySlope

/// bias (n) or null; pre (rows x n at preStride) or null; then the activation in place; then
/// residual (rows x n at residualStride) or null is added.
struct RowEpilogue {
    const float* bias = nullptr;
    float* pre = nullptr;
    std::int64_t preStride = 0;
    Act act = Act::None;
    const float* residual = nullptr;
    std::int64_t residualStride = 0;
    bool any() const {
        return bias != nullptr || pre != nullptr || act != Act::None || residual != nullptr;
    }
};

/// C (m x n) = alpha A B + beta C, then the epilogue. Element (i, p) of A lies at
/// a[i * aRow + p * aInner] where one of the two strides is 1.
struct Product {
    std::int64_t m = 0;
    std::int64_t n = 0;
    std::int64_t k = 0;
    const float* a = nullptr;
    std::int64_t aRow = 0;
    std::int64_t aInner = 1;
    const float* b = nullptr;
    std::int64_t bStride = 0;
    float* c = nullptr;
    std::int64_t cStride = 0;
    float alpha = 1.0f;
    float beta = 0.0f;
    RowEpilogue epilogue;
    /// Where A is read down its columns: the rows of A and B that the next product will read, k * m
    /// and k * n floats one after the other, or absent. They are asked for meanwhile.
    const float* nextA = nullptr;
    const float* nextB = nullptr;
    /// Packed panels of B come from beyond the second level of cache: each asks for the next one.
    bool fetchPanels = false;
};

/// Rows of X by 2:4 weights packed as a stream of kept values in the order of use: blocks of
/// kStreamOutputs outputs, in each blocks of kStreamFeatures features, in each one output after
/// another. Of a kept weight the stream has its value and the place of its feature in the panel of
/// the block, which holds a feature's kStreamLanes rows of X side by side, in bytes.
constexpr std::int64_t kStreamLanes = 96;
constexpr std::int64_t kStreamFeatures = 64;
constexpr std::int64_t kStreamOutputs = 128;
struct TwoFourStream {
    std::int64_t in = 0;
    const float* values = nullptr;
    const std::uint16_t* places = nullptr;
    const float* x = nullptr;
    std::int64_t xStride = 0;
    float* y = nullptr;
    std::int64_t yStride = 0;
    RowEpilogue epilogue;
};

struct LayerNormRows {
    std::int64_t cols = 0;
    float epsilon = 0.0f;
    const float* x = nullptr;
    std::int64_t xStride = 0;
    const float* gamma = nullptr;
    const float* beta = nullptr;
    float* y = nullptr; // gx in the backward pass
    std::int64_t yStride = 0;
    float* stats = nullptr;
    std::int64_t statsStride = 0;
    const float* g = nullptr;
    std::int64_t gStride = 0;
    bool accumulate = false;
};

/// One head of one sequence. Backward also reads out, logSumExp and g.
struct AttentionHead {
    std::int64_t tokens = 0;
    std::int64_t headDim = 0;
    float scale = 1.0f;
    bool causal = false;
    const float* q = nullptr;
    const float* k = nullptr;
    const float* v = nullptr;
    const float* g = nullptr;
    float* out = nullptr;
    float* logSumExp = nullptr;
    float* dq = nullptr;
    float* dk = nullptr;
    float* dv = nullptr;
    std::int64_t qStride = 0;
    std::int64_t kStride = 0;
    std::int64_t vStride = 0;
    std::int64_t gStride = 0;
    std::int64_t outStride = 0;
    std::int64_t dqStride = 0;
    std::int64_t dkStride = 0;
    std::int64_t dvStride = 0;
    bool addToKeys = false; // dk and dv are added to: a later head of the same key head
};

struct AdamStep {
    float* weight = nullptr;
    const float* gradient = nullptr;
    float* first = nullptr;
    float* second = nullptr;
    const std::uint8_t* decayMask = nullptr;
    float beta1 = 0.0f;
    float beta2 = 0.0f;
    float epsilon = 0.0f;
    float gradientScale = 1.0f;
    float rate = 0.0f;            // step of this parameter
    float decay = 0.0f;           // weight decay of this parameter
    float firstCorrection = 1.0f; // 1 / (1 - beta1^step)
    float secondCorrection = 1.0f;
};

struct SgdStep {
    float* weight = nullptr;
    const float* gradient = nullptr;
    float* velocity = nullptr;
    const std::uint8_t* decayMask = nullptr;
    float momentum = 0.0f;
    bool nesterov = false;
    float gradientScale = 1.0f;
    float rate = 0.0f;
    float decay = 0.0f;
};

/// A butterfly network on rows of n = 2^stages numbers.
struct ButterflyRows {
    std::int64_t n = 1;
    std::int64_t rows = 0; // of all calls
    std::int64_t stages = 0;
    bool rising = true;      // stride 1 first
    bool transposed = false; // b and c exchanged
    const float* weights = nullptr;
    const float* packed = nullptr; // of packButterfly, for the forward pass
    const float* x = nullptr;
    std::int64_t xStride = 0;
    float* y = nullptr; // gx in the backward pass, may be null there
    std::int64_t yStride = 0;
    const float* g = nullptr;
    std::int64_t gStride = 0;
    float* dweights = nullptr;
};

/// Nearest centers; `packed` holds the negated centers in vectors: [vector][dimension][lane].
struct NearestOp {
    const float* x = nullptr; // points, dims wide
    std::int64_t dims = 0;
    std::int64_t count = 0;        // centers
    const float* rows = nullptr;   // count x dims
    const float* packed = nullptr; // padded to whole vectors
    const float* halfNorms = nullptr;
    float largestNorm = 0.0f;
    std::int32_t* index = nullptr;
    float* squared = nullptr;
    float* secondSquared = nullptr; // may be null
};

struct CoverOp {
    const float* x = nullptr;
    std::int64_t rowCount = 0;
    std::int64_t dims = 0;
    const float* center = nullptr;
    std::int32_t newLabel = 0;
    const float* skip = nullptr; // by former label; may be null
    float* squared = nullptr;
    std::int32_t* label = nullptr;
};

/// Points whose pairs among themselves are seen from both sides; a multiple of every vector.
inline constexpr std::int64_t kPairBlock = 16;

/// Points of a layout by coordinate; the planes hold `padded` floats, those beyond the points far
/// away.
struct PairForces {
    const float* y[3] = {nullptr, nullptr, nullptr};
    int dims = 2;
    std::int64_t padded = 0;
    float* force[3] = {nullptr, nullptr, nullptr};
    float* sums = nullptr; // of kernel values; costs when attracting (may be null)
    const std::int64_t* rowStart = nullptr;
    const std::int32_t* column = nullptr;
    const float* weight = nullptr;
};

/// Mirrors kernels::Windows for one image whose pixels lie `pixelStride` floats apart.
struct ImageWindows {
    std::int64_t height = 1;
    std::int64_t width = 1;
    std::int64_t channels = 1;
    std::int64_t kernelHeight = 1;
    std::int64_t kernelWidth = 1;
    std::int64_t stride = 1;
    std::int64_t padTop = 0;
    std::int64_t padLeft = 0;
    std::int64_t outHeight = 1;
    std::int64_t outWidth = 1;
    std::int64_t pixelStride = 1; // of the large side: x, gx
};

/// Columns begin to end of all rows.
struct BatchNormOp {
    std::int64_t rows = 0;
    std::int64_t cols = 0;
    const float* x = nullptr;
    std::int64_t xStride = 0;
    const float* g = nullptr;
    std::int64_t gStride = 0;
    float* y = nullptr;
    std::int64_t yStride = 0;
};

struct KernelTable {
    const char* name;
    int width; // floats in a vector

    // Elementwise on n adjacent floats.
    void (*axpby)(float alpha, const float* x, float beta, float* y, std::int64_t n);
    void (*multiply)(const float* a, const float* b, float* y, bool accumulate, std::int64_t n);
    void (*add)(const float* a, const float* b, float* y, std::int64_t n);
    /// y = alpha (x_0 + x_1 + …, in this order) + beta y, where x_i lies at x + i * distance.
    void (*sumParts)(const float* x, std::int64_t parts, std::int64_t distance, float alpha,
                     float beta, float* y, std::int64_t n);
    /// sums[j] += x_0[j] + x_1[j] + …, in this order, where x_i lies at x + i * stride.
    void (*addRows)(const float* x, std::int64_t stride, std::int64_t rows, float* sums,
                    std::int64_t n);
    void (*activate)(Act act, const float* x, float* y, std::int64_t n);
    void (*activateBackward)(Act act, const float* pre, const float* g, float* gx, std::int64_t n);
    void (*epilogue)(const RowEpilogue& epilogue, float* y, std::int64_t stride, std::int64_t rows,
                     std::int64_t n);
    void (*exponential)(const float* x, float* y, std::int64_t n);
    void (*logarithm)(const float* x, float* y, std::int64_t n);
    double (*sum)(const float* x, std::int64_t n);
    double (*sumSquares)(const float* x, std::int64_t n);
    float (*maxAbs)(const float* x, std::int64_t n);

    // Rows begin to end.
    void (*layerNorm)(const LayerNormRows& op, std::int64_t begin, std::int64_t end);
    /// dgamma and dbeta (cols floats each) are added to.
    void (*layerNormBackward)(const LayerNormRows& op, std::int64_t begin, std::int64_t end,
                              float* dgamma, float* dbeta);
    void (*softmax)(const float* x, std::int64_t xStride, float* y, std::int64_t yStride,
                    std::int64_t cols, std::int64_t rows);
    /// Returns the loss of the rows and counts the right ones; gradient may be null.
    double (*crossEntropy)(const float* logits, std::int64_t stride, const std::int32_t* labels,
                           std::int64_t labelStride, std::int64_t cols, std::int64_t rows,
                           float scale, float* gradient, std::int64_t gradientStride,
                           std::int64_t* correct);

    // Products.
    std::int64_t panelWidth; // columns of a packed panel of B
    std::int64_t stripRows;  // rows of a packed strip of A
    /// Floats that packB writes for k x n.
    std::int64_t (*packedSize)(std::int64_t k, std::int64_t n);
    /// Panels of panelWidth columns, each k x panelWidth, zero-padded. Element (p, j) of B lies at
    /// b[p * bInner + j * bCol], one of the strides being 1.
    void (*packB)(const float* b, std::int64_t bInner, std::int64_t bCol, std::int64_t k,
                  std::int64_t n, float* packed);
    /// Strips of stripRows rows, each k x stripRows; the last is short and keeps its own width.
    void (*packA)(const float* a, std::int64_t aRow, std::int64_t aInner, std::int64_t m,
                  std::int64_t k, float* packed);
    /// b made by packB for (k, n); a not packed, or made by packA.
    void (*productPacked)(const Product& product);
    void (*productStrips)(const Product& product);
    /// b row-major with bStride, read where it lies.
    void (*productPlain)(const Product& product);
    /// The same for a short k, where what surrounds the sums would take as long as they do:
    /// C = A B alone (alpha is 1, beta 0, no epilogue).
    void (*productShort)(const Product& product);
    void (*transpose)(const float* x, std::int64_t xStride, float* y, std::int64_t yStride,
                      std::int64_t rows, std::int64_t cols);

    // Attention: scratch in floats.
    std::int64_t (*attentionScratch)(std::int64_t tokens, std::int64_t headDim);
    void (*attention)(const AttentionHead& head, float* scratch);
    void (*attentionBackward)(const AttentionHead& head, float* scratch);

    // Tiles: rows[i] points at the matrix row of tile row i, or is null for padding.
    /// panel[(i * tile + j) * stride + J]
    void (*gatherTileRow)(const float* const* rows, std::int64_t cols, std::int64_t tile,
                          float* panel, std::int64_t stride);
    void (*scatterTileRow)(float* const* rows, std::int64_t cols, std::int64_t tile,
                           const float* panel, std::int64_t stride, bool accumulate);

    // Images, one at a time.
    /// Output rows begin to end of im2col; rows of `columns` are `columnsStride` floats apart.
    void (*im2col)(const ImageWindows& w, const float* x, std::int64_t begin, std::int64_t end,
                   float* columns, std::int64_t columnsStride);
    /// Adds the columns of output rows begin to end.
    void (*col2im)(const ImageWindows& w, const float* columns, std::int64_t columnsStride,
                   std::int64_t begin, std::int64_t end, float* x);
    void (*maxPool)(const ImageWindows& w, const float* x, float* y, std::int64_t yStride,
                    std::uint8_t* argmax, std::int64_t argmaxStride);
    /// gx is overwritten.
    void (*maxPoolBackward)(const ImageWindows& w, const std::uint8_t* argmax,
                            std::int64_t argmaxStride, const float* g, std::int64_t gStride,
                            float* gx);
    // Batch norm over rows begin to end.
    /// sums[j] += x - shift, squares[j] += (x - shift)^2.
    void (*columnMoments)(const BatchNormOp& op, const float* shift, std::int64_t begin,
                          std::int64_t end, float* sums, float* squares);
    /// y = (x - mean) * factor + offset.
    void (*scaleColumns)(const BatchNormOp& op, const float* mean, const float* factor,
                         const float* offset, std::int64_t begin, std::int64_t end);
    /// sums[j] += g, products[j] += g * (x - mean) * inverse.
    void (*columnGradients)(const BatchNormOp& op, const float* mean, const float* inverse,
                            std::int64_t begin, std::int64_t end, float* sums, float* products);
    /// y = g * a + x * b + c.
    void (*combineColumns)(const BatchNormOp& op, const float* a, const float* b, const float* c,
                           std::int64_t begin, std::int64_t end);

    // Butterfly: packed weights and scratch in floats, both aligned to 64 bytes.
    std::int64_t (*butterflyPacked)(std::int64_t n, std::int64_t stages);
    int (*butterflyPasses)(const ButterflyRows& op);
    /// Those of one pass.
    void (*packButterfly)(const ButterflyRows& op, int pass, float* packed);
    std::int64_t (*butterflyBackwardScratch)(std::int64_t n, std::int64_t stages);
    std::int64_t (*butterflyScratch)(std::int64_t n);
    void (*butterfly)(const ButterflyRows& op, std::int64_t begin, std::int64_t end,
                      float* scratch);
    void (*butterflyBackward)(const ButterflyRows& op, std::int64_t begin, std::int64_t end,
                              float* scratch);

    // 2:4, one group of four rows, or 4 x 4 blocks.
    void (*twoFourMask)(const float* w, std::int64_t stride, std::uint8_t* mask,
                        std::int64_t maskStride, std::int64_t cols);
    std::int64_t (*twoFourScratch)(std::int64_t in);
    void (*twoFourMultiply)(const float* x, std::int64_t xStride, std::int64_t rows,
                            std::int64_t in, std::int64_t out, const float* values,
                            std::int64_t valuesStride, const std::uint8_t* meta,
                            std::int64_t metaStride, float* y, std::int64_t yStride,
                            float* scratch);
    /// At most kStreamLanes rows from `row`; outputs from `begin`, a multiple of kStreamOutputs, to
    /// `end`. Scratch: streamScratch(in) floats, aligned to 64 bytes.
    std::int64_t (*streamScratch)(std::int64_t in);
    void (*twoFourStream)(const TwoFourStream& op, std::int64_t row, std::int64_t rows,
                          std::int64_t begin, std::int64_t end, float* scratch);

    // Clustering.
    void (*nearest)(const NearestOp& op, std::int64_t begin, std::int64_t end);
    float (*squaredDistance)(const float* a, const float* b, std::int64_t n);
    std::int64_t (*cover)(const CoverOp& op);
    void (*accumulate)(const float* x, std::int64_t rows, std::int64_t dims,
                       const std::int32_t* label, const double* weight, double* sums,
                       double* counts);

    // Layouts, rows begin to end: repelPairs whole blocks, adding to force.
    void (*repelPairs)(const PairForces& op, std::int64_t begin, std::int64_t end);
    void (*attractPairs)(const PairForces& op, std::int64_t begin, std::int64_t end);

    void (*adam)(const AdamStep& step, std::int64_t begin, std::int64_t end);
    void (*sgd)(const SgdStep& step, std::int64_t begin, std::int64_t end);
};

/// One for each level; the last two exist on every build for x86-64 and may only be called where
/// the processor has the instructions.
const KernelTable& baselineKernels();
const KernelTable& avx2Kernels();
const KernelTable& avx512Kernels();

} // namespace inlay::kernels::cpu

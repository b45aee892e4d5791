#pragma once

// Descriptions of the ops: plain values, the same for every backend. Shapes use the letters of
// the op's comment in backend.h. Weights of a linear layer are stored in x out: Y = X W.

#include <cstdint>

#include "kernels/views.h"

namespace inlay::kernels {

enum class Transpose : std::uint8_t { No, Yes };
/// Whether an op overwrites its result or adds to it. Gradients of parameters always add.
enum class Accumulate : std::uint8_t { No, Yes };
/// GELU is the exact one, x Phi(x) with the error function. LeakyRelu multiplies what is negative
/// by kLeakySlope.
enum class Activation : std::uint8_t { None, Relu, Gelu, Silu, LeakyRelu };
inline constexpr double kLeakySlope = 0.1;

/// C = alpha op(A) op(B) + beta C, then the epilogue.
struct Gemm {
    Transpose a = Transpose::No;
    Transpose b = Transpose::No;
    double alpha = 1.0;
    double beta = 0.0;
};

/// What is done to each row of a product while it is still in cache:
/// pre = product + bias; y = activation(pre) + residual. `bias` is 1 x n or empty; `pre` keeps the
/// value before the activation for the backward pass, or is empty; `residual` has the shape of y
/// and shares no memory with it, or is empty.
struct Epilogue {
    ConstView bias;
    Activation activation = Activation::None;
    View pre;
    ConstView residual = {};
};

/// How the rows of an activation fall into groups (samples, sequences).
struct RowGroups {
    std::int64_t groups = 1;
    std::int64_t rowsPerGroup = 1;
    std::int64_t rows() const { return groups * rowsPerGroup; }
};

/// Which rows share a tile. Within: consecutive rows of one group. Across: the same position of
/// `tile` groups. Single: each row alone, the other tile rows are zero.
enum class Grouping : std::uint8_t { Within, Across, Single };

/// Cuts a (groups x rowsPerGroup) x cols matrix in tile x tile tiles; short edges are padded with
/// zeros. The encoded form is rank planes of rowTiles() x colTiles(), each a row-major matrix.
struct TileLayout {
    std::int64_t tile = 4;
    std::int64_t cols = 0;
    RowGroups rows;
    Grouping grouping = Grouping::Within;

    std::int64_t colTiles() const { return (cols + tile - 1) / tile; }
    std::int64_t rowTiles() const {
        switch (grouping) {
        case Grouping::Within:
            return rows.groups * ((rows.rowsPerGroup + tile - 1) / tile);
        case Grouping::Across:
            return ((rows.groups + tile - 1) / tile) * rows.rowsPerGroup;
        case Grouping::Single:
            return rows.rows();
        }
        return 0;
    }
    /// Row of the matrix that lies at row `i` (0..tile-1) of row tile `I`, or -1 for padding.
    std::int64_t row(std::int64_t I, std::int64_t i) const {
        switch (grouping) {
        case Grouping::Within: {
            const std::int64_t perGroup = (rows.rowsPerGroup + tile - 1) / tile;
            const std::int64_t position = (I % perGroup) * tile + i;
            return position < rows.rowsPerGroup ? (I / perGroup) * rows.rowsPerGroup + position
                                                : -1;
        }
        case Grouping::Across: {
            const std::int64_t group = (I / rows.rowsPerGroup) * tile + i;
            return group < rows.groups ? group * rows.rowsPerGroup + I % rows.rowsPerGroup : -1;
        }
        case Grouping::Single:
            return i == 0 ? I : -1;
        }
        return -1;
    }
};

enum class Padding : std::uint8_t { Valid, Same };

/// A window that slides over images, of a convolution or a pooling. A batch of images is a matrix
/// with one row a pixel: batch*height*width x channels. Output pixel (oy, ox) sees the input pixels
/// (oy*stride - padTop + ky, ox*stride - padLeft + kx); those outside the image are zero, and a
/// pooling leaves them out.
struct Windows {
    std::int64_t batch = 1;
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

    std::int64_t inputRows() const { return batch * height * width; }
    std::int64_t outputRows() const { return batch * outHeight * outWidth; }
    std::int64_t taps() const { return kernelHeight * kernelWidth; }
    /// Width of a row of im2col: (ky, kx, channel), the channel fastest.
    std::int64_t columns() const { return taps() * channels; }
    Windows withBatch(std::int64_t images) const {
        Windows other = *this;
        other.batch = images;
        return other;
    }
};

/// Pixels along one side of the output: whole windows only, or ceil(side / stride) with zeros
/// around, the odd one behind. Not above zero where the window is larger than the image.
constexpr std::int64_t outputSide(std::int64_t side, std::int64_t kernel, std::int64_t stride,
                                  Padding padding) {
    if (padding == Padding::Same)
        return (side + stride - 1) / stride;
    return side < kernel ? 0 : (side - kernel) / stride + 1;
}

inline Windows slidingWindows(std::int64_t batch, std::int64_t height, std::int64_t width,
                              std::int64_t channels, std::int64_t kernel, std::int64_t stride,
                              Padding padding) {
    Windows w{batch, height, width, channels, kernel, kernel, stride};
    w.outHeight = outputSide(height, kernel, stride, padding);
    w.outWidth = outputSide(width, kernel, stride, padding);
    if (padding == Padding::Same) {
        const auto before = [&](std::int64_t out, std::int64_t side) {
            const std::int64_t missing = (out - 1) * stride + kernel - side;
            return missing > 0 ? missing / 2 : 0;
        };
        w.padTop = before(w.outHeight, height);
        w.padLeft = before(w.outWidth, width);
    }
    return w;
}

/// y = activation(maxPool(im2col(x) w + bias)). `pool` slides over the product's pixels; of one tap
/// there is no pooling. The activation is None, Relu or LeakyRelu: it grows with its argument, so
/// it may follow the pooling, and its slope can be told from y.
struct Convolution {
    Windows windows;
    std::int64_t outChannels = 1;
    Windows pool;
    Activation activation = Activation::None;

    bool pooled() const { return pool.taps() > 1; }
    std::int64_t outputRows() const { return pooled() ? pool.outputRows() : windows.outputRows(); }
};

enum class ButterflyOrder : std::uint8_t { Increasing, Decreasing };

/// A square butterfly network on n = 2^L inputs. Weights: L x (n/2) x 4 numbers, indexed by
/// *stride* (stage s pairs i with i + 2^s) and pair p = ((i >> (s+1)) << s) | (i & (2^s - 1));
/// the four are a b c d: y_i = a x_i + b x_j, y_j = c x_i + d x_j. Increasing order applies
/// s = 0, 1, …; the transposed network runs the stages backwards with transposed blocks.
struct Butterfly {
    std::int64_t n = 1;
    ButterflyOrder order = ButterflyOrder::Increasing;
    Transpose transposed = Transpose::No;

    std::int64_t stages() const {
        std::int64_t count = 0;
        while ((std::int64_t{1} << count) < n)
            ++count;
        return count;
    }
    std::int64_t weights() const { return stages() * 2 * n; }
};

/// Multi-head attention over `batch` sequences of `tokens` rows; q has heads x headDim columns,
/// k and v kvHeads x headDim (heads is a multiple of kvHeads). Views have batch x tokens rows.
struct Attention {
    std::int64_t batch = 1;
    std::int64_t tokens = 1;
    std::int64_t heads = 1;
    std::int64_t kvHeads = 1;
    std::int64_t headDim = 1;
    bool causal = false;
    double scale = 1.0;
};

struct Sgd {
    double momentum = 0.0;
    bool nesterov = false;
    double weightDecay = 0.0;
};

struct AdamW {
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay = 0.0;
};

/// One parameter as an optimizer step sees it. All pointers are to `count` contiguous floats
/// (f64 on the reference device when `dtype` is F64). `decay` scales the weight decay and
/// `learningRate` the step of this parameter; `decayMask` (0 or 1 for each element, or null)
/// excludes elements from decay.
struct OptimizerSlot {
    void* weight = nullptr;
    const void* gradient = nullptr;
    void* first = nullptr;  // momentum, or Adam's first moment
    void* second = nullptr; // Adam's second moment; null for SGD
    const std::uint8_t* decayMask = nullptr;
    std::int64_t count = 0;
    double decay = 1.0;
    double learningRate = 1.0;
    DType dtype = DType::F32;
};

/// Numbers that change from step to step, one-element device tensors so that enqueued work never
/// waits for the host: learning rate, step count (from 1), factor on every gradient (clipping; 1
/// when not given). All are of the parameters' dtype.
struct StepScalars {
    ConstView learningRate;
    ConstView step;
    ConstView gradientScale;
};

} // namespace inlay::kernels

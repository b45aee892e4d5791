#pragma once

// The operands of an STL op as its kernels see them, and the kernels' entry points: one set for
// 4 x 4 tiles whose rows are aligned, one for everything else.

#include "kernels/cuda/elements.cuh"
#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/queue.h"
#include "kernels/cuda/stl_tiles.h"

namespace inlay::kernels::cuda {

/// x is the matrix that is cut in tiles, X and P are T or const T. `matrix` is the encoder, the
/// decoder or the gradient of one: rank x tile^2.
template <typename X, typename P>
struct StlOperands {
    TileMap map;
    X* x = nullptr;
    std::int64_t xStride = 0;
    P* planes = nullptr;
    std::int64_t planeStride = 0; // between row tiles
    std::int64_t batchStride = 0; // between ranks
    AnyVector matrix;
    std::int64_t matrixStride = 0;
    std::uint32_t rank = 0;

    __device__ __forceinline__ float coefficient(std::uint32_t l, std::uint32_t a) const {
        return matrix.load(l * matrixStride + a);
    }
    /// Numbers of row tile I in plane 0.
    __device__ __forceinline__ P* planeRow(std::uint32_t I) const {
        return planes + I * planeStride;
    }
};

template <typename T>
using EncodeOperands = StlOperands<const T, T>;
template <typename T>
using DecodeOperands = StlOperands<T, const T>;
template <typename T>
using GradientOperands = StlOperands<const T, const T>;

/// What decoding does to a result besides storing it.
template <typename T>
struct DecodeFinish {
    bool accumulate = false;
    DeviceEpilogue<T> epilogue;

    bool plain() const { return !accumulate && epilogue.trivial(); }
};

// 4 x 4 tiles. bf16: x and planes have wideRows and colTiles is a multiple of 8, cols of 32. f32:
// x has wideRows and cols is a multiple of 4. What the epilogue reads and writes has wideRows too.
void encodeFour(Queue& queue, const EncodeOperands<bf16>& operands);
void encodeFour(Queue& queue, const EncodeOperands<float>& operands);
void decodeFour(Queue& queue, const DecodeOperands<bf16>& operands,
                const DecodeFinish<bf16>& finish);
void decodeFour(Queue& queue, const DecodeOperands<float>& operands,
                const DecodeFinish<float>& finish);
/// Partial sums, parts x rank x area numbers, in `partial`. The number of parts is that of
/// fourGradientParts.
void gradientFour(Queue& queue, const GradientOperands<bf16>& operands, float* partial);
void gradientFour(Queue& queue, const GradientOperands<float>& operands, float* partial);
std::uint32_t fourGradientParts(const TileMap& map, std::uint32_t rank, bf16);
std::uint32_t fourGradientParts(const TileMap& map, std::uint32_t rank, float);

// Any tile of up to 8 x 8, any strides.
template <typename T>
void encodeAny(Queue& queue, const EncodeOperands<T>& operands);
template <typename T>
void decodeAny(Queue& queue, const DecodeOperands<T>& operands, const DecodeFinish<T>& finish);
template <typename T>
void gradientAny(Queue& queue, const GradientOperands<T>& operands, float* partial);
std::uint32_t anyGradientParts(const TileMap& map, std::uint32_t rank);

/// matrix (rank x area) += the sum of `parts` partial sums, in their order.
void addGradientParts(Queue& queue, AnyVector matrix, std::int64_t stride, std::uint32_t rank,
                      std::uint32_t area, const float* partial, std::uint32_t parts);

} // namespace inlay::kernels::cuda

#pragma once

// A row in the registers of a warp: pieces of kPiece adjacent columns, the pieces dealt to the
// lanes in turn.

#include <type_traits>

#include "kernels/cuda/packs.cuh"
#include "kernels/cuda/reduce.cuh"

namespace inlay::kernels::cuda {

/// Columns of a piece: one access of 16 bytes in f32, 8 in bf16.
inline constexpr int kPiece = 4;
/// The longest row that one warp holds.
inline constexpr int kWarpCols = 1024;

/// kPieces is the most pieces that a lane may have.
template <int kPieces>
struct RowPieces {
    int lane;
    int cols;
    bool packed; // addresses of rows allow whole pieces

    __device__ __forceinline__ int col(int p) const { return (lane + 32 * p) * kPiece; }
    /// Columns of piece p: kPiece, fewer at the end of the row, none or negative after it.
    __device__ __forceinline__ int count(int p) const { return cols - col(p); }

    template <typename T>
    __device__ __forceinline__ void load(const T* row, float (&values)[kPieces][kPiece],
                                         float otherwise = 0.0f) const {
#pragma unroll
        for (int p = 0; p < kPieces; ++p)
            loadSome(row + col(p), count(p), packed, values[p], otherwise);
    }
    /// Calls body(p, i) for every column of this lane.
    template <typename Body>
    __device__ __forceinline__ void each(Body body) const {
#pragma unroll
        for (int p = 0; p < kPieces; ++p)
#pragma unroll
            for (int i = 0; i < kPiece; ++i)
                if (i < count(p))
                    body(p, i);
    }
    __device__ __forceinline__ float sum(const float (&values)[kPieces][kPiece]) const {
        float total = 0.0f;
#pragma unroll
        for (int p = 0; p < kPieces; ++p)
#pragma unroll
            for (int i = 0; i < kPiece; ++i)
                total += values[p][i]; // columns after the end are zero
        return total;
    }
};

/// Calls body(std::integral_constant<int, kPieces>) for rows of `cols` <= kWarpCols columns.
template <typename Body>
void withPieces(std::int64_t cols, Body body) {
    constexpr int kPerPiece = 32 * kPiece;
    if (cols <= kPerPiece)
        body(std::integral_constant<int, 1>{});
    else if (cols <= 2 * kPerPiece)
        body(std::integral_constant<int, 2>{});
    else if (cols <= 4 * kPerPiece)
        body(std::integral_constant<int, 4>{});
    else if (cols <= 6 * kPerPiece)
        body(std::integral_constant<int, 6>{});
    else
        body(std::integral_constant<int, kWarpCols / kPerPiece>{});
}

} // namespace inlay::kernels::cuda

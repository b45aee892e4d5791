// Decoding to 4 x 4 tiles of bf16. A warp takes a run of 64 tiles of one row tile: a lane loads 16
// bytes of four planes of each 16, and gets 64 bytes of one of the four rows.

#include "kernels/cuda/early_launch.cuh"
#include "kernels/cuda/stl_mma.cuh"
#include "kernels/cuda/stl_operands.cuh"

namespace inlay::kernels::cuda {
namespace {

constexpr int kDecodeBlocks = 2;
constexpr int kOctets = 4; // of a lane's tile row

/// Results of a run: product, block of elements, register; decoding::value orders them.
using Products = float[decoding::kProducts][2][4];

/// A lane's place in the result.
struct Place {
    int lane;
    std::int64_t row; // -1: padding
    std::uint32_t runColumn;
    std::uint32_t cols;

    __device__ std::uint32_t ownColumn(int octet) const {
        return runColumn + 4 * decoding::loadTile(lane) + 8 * octet;
    }
    __device__ bool has(std::uint32_t column) const { return row >= 0 && column < cols; }
};

/// Rounds and stores the run at `to`; lanes swap octets, so all of the warp comes here.
__device__ __forceinline__ void storeRun(const Products& products, const Place& place, bf16* to,
                                         std::int64_t stride) {
    Octet own[kOctets];
#pragma unroll
    for (int o = 0; o < kOctets; ++o)
#pragma unroll
        for (int w = 0; w < 4; ++w)
            own[o].word[w] = packBf16(decoding::value(products, o, 2 * w),
                                      decoding::value(products, o, 2 * w + 1));
    Octet taken[2];
#pragma unroll
    for (int n = 0; n < 2; ++n) {
        const Octet given = decoding::given(own, place.lane, n);
#pragma unroll
        for (int w = 0; w < 4; ++w)
            taken[n].word[w] = __shfl_xor_sync(0xFFFFFFFFu, given.word[w], decoding::kPartner);
    }
#pragma unroll
    for (int s = 0; s < kOctets; ++s) {
        const std::uint32_t column = place.runColumn + 8 * decoding::storeOctet(place.lane, s);
        if (place.has(column))
            store(to + place.row * stride + column, decoding::stored(own, taken, place.lane, s));
    }
}

__device__ __forceinline__ void addOctet(Products& products, int o, const Octet& octet) {
#pragma unroll
    for (int w = 0; w < 4; ++w) {
        decoding::value(products, o, 2 * w) += lowFloat(octet.word[w]);
        decoding::value(products, o, 2 * w + 1) += highFloat(octet.word[w]);
    }
}

__device__ __forceinline__ void addBias(Products& products, int o, const AnyVector& bias,
                                        std::uint32_t column) {
    if (bias.half) {
        addOctet(products, o, loadConstant(static_cast<const bf16*>(bias.data) + column));
        return;
    }
    const auto* from =
        reinterpret_cast<const float4*>(static_cast<const float*>(bias.data) + column);
#pragma unroll
    for (int n = 0; n < 2; ++n) {
        const float4 four = __ldg(from + n);
        decoding::value(products, o, 4 * n) += four.x;
        decoding::value(products, o, 4 * n + 1) += four.y;
        decoding::value(products, o, 4 * n + 2) += four.z;
        decoding::value(products, o, 4 * n + 3) += four.w;
    }
}

/// One activation for all, so that the choice is made once.
__device__ __forceinline__ void activateRun(Products& products, Activation activation) {
    const auto all = [&](Activation which) {
#pragma unroll
        for (int o = 0; o < kOctets; ++o)
#pragma unroll
            for (int v = 0; v < 8; ++v) {
                float& value = decoding::value(products, o, v);
                value = activated(which, value);
            }
    };
    switch (activation) {
    case Activation::Relu:
        return all(Activation::Relu);
    case Activation::Gelu:
        return all(Activation::Gelu);
    case Activation::Silu:
        return all(Activation::Silu);
    case Activation::LeakyRelu:
        return all(Activation::LeakyRelu);
    case Activation::None:
        return;
    }
}

/// Everything between the products and the store of y.
__device__ __forceinline__ void finishRun(Products& products, const Place& place, const bf16* y,
                                          std::int64_t stride, const DecodeFinish<bf16>& finish) {
    const DeviceEpilogue<bf16>& epilogue = finish.epilogue;
#pragma unroll
    for (int o = 0; o < kOctets; ++o) {
        const std::uint32_t column = place.ownColumn(o);
        if (!place.has(column))
            continue;
        if (finish.accumulate)
            addOctet(products, o, load(y + place.row * stride + column));
        if (epilogue.bias.given())
            addBias(products, o, epilogue.bias, column);
    }
    if (epilogue.pre != nullptr)
        storeRun(products, place, epilogue.pre, epilogue.preStride);
    activateRun(products, epilogue.activation);
    if (epilogue.residual == nullptr)
        return;
#pragma unroll
    for (int o = 0; o < kOctets; ++o) {
        const std::uint32_t column = place.ownColumn(o);
        if (place.has(column))
            addOctet(
                products, o,
                loadConstant(epilogue.residual + place.row * epilogue.residualStride + column));
    }
}

/// A lane's octets of two operands, 32 ranks: all that is in flight before the first product.
using Loaded = Octet[2][4];

/// Ranks firstRank and following of run `run`; zero outside the planes.
__device__ __forceinline__ void loadRanks(Loaded& loaded, const DecodeOperands<bf16>& operands,
                                          const TileRuns& runs, std::uint32_t run,
                                          std::uint32_t firstRank, int lane) {
    const std::uint32_t tile = runs.firstTile(run) + decoding::loadTile(lane);
    const bool inside = run < runs.count && tile < operands.map.colTiles;
    const std::uint32_t ranks = inside ? operands.rank : 0;
    const std::uint32_t first = firstRank + decoding::loadRank(lane, 0);
    const bf16* from = operands.planeRow(runs.rowTile(run)) + tile + first * operands.batchStride;
#pragma unroll
    for (int q = 0; q < 8; ++q) {
        static_assert(decoding::loadRank(0, 1) == 4); // 16 of the second operand follow on
        loaded[q / 4][q % 4] = Octet{};
        if (first + 4 * q < ranks)
            loaded[q / 4][q % 4] = loadConstant(from);
        from += 4 * operands.batchStride;
    }
}

/// Adds the products of up to 32 ranks; `fragment` moves past their coefficients.
__device__ __forceinline__ void multiplyRanks(Products& products, const Loaded& loaded,
                                              const Octet*& fragment, std::uint32_t blocks,
                                              bool split) {
#pragma unroll
    for (int n = 0; n < 2; ++n) {
        if (n >= blocks)
            break;
#pragma unroll 1
        for (int rest = 0; rest <= (split ? 1 : 0); ++rest) {
            const Octet coefficients = *fragment;
            fragment += 32;
#pragma unroll
            for (int p = 0; p < decoding::kProducts; ++p) {
                std::uint32_t tiles[4];
                decoding::operand(loaded[n], p, tiles);
                multiplyAdd(products[p][0], tiles, coefficients.word[0], coefficients.word[1]);
                multiplyAdd(products[p][1], tiles, coefficients.word[2], coefficients.word[3]);
            }
        }
    }
}

template <bool kPlain>
__global__ void __launch_bounds__(kStlThreads, kDecodeBlocks)
    decodeFourKernel(DecodeOperands<bf16> operands, DecodeFinish<bf16> finish, TileRuns runs,
                     bool split) {
    extern __shared__ Octet fragments[];
    const int lane = static_cast<int>(threadIdx.x % 32);
    const std::uint32_t step = gridDim.x * kStlWarps;
    std::uint32_t run = blockIdx.x * kStlWarps + threadIdx.x / 32;

    waitForEarlierKernels();
    Loaded loaded;
    loadRanks(loaded, operands, runs, run, 0, lane);
    const std::uint32_t blocks = (operands.rank + 15) / 16;
    stageFragments(fragments, blocks, split, [&](std::uint32_t block, int to, int reg, int half) {
        const std::uint32_t l = 16 * block + decoding::rank(mma::bRow(to, reg % 2, half));
        const int c = decoding::element(reg / 2, mma::bCol(to));
        return l < operands.rank ? operands.coefficient(l, c) : 0.0f;
    });
    __syncthreads();

    for (; run < runs.count; run += step) {
        Products products = {};
        const Octet* fragment = fragments + lane;
        for (std::uint32_t block = 0; block < blocks; block += 2) {
            if (block > 0)
                loadRanks(loaded, operands, runs, run, 16 * block, lane);
            multiplyRanks(products, loaded, fragment, blocks - block, split);
        }
        // The next run is on its way while this one is stored.
        loadRanks(loaded, operands, runs, run + step, 0, lane);
        const Place place{lane, operands.map.row(runs.rowTile(run), decoding::tileRow(lane)),
                          4 * runs.firstTile(run), operands.map.cols};
        if constexpr (!kPlain)
            finishRun(products, place, operands.x, operands.xStride, finish);
        storeRun(products, place, operands.x, operands.xStride);
    }
}

} // namespace

void decodeFour(Queue& queue, const DecodeOperands<bf16>& operands,
                const DecodeFinish<bf16>& finish) {
    const TileRuns runs = tileRuns(operands.map, decoding::kTiles);
    const bool split = !operands.matrix.half;
    const std::uint32_t most = static_cast<std::uint32_t>(queue.multiprocessors()) * kDecodeBlocks;
    const std::uint32_t blocks = std::min(most, (runs.count + kStlWarps - 1) / kStlWarps);
    const auto kernel = finish.plain() ? decodeFourKernel<true> : decodeFourKernel<false>;
    launchEarly(queue, kernel, blocks, kStlThreads, fragmentBytes((operands.rank + 15) / 16, split),
                operands, finish, runs, split);
}

} // namespace inlay::kernels::cuda

// y = x W by the sparse tensor instruction mma.sp (PTX ISA, ordered metadata, m16n8k32, bf16 with
// f32 sums). The stored operand is the first one of the instruction, so it makes Y^T = W^T X^T: its
// rows are outputs, its columns rows of x.

#include <algorithm>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/epilogue.cuh"
#include "kernels/cuda/packs.cuh"
#include "kernels/cuda/queue.h"
#include "kernels/cuda/two_four_products.h"

namespace inlay::kernels::cuda {
namespace {

/// A block makes kM outputs of kN rows of x, a warp kWarpM of kWarpN. A stage holds kStageDepth
/// elements of the inner size: kM rows of 64 bytes, kN of 128 and two lines of metadata.
template <int kM_, int kN_, int kWarpM_, int kWarpN_, int kStages_, int kBlocks_>
struct MmaTile {
    static constexpr int kM = kM_;
    static constexpr int kN = kN_;
    static constexpr int kWarpM = kWarpM_;
    static constexpr int kWarpN = kWarpN_;
    static constexpr int kStages = kStages_;
    static constexpr int kBlocks = kBlocks_; // that share a multiprocessor
    static constexpr int kWarpsM = kM / kWarpM;
    static constexpr int kThreads = kWarpsM * (kN / kWarpN) * 32;
    static constexpr std::uint32_t kBytesA = kM * 64;
    static constexpr std::uint32_t kBytesB = kN * 128;
    static constexpr std::uint32_t kBytesMeta = kM * 8;
    static constexpr std::uint32_t kStageBytes = kBytesA + kBytesB + kBytesMeta;
    /// The finished tile lies in the same memory, by rows of x in f32. Four more floats a row let
    /// the lanes of a fragment hit different banks.
    static constexpr int kRowLength = kM + 4;
    static constexpr int kSharedBytes = std::max<int>(kStages * kStageBytes, kN* kRowLength * 4);
    static_assert(kM % 64 == 0 && kWarpM % 32 == 0 && kWarpN % 32 == 0 && kStageBytes % 128 == 0);
};

using LargeTile = MmaTile<256, 128, 64, 64, 4, 1>;
using MediumTile = MmaTile<128, 128, 64, 64, 3, 2>;
using SmallTile = MmaTile<64, 64, 32, 32, 4, 3>;

struct MmaProduct {
    Matrix<const bf16> values; // m x k/2
    const std::uint32_t* meta;
    MetaExtent extent;
    Matrix<const bf16> x; // n x k
    Matrix<bf16> y;       // n x m
    DeviceEpilogue<bf16> epilogue;
    bool packedY;
};

/// Sixteen bytes to shared memory, without registers; of the source `bytes` are read and the rest
/// is zero.
__device__ __forceinline__ void copyAsync(std::uint32_t to, const void* from, int bytes) {
    asm volatile("cp.async.cg.shared.global.L2::128B [%0], [%1], 16, %2;" ::"r"(to), "l"(from),
                 "r"(bytes)
                 : "memory");
}
__device__ __forceinline__ void commitCopies() {
    asm volatile("cp.async.commit_group;" ::: "memory");
}
/// Until at most kPending of this thread's groups are under way.
template <int kPending>
__device__ __forceinline__ void waitCopies() {
    asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
}

__device__ __forceinline__ void loadMatrices(std::uint32_t (&registers)[4], std::uint32_t from) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(registers[0]), "=r"(registers[1]), "=r"(registers[2]), "=r"(registers[3])
                 : "r"(from)
                 : "memory");
}
__device__ __forceinline__ std::uint32_t loadShared(std::uint32_t from) {
    std::uint32_t value;
    asm volatile("ld.shared.b32 %0, [%1];" : "=r"(value) : "r"(from) : "memory");
    return value;
}

/// c += a b; the words of lanes 4 g + 2 kSelector and the next are the metadata of a.
template <int kSelector>
__device__ __forceinline__ void multiplySparse(float (&c)[4], const std::uint32_t (&a)[4],
                                               const std::uint32_t (&b)[4], std::uint32_t meta) {
    asm volatile("mma.sp::ordered_metadata.sync.aligned.m16n8k32.row.col.f32.bf16.bf16.f32 "
                 "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9, %10, %11}, {%0, %1, %2, %3}, "
                 "%12, %13;"
                 : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "r"(b[2]),
                   "r"(b[3]), "r"(meta), "n"(kSelector));
}

/// One thread's share of filling a stage.
template <typename Tile>
struct Filler {
    static constexpr int kRowsA = Tile::kThreads / 4; // four chunks a row
    static constexpr int kRowsB = Tile::kThreads / 8;
    static constexpr int kChunksMeta = Tile::kBytesMeta / 16;
    static_assert(Tile::kM % kRowsA == 0 && Tile::kN % kRowsB == 0);
    static_assert(kChunksMeta <= Tile::kThreads);

    const MmaProduct& p;
    std::int64_t firstM;
    std::int64_t firstN;
    int thread = static_cast<int>(threadIdx.x);

    /// Bytes of a chunk that exist, its first element being `at` of `length`.
    __device__ static int present(std::int64_t at, std::int64_t length) {
        const std::int64_t left = length - at;
        return left >= 8 ? 16 : left > 0 ? static_cast<int>(2 * left) : 0;
    }

    __device__ __forceinline__ void operator()(std::uint32_t stage, std::int64_t depth) const {
        const int chunkA = thread % 4;
        const std::int64_t atA = depth * (kStageDepth / 2) + 8 * chunkA;
        const int bytesA = present(atA, p.values.cols);
#pragma unroll
        for (int i = 0; i < Tile::kM / kRowsA; ++i) {
            const int row = thread / 4 + i * kRowsA;
            const bool there = firstM + row < p.values.rows && bytesA > 0;
            const bf16* from = there ? &p.values(firstM + row, atA) : p.values.data;
            copyAsync(stage + sharedA(row, chunkA), from, there ? bytesA : 0);
        }
        const int chunkB = thread % 8;
        const std::int64_t atB = depth * kStageDepth + 8 * chunkB;
        const int bytesB = present(atB, p.x.cols);
#pragma unroll
        for (int i = 0; i < Tile::kN / kRowsB; ++i) {
            const int row = thread / 8 + i * kRowsB;
            const bool there = firstN + row < p.x.rows && bytesB > 0;
            const bf16* from = there ? &p.x(firstN + row, atB) : p.x.data;
            copyAsync(stage + Tile::kBytesA + sharedB(row, chunkB), from, there ? bytesB : 0);
        }
        if (thread < kChunksMeta) {
            constexpr int line = kChunksMeta / 2;
            const std::int64_t step = 2 * depth + thread / line;
            copyAsync(stage + Tile::kBytesA + Tile::kBytesB + 16 * thread,
                      p.meta + step * p.extent.rows + firstM + thread % line * 4, 16);
        }
    }
};

/// The finished tile, from shared memory in f32 through the epilogue to y: eight outputs a thread.
template <typename Tile>
__device__ __forceinline__ void storeTile(const MmaProduct& p, const float* tile,
                                          std::int64_t firstM, std::int64_t firstN) {
    constexpr int perRow = Tile::kM / 8;
    for (int i = threadIdx.x; i < Tile::kN * perRow; i += Tile::kThreads) {
        const std::int64_t row = firstN + i / perRow;
        const std::int64_t col = firstM + i % perRow * 8;
        const std::int64_t left = p.y.cols - col;
        if (row >= p.y.rows || left <= 0)
            continue;
        const int count = left < 8 ? static_cast<int>(left) : 8;
        float values[8];
        loadPack(tile + i / perRow * Tile::kRowLength + i % perRow * 8, values);
        const DeviceEpilogue<bf16>& e = p.epilogue;
        if (e.bias.given()) {
#pragma unroll
            for (int c = 0; c < 8; ++c)
                values[c] += c < count ? e.bias.load(col + c) : 0.0f;
        }
        if (e.pre != nullptr)
            storeSome(e.pre + row * e.preStride + col, count, p.packedY, values);
#pragma unroll
        for (int c = 0; c < 8; ++c)
            values[c] = activated(e.activation, values[c]);
        if (e.residual != nullptr) {
            float residual[8];
            loadSome(e.residual + row * e.residualStride + col, count, p.packedY, residual);
#pragma unroll
            for (int c = 0; c < 8; ++c)
                values[c] += residual[c];
        }
        storeSome(&p.y(row, col), count, p.packedY, values);
    }
}

template <typename Tile>
__global__ void __launch_bounds__(Tile::kThreads, Tile::kBlocks) mmaKernel(const MmaProduct p) {
    extern __shared__ __align__(1024) unsigned char shared[];
    constexpr int fragmentsM = Tile::kWarpM / 16;
    constexpr int pairsN = Tile::kWarpN / 16; // of fragments of eight rows of x
    const std::int64_t mTiles = (p.values.rows + Tile::kM - 1) / Tile::kM;
    const std::int64_t nTiles = (p.x.rows + Tile::kN - 1) / Tile::kN;
    const TilePlace place = tilePlace(blockIdx.x, mTiles, nTiles);
    const std::int64_t firstM = place.m * Tile::kM;
    const std::int64_t firstN = place.n * Tile::kN;
    const int warp = static_cast<int>(threadIdx.x / 32);
    const int lane = static_cast<int>(threadIdx.x % 32);
    const int warpM = warp % Tile::kWarpsM * Tile::kWarpM;
    const int warpN = warp / Tile::kWarpsM * Tile::kWarpN;
    const auto memory = static_cast<std::uint32_t>(__cvta_generic_to_shared(shared));
    const std::int64_t depths = p.extent.steps / 2;
    const Filler<Tile> fill{p, firstM, firstN};

#pragma unroll
    for (int stage = 0; stage < Tile::kStages - 1; ++stage) {
        if (stage < depths)
            fill(memory + stage * Tile::kStageBytes, stage);
        commitCopies();
    }

    // Where this lane reads in a stage. A step of 32 elements flips one bit of the chunk number.
    const std::uint32_t fromA = warpM * 64 + laneA(lane, 0);
    const std::uint32_t fromB = Tile::kBytesA + warpN * 128 + laneB(lane, 0);
    const std::uint32_t fromMeta = Tile::kBytesA + Tile::kBytesB + (warpM + lane) * 4;
    std::uint32_t a[2][fragmentsM][4];
    std::uint32_t meta[2][fragmentsM / 2];
    std::uint32_t b[2][2][4];
    float sums[fragmentsM][2 * pairsN][4] = {};

    const auto loadA = [&](int slot, std::uint32_t stage, int step) {
#pragma unroll
        for (int i = 0; i < fragmentsM; ++i)
            loadMatrices(a[slot][i], stage + ((fromA + i * 1024) ^ (step * 32)));
#pragma unroll
        for (int i = 0; i < fragmentsM / 2; ++i)
            meta[slot][i] = loadShared(stage + fromMeta + step * Tile::kM * 4 + i * 128);
    };
    const auto loadB = [&](int slot, std::uint32_t stage, int step, int pair) {
#pragma unroll
        for (int i = 0; i < 2; ++i)
            loadMatrices(b[slot][i], stage + ((fromB + (2 * pair + i) * 1024) ^ (step * 64)));
    };

    waitCopies<Tile::kStages - 2>();
    __syncthreads();
    loadA(0, memory, 0);
    loadB(0, memory, 0, 0);
    std::uint32_t stage = memory;
    std::uint32_t freed = memory + (Tile::kStages - 1) * Tile::kStageBytes;
    const std::uint32_t end = memory + Tile::kStages * Tile::kStageBytes;
    for (std::int64_t depth = 0; depth < depths; ++depth) {
        // The stage of the depth before was read by all warps when they passed the barrier.
        if (depth + Tile::kStages - 1 < depths)
            fill(freed, depth + Tile::kStages - 1);
        commitCopies();
        freed = stage;
#pragma unroll
        for (int step = 0; step < 2; ++step) {
#pragma unroll
            for (int pair = 0; pair < pairsN; ++pair) {
                // What comes next is loaded while this pair is multiplied.
                const int slot = (step * pairsN + pair) % 2;
                if (pair + 1 < pairsN) {
                    loadB(1 - slot, stage, step, pair + 1);
                } else {
                    if (step == 1) {
                        waitCopies<Tile::kStages - 2>();
                        __syncthreads();
                        stage += Tile::kStageBytes;
                        stage = stage == end ? memory : stage;
                    }
                    loadA(1 - step, stage, 1 - step);
                    loadB(1 - slot, stage, 1 - step, 0);
                }
#pragma unroll
                for (int i = 0; i < fragmentsM; ++i)
#pragma unroll
                    for (int j = 0; j < 2; ++j) {
                        float(&c)[4] = sums[i][2 * pair + j];
                        if (i % 2 == 0)
                            multiplySparse<0>(c, a[step][i], b[slot][j], meta[step][i / 2]);
                        else
                            multiplySparse<1>(c, a[step][i], b[slot][j], meta[step][i / 2]);
                    }
            }
        }
    }
    waitCopies<0>();
    __syncthreads();

    auto* tile = reinterpret_cast<float*>(shared);
#pragma unroll
    for (int i = 0; i < fragmentsM; ++i)
#pragma unroll
        for (int j = 0; j < 2 * pairsN; ++j)
#pragma unroll
            for (int e = 0; e < 4; ++e) {
                const int m = warpM + 16 * i + lane / 4 + 8 * (e / 2);
                const int n = warpN + 8 * j + 2 * (lane % 4) + e % 2;
                tile[n * Tile::kRowLength + m] = sums[i][j][e];
            }
    __syncthreads();
    storeTile<Tile>(p, tile, firstM, firstN);
}

template <typename Tile>
std::int64_t tilesOf(const MmaProduct& p) {
    return (p.values.rows + Tile::kM - 1) / Tile::kM * ((p.x.rows + Tile::kN - 1) / Tile::kN);
}

template <typename Tile>
void launch(Queue& queue, const MmaProduct& product) {
    INLAY_CUDA(cudaFuncSetAttribute(mmaKernel<Tile>, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    Tile::kSharedBytes));
    mmaKernel<Tile><<<static_cast<unsigned>(tilesOf<Tile>(product)), Tile::kThreads,
                      Tile::kSharedBytes, queue.stream()>>>(product);
    INLAY_CUDA_LAUNCHED("mmaKernel");
}

} // namespace

void multiplyMma(Queue& queue, ConstView x, const SparseOperand& weights, View y,
                 const Epilogue& epilogue) {
    assert(x.cols == weights.k() && y.cols == weights.m() && x.rows == y.rows);
    assert(startsPacked(x) && startsPacked(weights.values));
    if (y.size() == 0)
        return;
    const MmaProduct product{matrixOf<bf16>(weights.values),
                             weights.meta,
                             weights.extent(),
                             matrixOf<bf16>(x),
                             matrixOf<bf16>(y),
                             deviceEpilogue<bf16>(epilogue),
                             startsPacked(y) && startsPacked(epilogue.pre) &&
                                 startsPacked(epilogue.residual)};
    // The large tile reads least; a grid that leaves multiprocessors idle costs more than that.
    const std::int64_t processors = queue.multiprocessors();
    if (2 * tilesOf<LargeTile>(product) >= 3 * processors)
        launch<LargeTile>(queue, product);
    else if (tilesOf<MediumTile>(product) >= processors)
        launch<MediumTile>(queue, product);
    else
        launch<SmallTile>(queue, product);
}

} // namespace inlay::kernels::cuda

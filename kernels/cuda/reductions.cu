// Sums and maxima of whole tensors: every block reduces a share that depends on the shape alone,
// the last block to finish joins the blocks' results in their order.

#include <algorithm>

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/packs.cuh"
#include "kernels/cuda/reduce.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

constexpr int kReductionThreads = 256;
/// Enough blocks to keep the memory of a large GPU busy, few enough to be joined by one.
constexpr std::int64_t kMostBlocks = 1024;
/// Packs that a thread should have to itself before another block is worth its start.
constexpr std::int64_t kPacksPerThread = 4;

struct Plain : Sum {
    __device__ static float of(float x) { return x; }
};
struct Square : Sum {
    __device__ static float of(float x) { return x * x; }
};
struct Magnitude : LargestOrNan {
    __device__ static float of(float x) { return fabsf(x); }
};

/// What the thread finds in packs thread, thread + threads, … of the rows.
template <typename Op, typename T>
__device__ float foundBy(std::int64_t thread, std::int64_t threads, Matrix<const T> x,
                         bool packed) {
    constexpr int kWidth = kPack<T>;
    float found = Op::kNeutral;
    const auto take = [&](const float(&values)[kWidth]) {
#pragma unroll
        for (const float value : values)
            found = Op::join(found, Op::of(value));
    };
    std::int64_t first = thread;
    if (x.rows == 1 && packed) {
        // The usual case, without a test between the loads.
        const std::int64_t whole = x.cols / kWidth;
#pragma unroll 4
        for (; first < whole; first += threads) {
            float values[kWidth];
            loadPack(x.data + first * kWidth, values);
            take(values);
        }
    }
    const std::int64_t perRow = (x.cols + kWidth - 1) / kWidth;
    for (std::int64_t i = first; i < x.rows * perRow; i += threads) {
        const Place place = placeOf(i, perRow);
        const std::int64_t col = place.item * kWidth;
        float values[kWidth];
        loadSome(&x(place.row, col), static_cast<int>(min(x.cols - col, std::int64_t{kWidth})),
                 packed, values);
        take(values);
    }
    return found;
}

/// Joins `count` results that other blocks may have written.
template <typename Op>
__device__ float joined(const float* results, std::int64_t count) {
    float total = Op::kNeutral;
    for (std::int64_t i = threadIdx.x; i < count; i += kReductionThreads)
        total = Op::join(total, __ldcg(results + i));
    return joinBlock<Op, kReductionThreads>(total);
}

template <typename Op, typename T>
__global__ void __launch_bounds__(kReductionThreads)
    reduceKernel(Matrix<const T> x, bool packed, AnyVector out, bool accumulate, float* results,
                 unsigned* ticket) {
    float total = joinBlock<Op, kReductionThreads>(
        foundBy<Op>(static_cast<std::int64_t>(blockIdx.x) * kReductionThreads + threadIdx.x,
                    static_cast<std::int64_t>(gridDim.x) * kReductionThreads, x, packed));
    if (gridDim.x > 1) {
        if (threadIdx.x == 0)
            results[blockIdx.x] = total;
        if (!isLastOf(ticket, gridDim.x))
            return;
        total = joined<Op>(results, gridDim.x);
    }
    if (threadIdx.x == 0)
        out.store(0, accumulate ? out.load(0) + total : total);
}

template <typename T>
std::int64_t packsOf(ConstView x) {
    return x.rows * ((x.cols + kPack<T> - 1) / kPack<T>);
}

std::int64_t blocksFor(std::int64_t packs, std::int64_t most) {
    constexpr std::int64_t kShare = kReductionThreads * kPacksPerThread;
    return std::clamp<std::int64_t>((packs + kShare - 1) / kShare, 1, most);
}

/// The elements as a single row where they lie together.
ConstView flat(ConstView x) {
    return x.contiguous() ? ConstView{x.data, 1, x.size(), x.size(), x.dtype} : x;
}

template <typename Op>
void reduce(Queue& queue, ConstView x, View out, Accumulate accumulate) {
    assert(out.size() == 1);
    x = flat(x);
    withFloating(x.dtype, [&](auto zero) {
        using T = decltype(zero);
        const auto blocks = static_cast<unsigned>(blocksFor(packsOf<T>(x), kMostBlocks));
        auto* results = static_cast<float*>(queue.scratch(blocks * sizeof(float)));
        reduceKernel<Op><<<blocks, kReductionThreads, 0, queue.stream()>>>(
            matrixOf<T>(x), startsPacked(x), anyVector(out), accumulate == Accumulate::Yes, results,
            queue.tickets());
        INLAY_CUDA_LAUNCHED("reduceKernel");
    });
}

/// The tensors of one launch of squaresKernel, a kernel argument of less than 4 KB.
struct SquaresList {
    static constexpr int kMost = 80;
    struct Tensor {
        const void* data;
        std::int64_t rows;
        std::int64_t cols;
        std::int64_t stride;
        std::int32_t firstBlock;
        bool half;
        bool packed;
    };
    Tensor tensors[kMost];
    int count;
};
static_assert(sizeof(SquaresList) < 3600);
static_assert(SquaresList::kMost <= Queue::kTickets);

/// Blocks of one tensor: more than this many only lengthen the list of results.
constexpr std::int64_t kMostBlocksOfTensor = 512;

template <typename T>
__device__ float squaresOf(const SquaresList::Tensor& tensor, std::int64_t thread,
                           std::int64_t threads) {
    const Matrix<const T> x{static_cast<const T*>(tensor.data), tensor.rows, tensor.cols,
                            tensor.stride};
    return foundBy<Square>(thread, threads, x, tensor.packed);
}

__global__ void __launch_bounds__(kReductionThreads)
    squaresKernel(const __grid_constant__ SquaresList list, AnyVector out, std::int64_t firstOut,
                  float* results, unsigned* tickets) {
    int low = 0;
    for (int high = list.count; high - low > 1;) {
        const int middle = (low + high) / 2;
        (list.tensors[middle].firstBlock <= static_cast<std::int32_t>(blockIdx.x) ? low : high) =
            middle;
    }
    const SquaresList::Tensor& tensor = list.tensors[low];
    const int end =
        low + 1 < list.count ? list.tensors[low + 1].firstBlock : static_cast<int>(gridDim.x);
    const int blocks = end - tensor.firstBlock;
    const std::int64_t thread =
        static_cast<std::int64_t>(blockIdx.x - tensor.firstBlock) * kReductionThreads + threadIdx.x;
    const std::int64_t threads = static_cast<std::int64_t>(blocks) * kReductionThreads;
    float total = joinBlock<Square, kReductionThreads>(
        tensor.half ? squaresOf<bf16>(tensor, thread, threads)
                    : squaresOf<float>(tensor, thread, threads));
    if (blocks > 1) {
        if (threadIdx.x == 0)
            results[blockIdx.x] = total;
        if (!isLastOf(tickets + low, static_cast<unsigned>(blocks)))
            return;
        total = joined<Square>(results + tensor.firstBlock, blocks);
    }
    if (threadIdx.x == 0)
        out.store(firstOut + low, total);
}

__global__ void __launch_bounds__(kReductionThreads)
    clipKernel(AnyVector squares, std::int64_t rows, std::int64_t cols, std::int64_t stride,
               float maxNorm, AnyVector out) {
    float total = 0.0f;
    for (std::int64_t i = threadIdx.x; i < rows * cols; i += kReductionThreads)
        total += squares.load(i / cols * stride + i % cols);
    total = joinBlock<Sum, kReductionThreads>(total);
    if (threadIdx.x != 0)
        return;
    const float factor = maxNorm / sqrtf(total);
    out.store(0, !isfinite(total) ? nanf("") : factor < 1.0f ? factor : 1.0f);
}

/// Number of bytes in which two words differ.
__device__ __forceinline__ int differentBytes(unsigned a, unsigned b) {
    return __popc(__vcmpne4(a, b)) / 8;
}

/// Words are 16 bytes with `packed` (one row then), single bytes otherwise.
__global__ void __launch_bounds__(kReductionThreads)
    differenceKernel(Matrix<const std::uint8_t> a, Matrix<const std::uint8_t> b, bool packed,
                     std::int32_t* out, std::int32_t* results, unsigned* ticket) {
    const std::int64_t thread =
        static_cast<std::int64_t>(blockIdx.x) * kReductionThreads + threadIdx.x;
    const std::int64_t threads = static_cast<std::int64_t>(gridDim.x) * kReductionThreads;
    int found = 0;
    std::int64_t done = 0;
    if (packed) {
        const std::int64_t words = a.cols / 16;
        for (std::int64_t i = thread; i < words; i += threads) {
            const uint4 left = reinterpret_cast<const uint4*>(a.data)[i];
            const uint4 right = reinterpret_cast<const uint4*>(b.data)[i];
            found += differentBytes(left.x, right.x) + differentBytes(left.y, right.y) +
                     differentBytes(left.z, right.z) + differentBytes(left.w, right.w);
        }
        done = words * 16;
    }
    for (std::int64_t i = done + thread; i < a.rows * a.cols; i += threads) {
        const Place place = placeOf(i, a.cols);
        found += a(place.row, place.item) != b(place.row, place.item) ? 1 : 0;
    }

    __shared__ std::int32_t total;
    const auto countBlock = [&](int own) {
        __syncthreads();
        if (threadIdx.x == 0)
            total = 0;
        __syncthreads();
        atomicAdd(&total, own);
        __syncthreads();
    };
    countBlock(found);
    if (gridDim.x > 1) {
        if (threadIdx.x == 0)
            results[blockIdx.x] = total;
        if (!isLastOf(ticket, gridDim.x))
            return;
        int own = 0;
        for (unsigned i = threadIdx.x; i < gridDim.x; i += kReductionThreads)
            own += __ldcg(results + i);
        countBlock(own);
    }
    if (threadIdx.x == 0)
        *out = total;
}

} // namespace

void CudaBackend::sum(ConstView x, View out, Accumulate accumulate) {
    reduce<Plain>(*queue_, x, out, accumulate);
}

void CudaBackend::sumSquares(ConstView x, View out, Accumulate accumulate) {
    reduce<Square>(*queue_, x, out, accumulate);
}

void CudaBackend::maxAbs(ConstView x, View out) {
    reduce<Magnitude>(*queue_, x, out, Accumulate::No);
}

void CudaBackend::sumSquaresOf(std::span<const ConstView> tensors, View out) {
    assert(out.rows == 1 && out.cols == static_cast<std::int64_t>(tensors.size()));
    for (std::size_t first = 0; first < tensors.size(); first += SquaresList::kMost) {
        SquaresList list;
        list.count =
            static_cast<int>(std::min<std::size_t>(SquaresList::kMost, tensors.size() - first));
        std::int64_t blocks = 0;
        for (int i = 0; i < list.count; ++i) {
            const ConstView x = flat(tensors[first + static_cast<std::size_t>(i)]);
            assert(computes(x.dtype));
            list.tensors[i] = {x.data,
                               x.rows,
                               x.cols,
                               x.stride,
                               static_cast<std::int32_t>(blocks),
                               x.dtype == DType::BF16,
                               startsPacked(x)};
            blocks += blocksFor(x.dtype == DType::BF16 ? packsOf<bf16>(x) : packsOf<float>(x),
                                kMostBlocksOfTensor);
        }
        auto* results =
            static_cast<float*>(queue_->scratch(static_cast<std::size_t>(blocks) * sizeof(float)));
        squaresKernel<<<static_cast<unsigned>(blocks), kReductionThreads, 0, queue_->stream()>>>(
            list, anyVector(out), static_cast<std::int64_t>(first), results, queue_->tickets());
        INLAY_CUDA_LAUNCHED("squaresKernel");
    }
}

void CudaBackend::clipFactor(ConstView squares, double maxNorm, View out) {
    assert(out.size() == 1);
    clipKernel<<<1, kReductionThreads, 0, queue_->stream()>>>(
        anyVector(squares), squares.rows, squares.cols, squares.stride, static_cast<float>(maxNorm),
        anyVector(out));
    INLAY_CUDA_LAUNCHED("clipKernel");
}

void CudaBackend::countDifferent(ConstView a, ConstView b, View out) {
    assert(a.rows == b.rows && a.cols == b.cols && a.dtype == DType::U8 && b.dtype == DType::U8);
    assert(out.size() == 1 && out.dtype == DType::I32);
    if (a.contiguous() && b.contiguous()) {
        a = flat(a);
        b = flat(b);
    }
    const bool packed = a.rows == 1 && startsPacked(a) && startsPacked(b);
    const std::int64_t words = packed ? a.cols / 16 + 1 : a.size();
    const auto blocks = static_cast<unsigned>(blocksFor(words, kMostBlocks));
    auto* results = static_cast<std::int32_t*>(queue_->scratch(blocks * sizeof(std::int32_t)));
    differenceKernel<<<blocks, kReductionThreads, 0, queue_->stream()>>>(
        matrixOf<std::uint8_t>(a), matrixOf<std::uint8_t>(b), packed, out.as<std::int32_t>(),
        results, queue_->tickets());
    INLAY_CUDA_LAUNCHED("differenceKernel");
}

} // namespace inlay::kernels

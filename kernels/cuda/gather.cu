// Moving rows and columns by index, and images to patches.
//
// Scatter adds in the order of the index: a first kernel links, for each destination, the positions
// that name it, in ascending order; then each destination walks its list. No atomics, one pass over
// the index, and destinations that nothing names are not touched.

#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/elementwise.cuh"

namespace inlay::kernels {

using namespace cuda;

namespace {

/// An n x 1 i32 view.
struct Index {
    const std::int32_t* data;
    std::int64_t stride;

    __device__ std::int64_t operator()(std::int64_t i) const { return data[i * stride]; }
};

Index indexOf(ConstView view) {
    assert(view.dtype == DType::I32 && view.cols == 1);
    return {view.as<std::int32_t>(), view.rows > 1 ? view.stride : 1};
}

template <typename Bits>
struct GatherRowsBody {
    Matrix<const Bits> x;
    Index index;
    Matrix<Bits> y;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        const std::int64_t from = index(row);
        assert(from >= 0 && from < x.rows);
        writePack<N>(&y(row, col), readPack<N>(&x(from, col)));
    }
};

template <typename Bits>
struct GatherColumnsBody {
    Matrix<const Bits> x;
    Index index;
    Matrix<Bits> y;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        Pack<Bits, N> to;
#pragma unroll
        for (int i = 0; i < N; ++i) {
            const std::int64_t from = index(col + i);
            assert(from >= 0 && from < x.cols);
            to.value[i] = x(row, from);
        }
        writePack<N>(&y(row, col), to);
    }
};

template <typename Bits>
struct PatchesBody {
    Matrix<const Bits> images;
    Matrix<Bits> patches;
    std::uint32_t patch;
    std::uint32_t down;   // patches of an image, vertically
    std::uint32_t across; // and horizontally
    std::uint32_t run;    // patch * channels: what stays adjacent

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        static_assert(N == 1);
        const std::uint32_t perImage = down * across;
        const std::uint32_t image = static_cast<std::uint32_t>(row) / perImage;
        const std::uint32_t place = static_cast<std::uint32_t>(row) - image * perImage;
        const std::uint32_t top = place / across;
        const std::uint32_t left = place - top * across;
        const std::uint32_t line = static_cast<std::uint32_t>(col) / run;
        const std::uint32_t rest = static_cast<std::uint32_t>(col) - line * run;
        const std::int64_t lineOfImage = static_cast<std::int64_t>(top) * patch + line;
        const std::int64_t from = (lineOfImage * across + left) * run + rest;
        patches(row, col) = images(image, from);
    }
};

// --- Scatter ---------------------------------------------------------------------------------

/// Destinations that one warp links.
constexpr int kLinkRange = 512;
/// Entries of the index that a lane holds at a time.
constexpr int kLinkAhead = 4;

/// first[d] = the smallest i with index[i] = d, or -1; next[i] = the next larger i with the same
/// index, or -1. A block is one warp; it reads the whole index and links its destinations.
__global__ void __launch_bounds__(32)
    linkKernel(Index index, std::int32_t count, std::int64_t bound, std::int32_t* first,
               std::int32_t* next) {
    __shared__ std::int32_t heads[kLinkRange];
    __shared__ std::int32_t tails[kLinkRange];
    const unsigned lane = threadIdx.x;
    const std::int64_t begin = static_cast<std::int64_t>(blockIdx.x) * kLinkRange;
    const auto range =
        static_cast<std::uint32_t>(bound - begin < kLinkRange ? bound - begin : kLinkRange);
    for (int d = lane; d < kLinkRange; d += 32)
        heads[d] = tails[d] = -1;
    __syncwarp();

    const auto destination = [&](std::int64_t i) {
        return i < count ? static_cast<std::uint32_t>(index(i) - begin) : ~0u;
    };
    std::uint32_t ahead[kLinkAhead];
#pragma unroll
    for (int u = 0; u < kLinkAhead; ++u)
        ahead[u] = destination(u * 32 + lane);
    for (std::int64_t base = 0; base < count; base += kLinkAhead * 32) {
        std::uint32_t now[kLinkAhead];
#pragma unroll
        for (int u = 0; u < kLinkAhead; ++u) {
            now[u] = ahead[u];
            ahead[u] = destination(base + (kLinkAhead + u) * 32 + lane);
        }
#pragma unroll
        for (int u = 0; u < kLinkAhead; ++u) {
            const std::uint32_t d = now[u];
            const bool mine = d < range;
            const unsigned all = __ballot_sync(0xFFFFFFFFu, mine);
            if (all == 0)
                continue;
            const auto i = static_cast<std::int32_t>(base + u * 32 + lane);
            bool last = false;
            if (mine) {
                const unsigned peers = __match_any_sync(all, d);
                const unsigned above = peers & ~((2u << lane) - 1u);
                const unsigned below = peers & ((1u << lane) - 1u);
                last = above == 0;
                next[i] = last ? -1 : i - static_cast<std::int32_t>(lane) + __ffs(above) - 1;
                if (below == 0) {
                    const std::int32_t tail = tails[d];
                    if (tail < 0)
                        heads[d] = i;
                    else
                        next[tail] = i;
                }
            }
            __syncwarp(); // the tails are read before they move
            if (last)
                tails[d] = i;
            __syncwarp();
        }
    }
    for (std::uint32_t d = lane; d < range; d += 32)
        first[begin + d] = heads[d];
}

/// Steps of a list that are taken before their elements are added: that many loads are under way.
constexpr int kScatterAhead = 4;

/// sum += the elements that `load` gives along a list, in its order.
template <typename Load, typename Add>
__device__ __forceinline__ void walk(std::int32_t i, const std::int32_t* next, Load load, Add add) {
    using Value = decltype(load(0));
    while (i >= 0) {
        Value value[kScatterAhead];
        bool there[kScatterAhead];
#pragma unroll
        for (int u = 0; u < kScatterAhead; ++u) {
            there[u] = i >= 0;
            if (there[u]) {
                value[u] = load(i);
                i = next[i];
            }
        }
#pragma unroll
        for (int u = 0; u < kScatterAhead; ++u)
            if (there[u])
                add(value[u]);
    }
}

template <typename X, typename Y>
struct ScatterRowsBody {
    Matrix<const X> x;
    const std::int32_t* first;
    const std::int32_t* next;
    Matrix<Y> y;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        const std::int32_t start = first[row];
        if (start < 0)
            return;
        Pack<Y, N> result = readPack<N>(&y(row, col));
        float sum[N];
#pragma unroll
        for (int i = 0; i < N; ++i)
            sum[i] = toFloat(result.value[i]);
        walk(
            start, next, [&](std::int32_t i) { return readPack<N>(&x(i, col)); },
            [&](const Pack<X, N>& pack) {
#pragma unroll
                for (int i = 0; i < N; ++i)
                    sum[i] += toFloat(pack.value[i]);
            });
#pragma unroll
        for (int i = 0; i < N; ++i)
            result.value[i] = fromFloat<Y>(sum[i]);
        writePack<N>(&y(row, col), result);
    }
};

template <typename X, typename Y>
struct ScatterColumnsBody {
    Matrix<const X> x;
    const std::int32_t* first;
    const std::int32_t* next;
    Matrix<Y> y;

    template <int N>
    __device__ void operator()(std::int64_t row, std::int64_t col) const {
        static_assert(N == 1);
        const std::int32_t start = first[col];
        if (start < 0)
            return;
        float sum = toFloat(y(row, col));
        walk(
            start, next, [&](std::int32_t i) { return toFloat(x(row, i)); },
            [&](float value) { sum += value; });
        y(row, col) = fromFloat<Y>(sum);
    }
};

struct Links {
    const std::int32_t* first;
    const std::int32_t* next;
};

/// Lists of an index with entries below `bound`, in the queue's scratch memory.
Links link(Queue& queue, ConstView index, std::int64_t bound) {
    assert(index.rows < (std::int64_t{1} << 31) && bound < (std::int64_t{1} << 31));
    const std::int64_t ranges = (bound + kLinkRange - 1) / kLinkRange;
    auto* first = static_cast<std::int32_t*>(queue.scratch(
        static_cast<std::size_t>(ranges * kLinkRange + index.rows) * sizeof(std::int32_t)));
    std::int32_t* next = first + ranges * kLinkRange;
    linkKernel<<<static_cast<unsigned>(ranges), 32, 0, queue.stream()>>>(
        indexOf(index), static_cast<std::int32_t>(index.rows), bound, first, next);
    INLAY_CUDA_LAUNCHED("linkKernel");
    return {first, next};
}

/// Calls body with an unsigned integer of the dtype's size.
template <typename Body>
void withBits(const char* op, DType from, DType to, Body body) {
    if (from != to)
        throw Error(std::string(op) + " on cuda takes operands of one dtype, not " + nameOf(from) +
                    " and " + nameOf(to) + ".");
    switch (sizeOf(from)) {
    case 4:
        return body(std::uint32_t{});
    case 2:
        return body(std::uint16_t{});
    case 1:
        return body(std::uint8_t{});
    default:
        throw Error(std::string(op) + ": cuda has no " + nameOf(from) + ".");
    }
}

} // namespace

void CudaBackend::gatherRows(ConstView x, ConstView index, View y) {
    assert(index.rows == y.rows && x.cols == y.cols);
    withBits("gatherRows", x.dtype, y.dtype, [&](auto zero) {
        using Bits = decltype(zero);
        constexpr int unit = 16 / static_cast<int>(sizeof(Bits));
        forElements<unit>(
            *queue_, y.rows, y.cols, packable(x, unit) && packable(y, unit),
            GatherRowsBody<Bits>{matrixOf<Bits>(x), indexOf(index), matrixOf<Bits>(y)});
    });
}

void CudaBackend::gatherColumns(ConstView x, ConstView index, View y) {
    assert(index.rows == y.cols && x.rows == y.rows);
    withBits("gatherColumns", x.dtype, y.dtype, [&](auto zero) {
        using Bits = decltype(zero);
        // Reads are scattered anyway; a few a thread keep more of them under way.
        constexpr int unit = 4;
        forElements<unit>(
            *queue_, y.rows, y.cols, packable(y, unit),
            GatherColumnsBody<Bits>{matrixOf<Bits>(x), indexOf(index), matrixOf<Bits>(y)});
    });
}

void CudaBackend::scatterAddRows(ConstView x, ConstView index, View y) {
    assert(index.rows == x.rows && x.cols == y.cols);
    if (x.size() == 0 || y.size() == 0)
        return;
    const Links links = link(*queue_, index, y.rows);
    withFloating(x.dtype, [&](auto from) {
        withFloating(y.dtype, [&](auto to) {
            using X = decltype(from);
            using Y = decltype(to);
            constexpr int unit =
                16 / static_cast<int>(sizeof(X) > sizeof(Y) ? sizeof(X) : sizeof(Y));
            forElements<unit>(
                *queue_, y.rows, y.cols, packable(x, unit) && packable(y, unit),
                ScatterRowsBody<X, Y>{matrixOf<X>(x), links.first, links.next, matrixOf<Y>(y)});
        });
    });
}

void CudaBackend::scatterAddColumns(ConstView x, ConstView index, View y) {
    assert(index.rows == x.cols && x.rows == y.rows);
    if (x.size() == 0 || y.size() == 0)
        return;
    const Links links = link(*queue_, index, y.cols);
    withFloating(x.dtype, [&](auto from) {
        withFloating(y.dtype, [&](auto to) {
            using X = decltype(from);
            using Y = decltype(to);
            forElements<1>(
                *queue_, y.rows, y.cols, false,
                ScatterColumnsBody<X, Y>{matrixOf<X>(x), links.first, links.next, matrixOf<Y>(y)});
        });
    });
}

void CudaBackend::imagePatches(ConstView images, std::int64_t height, std::int64_t width,
                               std::int64_t patch, View patches) {
    assert(patch > 0 && height % patch == 0 && width % patch == 0);
    if (patches.size() == 0)
        return;
    const std::int64_t channels = images.cols / (height * width);
    assert(images.cols < (std::int64_t{1} << 31) && patches.rows < (std::int64_t{1} << 32));
    assert(patches.rows == images.rows * (height / patch) * (width / patch));
    assert(patches.cols == patch * patch * channels);
    withBits("imagePatches", images.dtype, patches.dtype, [&](auto zero) {
        using Bits = decltype(zero);
        const auto number = [](std::int64_t value) {
            return static_cast<std::uint32_t>(value);
        };
        forElements<1>(*queue_, patches.rows, patches.cols, false,
                       PatchesBody<Bits>{matrixOf<Bits>(images), matrixOf<Bits>(patches),
                                         number(patch), number(height / patch),
                                         number(width / patch), number(patch * channels)});
    });
}

} // namespace inlay::kernels

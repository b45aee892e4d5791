#pragma once

// The register-tiled matrix product. A tile of kStrip rows by kPanel columns of C is kept in
// registers while the inner index runs; B is read from packed panels (or where it lies), A where it
// lies or from packed strips. Each element of C adds its terms in the order of the inner index,
// whatever the tile it falls in, so results do not depend on how rows are divided.

#include "kernels/cpu/levels/elementwise.h"

namespace inlay::kernels {
namespace {

using cpu::Product;

#if INLAY_SIMD_WIDTH == 16
constexpr int kStrip = 8;
constexpr int kPanelVectors = 3;
#elif INLAY_SIMD_WIDTH == 8
constexpr int kStrip = 4;
constexpr int kPanelVectors = 3;
#else
constexpr int kStrip = 4;
constexpr int kPanelVectors = 2;
#endif
constexpr std::int64_t kPanel = kPanelVectors * kWidth;

/// How A lies: rows adjacent in the inner index, or columns (also packed strips).
enum class Access { Rows, Columns };
/// Whether the last vector of a row of B may be read whole.
enum class Edge { Whole, Cut };

/// Where a tile of C goes.
struct Target {
    float* c;
    std::int64_t stride;
    float alpha;
    float beta;
    int lastLanes; // of the last vector, 1 to kWidth
};

template <int rows, int vectors>
inline void storeTile(const Vec (&sum)[rows][vectors], const Target& target) {
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
        float* c = target.c + i * target.stride;
#pragma GCC unroll 3
        for (int v = 0; v < vectors; ++v) {
            Vec value = target.alpha * sum[i][v];
            if (v == vectors - 1 && target.lastLanes < kWidth) {
                const Part part{target.lastLanes};
                if (target.beta != 0.0f)
                    value = fma(broadcast(target.beta), load(c + v * kWidth, part), value);
                store(c + v * kWidth, value, part);
            } else {
                if (target.beta != 0.0f)
                    value = fma(broadcast(target.beta), load(c + v * kWidth), value);
                store(c + v * kWidth, value);
            }
        }
    }
}

/// Asks for the lines that a tile will write, which have time to come while it adds.
template <int rows, int vectors>
inline void fetchTile(const float* c, std::int64_t stride) {
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 3
        for (int v = 0; v < vectors; ++v)
            __builtin_prefetch(c + i * stride + v * kWidth, 1);
}

/// Memory that a tile asks for while it adds, half a line at each step of the inner index: all at
/// once it would keep the tile's own loads waiting.
struct Ahead {
    const float* from;
    std::int64_t step;
};
constexpr std::int64_t kHalfLine = 8;

/// Adds the k products of each element of a tile. `stride` is the one of A that is not 1; `fetch`
/// is called at each step of the inner index.
template <int rows, int vectors, Access access, Edge edge, typename Fetch>
[[gnu::always_inline]] inline void addTerms(std::int64_t k, const float* a, std::int64_t stride,
                                            const float* b, std::int64_t bStride, int lastLanes,
                                            Vec (&sum)[rows][vectors], Fetch&& fetch) {
#pragma GCC unroll 4
    for (std::int64_t p = 0; p < k; ++p) {
        Vec right[vectors];
#pragma GCC unroll 3
        for (int v = 0; v < vectors; ++v) {
            if constexpr (edge == Edge::Cut)
                right[v] =
                    v == vectors - 1 ? load(b + v * kWidth, Part{lastLanes}) : load(b + v * kWidth);
            else
                right[v] = load(b + v * kWidth);
        }
#pragma GCC unroll 8
        for (int i = 0; i < rows; ++i) {
            const Vec left = broadcast(access == Access::Rows ? a[i * stride] : a[i]);
#pragma GCC unroll 3
            for (int v = 0; v < vectors; ++v)
                sum[i][v] = fma(left, right[v], sum[i][v]);
        }
        fetch();
        a += access == Access::Rows ? 1 : stride;
        b += bStride;
    }
}

template <int rows, int vectors, Access access, Edge edge>
[[gnu::always_inline]] inline void tile(std::int64_t k, const float* a, std::int64_t stride,
                                        const float* b, std::int64_t bStride, const Target& target,
                                        Ahead ahead) {
    fetchTile<rows, vectors>(target.c, target.stride);
    Vec sum[rows][vectors] = {};
    addTerms<rows, vectors, access, edge>(k, a, stride, b, bStride, target.lastLanes, sum, [&] {
        __builtin_prefetch(ahead.from, 0, 2);
        ahead.from += ahead.step;
    });
    storeTile<rows, vectors>(sum, target);
}

/// All rows of one panel, in strips of kStrip, then 4, 2, 1.
template <int vectors, Access access, Edge edge>
struct PanelRows {
    const Product& product;
    const float* b;
    std::int64_t bStride;
    std::int64_t column;
    int lastLanes;
    bool packedStrips;

    /// What the tile that begins at row i asks for: on the first panel the rows after it (a strip
    /// with AVX-512, two shorter ones else), or its share of the next operands. Addresses beyond an
    /// operand are only asked for, never read.
    Ahead ahead(std::int64_t i) const {
        const Product& p = product;
        if (access == Access::Rows && column == 0 && p.aRow == p.k)
            return {p.a + (i + kStrip) * p.aRow, kHalfLine};
        if (access == Access::Columns && p.nextA != nullptr) {
            const std::int64_t strips = (p.m + kStrip - 1) / kStrip;
            const std::int64_t tile = column / kPanel * strips + i / kStrip;
            const std::int64_t offset = tile * p.k * kHalfLine;
            if (offset < p.m * p.k)
                return {p.nextA + offset, kHalfLine};
            if (offset < (p.m + p.n) * p.k)
                return {p.nextB + offset - p.m * p.k, kHalfLine};
        }
        return {p.c, 0};
    }

    /// Asks for the share of the next packed panel that falls to the tile of these rows.
    void fetchNextPanel(std::int64_t i, int rows) const {
        const Product& p = product;
        if (!p.fetchPanels || column + kPanel >= p.n)
            return;
        constexpr std::int64_t kLine = 16;
        const std::int64_t lines = p.k * kPanel / kLine;
        const float* next = b + p.k * kPanel;
        const std::int64_t end = lines * (i + rows) / p.m;
        for (std::int64_t line = lines * i / p.m; line < end; ++line)
            __builtin_prefetch(next + line * kLine, 0, 2);
    }

    template <int rows>
    std::int64_t strips(std::int64_t i) const {
        const Product& p = product;
        for (; i + rows <= p.m; i += rows) {
            const float* a = p.a + i * p.aRow;
            std::int64_t stride = access == Access::Rows ? p.aRow : p.aInner;
            if (packedStrips) {
                // A strip starts after the rows before it, k floats each; the last may be short.
                const std::int64_t strip = i - i % kStrip;
                a = p.a + strip * p.k + i % kStrip;
                stride = p.m - strip < kStrip ? p.m - strip : kStrip;
            }
            float* c = p.c + i * p.cStride + column;
            if (p.epilogue.pre != nullptr)
                fetchTile<rows, vectors>(p.epilogue.pre + i * p.epilogue.preStride + column,
                                         p.epilogue.preStride);
            fetchNextPanel(i, rows);
            tile<rows, vectors, access, edge>(p.k, a, stride, b, bStride,
                                              {c, p.cStride, p.alpha, p.beta, lastLanes}, ahead(i));
            if (p.epilogue.any()) {
                RowEpilogue epilogue = p.epilogue;
                if (epilogue.bias != nullptr)
                    epilogue.bias += column;
                if (epilogue.pre != nullptr)
                    epilogue.pre += i * epilogue.preStride + column;
                if (epilogue.residual != nullptr)
                    epilogue.residual += i * epilogue.residualStride + column;
                epilogueRows(epilogue, c, p.cStride, rows, (vectors - 1) * kWidth + lastLanes);
            }
        }
        return i;
    }

    void run() const {
        std::int64_t i = strips<kStrip>(0);
        if constexpr (kStrip > 4)
            i = strips<4>(i);
        i = strips<2>(i);
        strips<1>(i);
    }
};

template <Access access, Edge edge>
void productPanels(const Product& p, bool packedB, bool packedStrips) {
    for (std::int64_t column = 0; column < p.n; column += kPanel) {
        const std::int64_t width = p.n - column < kPanel ? p.n - column : kPanel;
        const std::int64_t vectors = (width + kWidth - 1) / kWidth;
        const int lastLanes = static_cast<int>(width - (vectors - 1) * kWidth);
        const float* b = packedB ? p.b + column * p.k : p.b + column;
        const std::int64_t bStride = packedB ? kPanel : p.bStride;
        const auto run = [&]<int count>() {
            if (packedB || lastLanes == kWidth)
                PanelRows<count, access, Edge::Whole>{p,      b,         bStride,
                                                      column, lastLanes, packedStrips}
                    .run();
            else
                PanelRows<count, access, edge>{p, b, bStride, column, lastLanes, packedStrips}
                    .run();
        };
        if (vectors == 1)
            run.template operator()<1>();
        else if (vectors == 2)
            run.template operator()<2>();
        else
            run.template operator()<kPanelVectors>();
    }
}

void productPacked(const Product& p) {
    if (p.aInner == 1)
        productPanels<Access::Rows, Edge::Whole>(p, true, false);
    else
        productPanels<Access::Columns, Edge::Whole>(p, true, false);
}

void productStrips(const Product& p) {
    productPanels<Access::Columns, Edge::Whole>(p, true, true);
}

void productPlain(const Product& p) {
    if (p.aInner == 1)
        productPanels<Access::Rows, Edge::Cut>(p, false, false);
    else
        productPanels<Access::Columns, Edge::Cut>(p, false, false);
}

/// The rows of one panel of a short product, from row i on, in strips of `rows`.
template <int rows, int vectors, Access access, Edge edge>
std::int64_t shortStrips(const Product& p, std::int64_t column, int lastLanes, std::int64_t i) {
    const std::int64_t stride = access == Access::Rows ? p.aRow : p.aInner;
    for (; i + rows <= p.m; i += rows) {
        Vec sum[rows][vectors] = {};
        addTerms<rows, vectors, access, edge>(p.k, p.a + i * p.aRow, stride, p.b + column,
                                              p.bStride, lastLanes, sum, [] {});
        storeTile<rows, vectors>(sum,
                                 {p.c + i * p.cStride + column, p.cStride, 1.0f, 0.0f, lastLanes});
    }
    return i;
}

template <Access access>
void shortPanels(const Product& p) {
    const auto run = [&]<int vectors, Edge edge>(std::int64_t column, int lastLanes) {
        std::int64_t i = shortStrips<kStrip, vectors, access, edge>(p, column, lastLanes, 0);
        if constexpr (kStrip > 4)
            i = shortStrips<4, vectors, access, edge>(p, column, lastLanes, i);
        i = shortStrips<2, vectors, access, edge>(p, column, lastLanes, i);
        shortStrips<1, vectors, access, edge>(p, column, lastLanes, i);
    };
    std::int64_t column = 0;
    for (; column + kPanel <= p.n; column += kPanel)
        run.template operator()<kPanelVectors, Edge::Whole>(column, kWidth);
    for (; column + kWidth <= p.n; column += kWidth)
        run.template operator()<1, Edge::Whole>(column, kWidth);
    if (column < p.n)
        run.template operator()<1, Edge::Cut>(column, static_cast<int>(p.n - column));
}

void productShort(const Product& p) {
    if (p.aInner == 1)
        shortPanels<Access::Rows>(p);
    else
        shortPanels<Access::Columns>(p);
}

/// Products whose operands are padded to whole vectors; C is written for n columns only.
void productPadded(const Product& p) {
    if (p.aInner == 1)
        productPanels<Access::Rows, Edge::Whole>(p, false, false);
    else
        productPanels<Access::Columns, Edge::Whole>(p, false, false);
}

std::int64_t packedSize(std::int64_t k, std::int64_t n) {
    return (n + kPanel - 1) / kPanel * kPanel * k;
}

/// The rows of columns `from` to `to`, in blocks of 4 x 4.
inline void transposeColumns(const float* x, std::int64_t xStride, float* y, std::int64_t yStride,
                             std::int64_t rows, std::int64_t from, std::int64_t to) {
    std::int64_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        const float* row = x + i * xStride;
        std::int64_t j = from;
        for (; j + 4 <= to; j += 4) {
            __m128 a = _mm_loadu_ps(row + j);
            __m128 b = _mm_loadu_ps(row + xStride + j);
            __m128 c = _mm_loadu_ps(row + 2 * xStride + j);
            __m128 d = _mm_loadu_ps(row + 3 * xStride + j);
            _MM_TRANSPOSE4_PS(a, b, c, d);
            float* column = y + j * yStride + i;
            _mm_storeu_ps(column, a);
            _mm_storeu_ps(column + yStride, b);
            _mm_storeu_ps(column + 2 * yStride, c);
            _mm_storeu_ps(column + 3 * yStride, d);
        }
        for (; j < to; ++j)
            for (std::int64_t r = 0; r < 4; ++r)
                y[j * yStride + i + r] = row[r * xStride + j];
    }
    for (; i < rows; ++i)
        for (std::int64_t j = from; j < to; ++j)
            y[j * yStride + i] = x[i * xStride + j];
}

/// y (cols x rows) = transposed x (rows x cols), a cache line of columns at a time.
void transpose(const float* x, std::int64_t xStride, float* y, std::int64_t yStride,
               std::int64_t rows, std::int64_t cols) {
    for (std::int64_t from = 0; from < cols; from += 16)
        transposeColumns(x, xStride, y, yStride, rows, from, from + 16 < cols ? from + 16 : cols);
}

void packB(const float* b, std::int64_t bInner, std::int64_t bCol, std::int64_t k, std::int64_t n,
           float* packed) {
    for (std::int64_t column = 0; column < n; column += kPanel) {
        const std::int64_t width = n - column < kPanel ? n - column : kPanel;
        float* to = packed + column * k;
        if (bCol == 1) {
            for (std::int64_t p = 0; p < k; ++p)
                overLanes(width, [&](std::int64_t j, auto lanes) {
                    store(to + p * kPanel + j, load(b + p * bInner + column + j, lanes), lanes);
                });
        } else {
            transpose(b + column * bCol, bCol, to, kPanel, width, k);
        }
        if (width < kPanel)
            for (std::int64_t p = 0; p < k; ++p)
                for (std::int64_t j = width; j < kPanel; ++j)
                    to[p * kPanel + j] = 0.0f;
    }
}

void packA(const float* a, std::int64_t aRow, std::int64_t aInner, std::int64_t m, std::int64_t k,
           float* packed) {
    for (std::int64_t i = 0; i < m; i += kStrip) {
        const std::int64_t rows = m - i < kStrip ? m - i : kStrip;
        float* to = packed + i * k;
        if (aInner == 1) {
            transpose(a + i * aRow, aRow, to, rows, rows, k);
        } else {
            for (std::int64_t p = 0; p < k; ++p)
                for (std::int64_t r = 0; r < rows; ++r)
                    to[p * rows + r] = a[(i + r) * aRow + p * aInner];
        }
    }
}

} // namespace
} // namespace inlay::kernels

// C = alpha op(A) op(B) + beta C. B is packed once, then tiles of C are computed in parallel; a
// long inner index with a small C (weight gradients) is cut instead, its parts added in their
// order.

#include "kernels/cpu/blas.h"
#include "kernels/cpu/blocking.h"
#include "kernels/cpu/cpu_backend.h"
#include "kernels/cpu/epilogue.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/spans.h"

namespace inlay::kernels {

using namespace cpu;

namespace {

/// The inner length of a pass where A is read down its columns: panel and strip stay in the first
/// level.
constexpr std::int64_t kInnerOfColumns = 128;

/// C = beta C, then the epilogue: what is left of a product without inner index.
void scaleOnly(const KernelTable& kernels, const Product& p) {
    for (std::int64_t i = 0; i < p.m; ++i) {
        float* row = p.c + i * p.cStride;
        if (p.beta == 0.0f)
            std::fill_n(row, p.n, 0.0f);
        else
            kernels.axpby(p.beta, row, 0.0f, row, p.n);
    }
    kernels.epilogue(p.epilogue, p.c, p.cStride, p.m, p.n);
}

/// Where op(B) lies: element (p, j) at data[p * inner + j * col].
struct Right {
    const float* data;
    std::int64_t inner;
    std::int64_t col;
};

Right rightOf(const Product& p, Transpose b) {
    if (b == Transpose::Yes)
        return {p.b, 1, p.bStride};
    return {p.b, p.bStride, 1};
}

/// The whole product on the calling thread.
void serialProduct(const KernelTable& kernels, const Product& product, Transpose b) {
    ScratchScope scratch;
    const Right right = rightOf(product, b);
    const Passes passes(product.k, product.aInner == 1 ? kInner : kInnerOfColumns);
    float* packed = scratch.floats(kernels.packedSize(passes.length, product.n));
    for (std::int64_t pass = 0; pass < passes.count; ++pass) {
        const std::int64_t begin = passes.begin(pass);
        Product part = product;
        part.k = passes.size(pass);
        part.a += begin * product.aInner;
        kernels.packB(right.data + begin * right.inner, right.inner, right.col, part.k, part.n,
                      packed);
        part.b = packed;
        if (product.aInner == product.m && right.inner == product.n) {
            part.nextA = part.a + part.k * product.m;
            part.nextB = right.data + (begin + part.k) * right.inner;
        }
        if (pass > 0)
            part.beta = 1.0f;
        if (pass + 1 < passes.count)
            part.epilogue = {};
        kernels.productPacked(part);
    }
}

/// Parts that the inner index is cut in, from the shape alone.
std::int64_t partsOf(const Product& p) {
    if (p.m * p.n > 64 * 1024 || p.k < 512)
        return 1;
    return std::clamp<std::int64_t>(p.k / 256, 1, 16);
}

void splitProduct(const KernelTable& kernels, const Product& product, Transpose b,
                  std::int64_t parts) {
    ScratchScope scratch;
    const std::int64_t size = roundUp(product.m * product.n, 16);
    float* sums = scratch.floats(parts * size);
    const std::int64_t length = ceilDivide(product.k, parts);
    const Right right = rightOf(product, b);
    parallelFor(parts, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t part = begin; part < end; ++part) {
            Product own = product;
            const std::int64_t first = part * length;
            own.k = std::clamp<std::int64_t>(product.k - first, 0, length);
            own.a += first * product.aInner;
            own.b = right.data + first * right.inner;
            own.c = sums + part * size;
            own.cStride = product.n;
            own.alpha = 1.0f;
            own.beta = 0.0f;
            own.epilogue = {};
            if (own.k == 0)
                scaleOnly(kernels, own);
            else
                serialProduct(kernels, own, b);
        }
    });
    parallelFor(product.m, rowGrain(product.n, 4096), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
            kernels.sumParts(sums + i * product.n, parts, size, product.alpha, product.beta,
                             product.c + i * product.cStride, product.n);
        kernels.epilogue(fromRow(product.epilogue, begin), product.c + begin * product.cStride,
                         product.cStride, end - begin, product.n);
    });
}

/// Whether strips of A are worth a copy: many panels read long ones, or their rows would fall on
/// the same cache sets.
bool packsLeft(const KernelTable& kernels, const Product& p) {
    return (p.n > 4 * kernels.panelWidth && p.k > 128) || (p.n > kernels.panelWidth && p.k > 512);
}

void tiledProduct(const KernelTable& kernels, const Product& product, Transpose b) {
    ScratchScope scratch;
    const Right right = rightOf(product, b);
    const Passes passes(product.k);
    const std::int64_t panel = kernels.panelWidth;
    const std::int64_t panels = ceilDivide(product.n, panel);
    const std::int64_t strip = kernels.stripRows;
    const bool strips = packsLeft(kernels, product);
    float* packed = scratch.floats(panels * panel * product.k);
    float* left = strips ? scratch.floats(product.m * product.k) : nullptr;

    parallelFor(panels, std::max<std::int64_t>(1, 65536 / (panel * product.k)),
                [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t pass = 0; pass < passes.count; ++pass) {
                        const std::int64_t first = passes.begin(pass);
                        const std::int64_t k = passes.size(pass);
                        const std::int64_t col = begin * panel;
                        kernels.packB(right.data + first * right.inner + col * right.col,
                                      right.inner, right.col, k,
                                      std::min(product.n, end * panel) - col,
                                      packed + panels * panel * first + col * k);
                    }
                });
    if (strips) {
        const std::int64_t grain = roundUp(rowGrain(product.k, 65536), strip);
        parallelFor(product.m, grain, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t pass = 0; pass < passes.count; ++pass) {
                const std::int64_t first = passes.begin(pass);
                const std::int64_t k = passes.size(pass);
                kernels.packA(product.a + begin * product.aRow + first * product.aInner,
                              product.aRow, product.aInner, end - begin, k,
                              left + product.m * first + begin * k);
            }
        });
    }

    const std::int64_t rows =
        std::clamp(roundUp(kChunkWork / (product.n * product.k), strip),
                   std::min<std::int64_t>(64, roundUp(product.m, strip)), std::int64_t{256});
    const std::int64_t cols = std::min(
        panels * panel, std::max(panel, kChunkWork * 2 / (rows * product.k) / panel * panel));
    const std::int64_t rowChunks = ceilDivide(product.m, rows);
    const std::int64_t colChunks = ceilDivide(product.n, cols);
    parallelFor(rowChunks * colChunks, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t chunk = begin; chunk < end; ++chunk) {
            const std::int64_t i = chunk / colChunks * rows;
            const std::int64_t j = chunk % colChunks * cols;
            Product part = product;
            part.m = std::min(rows, product.m - i);
            part.n = std::min(cols, product.n - j);
            part.c += i * product.cStride + j;
            for (std::int64_t pass = 0; pass < passes.count; ++pass) {
                const std::int64_t first = passes.begin(pass);
                part.k = passes.size(pass);
                part.b = packed + panels * panel * first + j * part.k;
                part.beta = pass == 0 ? product.beta : 1.0f;
                part.epilogue =
                    pass + 1 == passes.count ? fromRow(product.epilogue, i, j) : RowEpilogue{};
                if (strips) {
                    part.a = left + product.m * first + i * part.k;
                    kernels.productStrips(part);
                } else {
                    part.a = product.a + i * product.aRow + first * product.aInner;
                    kernels.productPacked(part);
                }
            }
        }
    });
}

/// OpenBLAS is faster once B leaves the second level of cache. Measured on one idle core, GF/s here
/// and there: AVX-512 512^3 96/107, 2048^3 82/118, 64x4096x4096 20/70, but 384^3 113/102 and
/// 2048x96x192 113/108; AVX2 1024^3 66/73, 64x4096x4096 18/59.
bool prefersBlas(const KernelTable& kernels, const Product& p) {
    // A row times a matrix reads the matrix once, whoever does it. A library that computes in
    // shorter vectors is slower at every size.
    return p.m > 1 && blasWidth() >= kernels.width && p.n >= 256 && p.k >= 256 &&
           p.n * p.k >= 512 * 512 && p.m * p.n * p.k >= 1 << 26;
}

void blasPart(const KernelTable& kernels, const Product& product, Transpose b, std::int64_t row,
              std::int64_t rows, std::int64_t col, std::int64_t cols) {
    const bool columns = product.aInner != 1;
    float* c = product.c + row * product.cStride + col;
    const float* right = product.b + (b == Transpose::Yes ? col * product.bStride : col);
    blasProduct(columns ? BlasOrder::Transposed : BlasOrder::Plain,
                b == Transpose::Yes ? BlasOrder::Transposed : BlasOrder::Plain, rows, cols,
                product.k, product.alpha, product.a + row * product.aRow,
                columns ? product.aInner : product.aRow, right, product.bStride, product.beta, c,
                product.cStride);
    if (product.epilogue.any())
        kernels.epilogue(fromRow(product.epilogue, row, col), c, product.cStride, rows, cols);
}

/// Parts of a product that go to the library one by one; it packs both operands anew for each. How
/// a product is cut changes its bits, so the shape alone decides: 2^26 to 2^27 multiply-adds each
/// up to 16 parts, but never one part alone, which would keep all threads but one waiting for a
/// millisecond.
std::int64_t blasParts(const Product& product) {
    return std::clamp<std::int64_t>((product.m * product.n * product.k) >> 26, 2, 16);
}

void blasChunks(const KernelTable& kernels, const Product& product, Transpose b) {
    const std::int64_t parts = blasParts(product);
    std::int64_t down = 1;
    std::int64_t across = 1;
    // The longer side is halved, so that parts stay as square as they can be.
    while (down * across < parts)
        (product.m / down >= product.n / across ? down : across) *= 2;
    const std::int64_t rows = roundUp(ceilDivide(product.m, down), kernels.stripRows);
    const std::int64_t cols = roundUp(ceilDivide(product.n, across), kernels.width);
    down = ceilDivide(product.m, rows);
    across = ceilDivide(product.n, cols);
    parallelFor(down * across, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t part = begin; part < end; ++part) {
            const std::int64_t row = part / across * rows;
            const std::int64_t col = part % across * cols;
            blasPart(kernels, product, b, row, std::min(rows, product.m - row), col,
                     std::min(cols, product.n - col));
        }
    });
}

Product describe(const Gemm& spec, ConstView a, ConstView b, View c) {
    Product p;
    p.m = c.rows;
    p.n = c.cols;
    p.k = spec.a == Transpose::Yes ? a.rows : a.cols;
    assert((spec.a == Transpose::Yes ? a.cols : a.rows) == p.m);
    assert((spec.b == Transpose::Yes ? b.cols : b.rows) == p.k);
    assert((spec.b == Transpose::Yes ? b.rows : b.cols) == p.n);
    p.a = a.as<float>();
    p.aRow = spec.a == Transpose::Yes ? 1 : a.stride;
    p.aInner = spec.a == Transpose::Yes ? a.stride : 1;
    p.b = b.as<float>();
    p.bStride = b.stride;
    p.c = c.as<float>();
    p.cStride = c.stride;
    p.alpha = static_cast<float>(spec.alpha);
    p.beta = static_cast<float>(spec.beta);
    return p;
}

} // namespace

void CpuBackend::gemmF32(const Product& product, Transpose b) {
    if (product.m == 0 || product.n == 0)
        return;
    if (product.k == 0)
        return scaleOnly(kernels_, product);
    const std::int64_t parts = partsOf(product);
    if (prefersBlas(kernels_, product))
        blasChunks(kernels_, product, b);
    else if (parts > 1)
        splitProduct(kernels_, product, b, parts);
    else if (product.m * product.n * product.k <= kChunkWork / 8)
        serialProduct(kernels_, product, b);
    else
        tiledProduct(kernels_, product, b);
}

void CpuBackend::gemm(const Gemm& spec, ConstView a, ConstView b, View c,
                      const Epilogue& epilogue) {
    if (!isF32({a, b, c, epilogue.bias, epilogue.pre, epilogue.residual}))
        return gemmWithBf16(spec, a, b, c, epilogue);
    Product product = describe(spec, a, b, c);
    product.epilogue = rowEpilogue(epilogue);
    gemmF32(product, spec.b);
}

void CpuBackend::gemmWithBf16(const Gemm& spec, ConstView a, ConstView b, View c,
                              const Epilogue& epilogue) {
    ScratchScope scratch;
    const auto widened = [&](ConstView v) {
        View wide{nullptr, v.rows, v.cols, v.cols, DType::F32};
        if (v.given()) {
            wide.data = scratch.floats(std::max<std::int64_t>(1, v.size()));
            convert(v, wide);
        }
        return wide;
    };
    const View left = widened(a);
    const View right = widened(b);
    const View target = widened(c);
    const Epilogue wide{widened(epilogue.bias), epilogue.activation, widened(epilogue.pre),
                        widened(epilogue.residual)};
    gemm(spec, left, right, target, wide);
    convert(target, c);
    if (epilogue.pre.given())
        convert(wide.pre, epilogue.pre);
}

void CpuBackend::batchedGemm(const Gemm& spec, ConstBatchView a, ConstBatchView b, BatchView c) {
    assert(a.batch == c.batch && b.batch == c.batch);
    const std::int64_t rowsInAll = c.first.rows;
    if (c.batch == 0 || rowsInAll == 0 || c.first.cols == 0)
        return;
    if (!isF32({a.first, b.first, c.first})) {
        for (std::int64_t l = 0; l < c.batch; ++l) {
            const auto at = [l](auto batch) {
                auto view = batch.first;
                const auto offset =
                    static_cast<std::size_t>(l * batch.batchStride) * sizeOf(view.dtype);
                using Bytes = std::conditional_t<std::is_same_v<decltype(view), View>, std::byte,
                                                 const std::byte>;
                view.data = static_cast<Bytes*>(view.data) + offset;
                return view;
            };
            gemm(spec, at(a), at(b), at(c), {});
        }
        return;
    }
    const Product whole = describe(spec, a.first, b.first, c.first);
    const BatchChunks chunks(whole, c.batch, kernels_.stripRows);
    parallelFor(c.batch * chunks.each, chunks.grain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t chunk = begin; chunk < end; ++chunk) {
            const std::int64_t l = chunk / chunks.each;
            const std::int64_t i = chunk % chunks.each * chunks.rows;
            Product part = whole;
            part.m = std::min(chunks.rows, rowsInAll - i);
            part.a += l * a.batchStride + i * part.aRow;
            part.b += l * b.batchStride;
            part.c += l * c.batchStride + i * part.cStride;
            if (part.k == 0)
                scaleOnly(kernels_, part);
            else if (prefersBlas(kernels_, part))
                blasPart(kernels_, part, spec.b, 0, part.m, 0, part.n);
            else
                serialProduct(kernels_, part, spec.b);
        }
    });
}

} // namespace inlay::kernels

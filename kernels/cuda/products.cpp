// Products by cuBLAS. A row-major matrix is the transpose of a column-major one, so the operands
// change places. cublasLt adds the bias and the residual where it can. Its activations are not
// used: its GELU is the tanh form, not ours, and nothing promises that its ReLU lets NaN through.

#include <cstddef>

#include "kernels/cuda/blas_check.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/product_plans.h"
#include "kernels/error.h"

namespace inlay::kernels {

using namespace cuda;

namespace {

void requireFloating(DType dtype) {
    if (dtype != DType::F32 && dtype != DType::BF16)
        throw Error(std::string("cuda multiplies matrices in f32 and bf16, not in ") +
                    nameOf(dtype) + ".");
}

std::int64_t innerSize(const Gemm& spec, ConstView a, [[maybe_unused]] ConstView b,
                       [[maybe_unused]] ConstView c) {
    const std::int64_t k = spec.a == Transpose::Yes ? a.rows : a.cols;
    assert((spec.a == Transpose::Yes ? a.cols : a.rows) == c.rows);
    assert((spec.b == Transpose::Yes ? b.cols : b.rows) == k);
    assert((spec.b == Transpose::Yes ? b.rows : b.cols) == c.cols);
    return k;
}

ConstBatchView single(ConstView view) {
    return {view, 1, 0};
}

BatchView single(View view) {
    return {view, 1, 0};
}

View matrixOf(const BatchView& batch, std::int64_t l) {
    View view = batch.first;
    view.data = static_cast<std::byte*>(view.data) +
                l * batch.batchStride * static_cast<std::int64_t>(sizeOf(view.dtype));
    return view;
}

ConstView matrixOf(const ConstBatchView& batch, std::int64_t l) {
    ConstView view = batch.first;
    view.data = static_cast<const std::byte*>(view.data) +
                l * batch.batchStride * static_cast<std::int64_t>(sizeOf(view.dtype));
    return view;
}

/// A batch without gaps, in memory that is given later.
BatchView packed(const ConstBatchView& like, DType dtype) {
    const std::int64_t size = like.first.size();
    return {{nullptr, like.first.rows, like.first.cols, like.first.cols, dtype}, like.batch, size};
}

std::size_t bytesOf(const BatchView& batch) {
    const auto count = static_cast<std::size_t>(batch.batch * batch.batchStride);
    return (count * sizeOf(batch.first.dtype) + 255) / 256 * 256;
}

void convertAll(Backend& backend, const ConstBatchView& from, const BatchView& to) {
    for (std::int64_t l = 0; l < from.batch; ++l)
        backend.convert(matrixOf(from, l), matrixOf(to, l));
}

/// alpha op(a) op(b) + beta c in c, by cuBLAS' older interface, which takes every combination.
void plainProduct(Queue& queue, const Gemm& spec, const ConstBatchView& a, const ConstBatchView& b,
                  const BatchView& c) {
    const auto type = [](DType dtype) {
        return dtype == DType::BF16 ? CUDA_R_16BF : CUDA_R_32F;
    };
    const auto operation = [](Transpose transpose) {
        return transpose == Transpose::Yes ? CUBLAS_OP_T : CUBLAS_OP_N;
    };
    const std::int64_t k = innerSize(spec, a.first, b.first, c.first);
    const auto alpha = static_cast<float>(spec.alpha);
    const auto beta = static_cast<float>(spec.beta);
    const bool rounds = queue.tf32() && a.first.dtype == DType::F32;
    const cublasComputeType_t compute = rounds ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
    if (c.batch == 1)
        INLAY_CUBLAS(cublasGemmEx_64(
            queue.blas(), operation(spec.b), operation(spec.a), c.first.cols, c.first.rows, k,
            &alpha, b.first.data, type(b.first.dtype), leading(b.first), a.first.data,
            type(a.first.dtype), leading(a.first), &beta, c.first.data, type(c.first.dtype),
            leading(c.first), compute, CUBLAS_GEMM_DEFAULT));
    else
        INLAY_CUBLAS(cublasGemmStridedBatchedEx_64(
            queue.blas(), operation(spec.b), operation(spec.a), c.first.cols, c.first.rows, k,
            &alpha, b.first.data, type(b.first.dtype), leading(b.first), b.batchStride,
            a.first.data, type(a.first.dtype), leading(a.first), a.batchStride, &beta, c.first.data,
            type(c.first.dtype), leading(c.first), c.batchStride, c.batch, compute,
            CUBLAS_GEMM_DEFAULT));
}

/// Operands of one dtype and a result that cuBLAS can write; all sizes above zero.
void enqueueProduct(Queue& queue, const Gemm& spec, const ConstBatchView& a,
                    const ConstBatchView& b, const BatchView& c) {
    // The older interface has kernels of its own for a matrix times a vector.
    const bool vector = c.first.rows == 1 || c.first.cols == 1;
    if (vector || !queue.products().run({spec, a, b, c, c}))
        plainProduct(queue, spec, a, b, c);
}

/// The product with its bias, by cublasLt; false when that cannot do it. A bias that it does not
/// take as it is (f32 for a bf16 result, an odd address) is copied in the result's dtype first:
/// a bias is short, and another pass over the result is not.
bool fusedProduct(Backend& backend, Queue& queue, FusedProduct product) {
    ProductPlans& plans = queue.products();
    if (plans.run(product))
        return true;
    if (!product.bias.given())
        return false;
    const DType dtype = product.d.first.dtype;
    const std::int64_t n = product.d.first.cols;
    const View copy{queue.scratch(static_cast<std::size_t>(n) * sizeOf(dtype)), 1, n, n, dtype};
    const ConstView bias = product.bias;
    product.bias = copy;
    if (!plans.knows(product))
        return false;
    backend.convert(bias, copy);
    return plans.run(product);
}

} // namespace

void CudaBackend::gemm(const Gemm& spec, ConstView a, ConstView b, View c,
                       const Epilogue& epilogue) {
    const std::int64_t k = innerSize(spec, a, b, c);
    assert(!epilogue.bias.given() || epilogue.bias.cols == c.cols);
    const bool plain = !epilogue.bias.given() && epilogue.activation == Activation::None &&
                       !epilogue.pre.given() && !epilogue.residual.given();
    if (c.size() == 0)
        return;
    const bool direct = a.dtype == b.dtype && (a.dtype == DType::BF16 || c.dtype == DType::F32);
    if (plain || k == 0 || !direct) {
        batchedGemm(spec, single(a), single(b), single(c));
        if (!plain)
            applyEpilogue(c, epilogue);
        return;
    }
    requireFloating(a.dtype);
    requireFloating(c.dtype);
    const ConstView& residual = epilogue.residual;
    FusedProduct fused{spec, single(a), single(b), single(ConstView(c)), single(c), epilogue.bias};
    if (!epilogue.pre.given() && epilogue.activation == Activation::None) {
        // One operand can be added: the old c or the residual.
        const bool adds = residual.given() && spec.beta == 0.0 && residual.dtype == c.dtype;
        if (adds) {
            fused.c = single(residual);
            fused.spec.beta = 1.0;
        }
        if ((adds || !residual.given()) && fusedProduct(*this, *queue_, fused))
            return;
    } else if (epilogue.pre.given() && epilogue.pre.dtype == c.dtype && !residual.given()) {
        // The product goes where the value before the activation is kept; the activation reads it
        // there.
        fused.d = single(epilogue.pre);
        if (fusedProduct(*this, *queue_, fused)) {
            activate(epilogue.activation, epilogue.pre, c);
            return;
        }
    }
    enqueueProduct(*queue_, spec, single(a), single(b), single(c));
    applyEpilogue(c, epilogue);
}

void CudaBackend::batchedGemm(const Gemm& spec, ConstBatchView a, ConstBatchView b, BatchView c) {
    assert(a.batch == c.batch && b.batch == c.batch);
    if (c.batch == 0 || c.first.size() == 0)
        return;
    if (innerSize(spec, a.first, b.first, c.first) == 0) {
        for (std::int64_t l = 0; l < c.batch; ++l)
            if (spec.beta == 0.0)
                fill(matrixOf(c, l), 0.0);
            else if (spec.beta != 1.0)
                axpby(spec.beta, matrixOf(c, l), 0.0, matrixOf(c, l));
        return;
    }
    for (const DType dtype : {a.first.dtype, b.first.dtype, c.first.dtype})
        requireFloating(dtype);
    // cuBLAS takes operands of one dtype, and writes bf16 from bf16 only.
    const bool mixed = a.first.dtype != b.first.dtype;
    const DType inner = mixed ? DType::BF16 : a.first.dtype;
    const bool narrows = inner == DType::F32 && c.first.dtype == DType::BF16;
    if (!mixed && !narrows)
        return enqueueProduct(*queue_, spec, a, b, c);

    BatchView left = packed(a, inner);
    BatchView right = packed(b, inner);
    BatchView result = packed(c, DType::F32);
    const bool changesLeft = a.first.dtype != inner;
    const bool changesRight = b.first.dtype != inner;
    const std::size_t leftBytes = changesLeft ? bytesOf(left) : 0;
    const std::size_t rightBytes = changesRight ? bytesOf(right) : 0;
    auto* memory = static_cast<std::byte*>(
        queue_->scratch(leftBytes + rightBytes + (narrows ? bytesOf(result) : 0)));
    left.first.data = memory;
    right.first.data = memory + leftBytes;
    result.first.data = memory + leftBytes + rightBytes;
    if (changesLeft)
        convertAll(*this, a, left);
    if (changesRight)
        convertAll(*this, b, right);
    if (narrows && spec.beta != 0.0)
        convertAll(*this, c, result);
    enqueueProduct(*queue_, spec, changesLeft ? ConstBatchView(left) : a,
                   changesRight ? ConstBatchView(right) : b, narrows ? result : c);
    if (narrows)
        convertAll(*this, result, c);
}

} // namespace inlay::kernels

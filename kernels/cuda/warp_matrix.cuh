#pragma once

// The instructions by which a warp multiplies matrices that lie in shared memory: asynchronous
// copies, loads of 8 x 8 matrices, products of the tensor cores. Layouts: PTX ISA, sections on
// cp.async, ldmatrix, mma.m16n8k16 (bf16) and mma.m16n8k8 (tf32). attention_layout.h says which
// lane holds what.

#include <cuda_runtime.h>

namespace inlay::kernels::cuda {

__device__ __forceinline__ unsigned sharedAddress(const void* pointer) {
    return static_cast<unsigned>(__cvta_generic_to_shared(pointer));
}

/// The block's dynamic shared memory.
__device__ __forceinline__ unsigned char* dynamicShared() {
    extern __shared__ __align__(16) unsigned char inlayDynamicShared[];
    return inlayDynamicShared;
}

/// Starts to copy kBytes (8 or 16) to shared memory; zeros where the source does not exist. Both
/// addresses are multiples of kBytes, `from` a valid one in any case.
template <int kBytes>
__device__ __forceinline__ void copyAsync(void* to, const void* from, bool exists) {
    const int bytes = exists ? kBytes : 0;
    if constexpr (kBytes == 16)
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(sharedAddress(to)),
                     "l"(from), "r"(bytes)
                     : "memory");
    else
        asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(sharedAddress(to)),
                     "l"(from), "n"(kBytes), "r"(bytes)
                     : "memory");
}
/// Waits for the copies that this thread has started.
__device__ __forceinline__ void awaitCopies() {
    asm volatile("cp.async.wait_all;" ::: "memory");
}

/// Four matrices of 8 rows of 16 bytes: lanes 8 i … 8 i + 7 give the rows of matrix i; register i
/// of lane l gets bytes 4 (l mod 4) … of row l / 4 of matrix i.
__device__ __forceinline__ void loadMatrices(unsigned (&words)[4], const void* row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
                 : "r"(sharedAddress(row))
                 : "memory");
}
/// The same for 16-bit elements with every matrix transposed: the two halves of register i of lane
/// l are column l / 4 of rows 2 (l mod 4) and 2 (l mod 4) + 1.
/// `row`: an address in shared memory, of 32 bits.
__device__ __forceinline__ void loadTransposed(unsigned (&words)[4], unsigned row) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
                 : "r"(row)
                 : "memory");
}
__device__ __forceinline__ void loadTransposed(unsigned (&words)[4], const void* row) {
    loadTransposed(words, sharedAddress(row));
}

/// The counterpart of loadMatrices: lanes 8 i … 8 i + 7 give where in shared memory the rows of
/// matrix i go.
__device__ __forceinline__ void storeMatrices(unsigned row, const unsigned (&words)[4]) {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
    asm volatile("stmatrix.sync.aligned.m8n8.x4.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(row),
                 "r"(words[0]), "r"(words[1]), "r"(words[2]), "r"(words[3])
                 : "memory");
#else
    // Each lane stores its word of every matrix, in the row whose address another lane has.
    const unsigned lane = threadIdx.x % 32;
#pragma unroll
    for (int i = 0; i < 4; ++i) {
        const unsigned start = __shfl_sync(0xFFFFFFFFu, row, static_cast<int>(8 * i + lane / 4));
        asm volatile("st.shared.u32 [%0], %1;" ::"r"(start + lane % 4 * 4), "r"(words[i])
                     : "memory");
    }
#endif
}
/// The counterpart of loadTransposed.
__device__ __forceinline__ void storeTransposed(unsigned row, const unsigned (&words)[4]) {
#if !defined(__CUDA_ARCH__) || __CUDA_ARCH__ >= 900
    asm volatile(
        "stmatrix.sync.aligned.m8n8.x4.trans.shared.b16 [%0], {%1, %2, %3, %4};" ::"r"(row),
        "r"(words[0]), "r"(words[1]), "r"(words[2]), "r"(words[3])
        : "memory");
#else
    unsigned turned[4];
#pragma unroll
    for (int i = 0; i < 4; ++i)
        asm("movmatrix.sync.aligned.m8n8.trans.b16 %0, %1;" : "=r"(turned[i]) : "r"(words[i]));
    storeMatrices(row, turned);
#endif
}

/// c += a b, 16 x 8 with inner size 16, of bf16.
__device__ __forceinline__ void multiplyBf16(float (&c)[4], const unsigned (&a)[4], unsigned b0,
                                             unsigned b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
/// The same of f16.
__device__ __forceinline__ void multiplyF16(float (&c)[4], const unsigned (&a)[4], unsigned b0,
                                            unsigned b1) {
    asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
/// With inner size 8, of f32 numbers cut to tf32.
__device__ __forceinline__ void multiplyTf32(float (&c)[4], const unsigned (&a)[4], unsigned b0,
                                             unsigned b1) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, "
        "{%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

/// 2^exponent, for a normal number.
__device__ __forceinline__ float powerOfTwoExactly(int exponent) {
    return __int_as_float((exponent + 127) << 23);
}
/// 2^x within 2 units in the last place; zero where the result is below the normal range.
__device__ __forceinline__ float powerOfTwo(float x) {
    float y;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
}

} // namespace inlay::kernels::cuda

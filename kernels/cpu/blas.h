#pragma once

#include <cstdint>
#include <string>

namespace inlay::kernels::cpu {

enum class BlasOrder { Plain, Transposed };

/// C (m x n, row-major) = alpha op(A) op(B) + beta C on the calling thread.
void blasProduct(BlasOrder a, BlasOrder b, std::int64_t m, std::int64_t n, std::int64_t k,
                 float alpha, const float* left, std::int64_t leftStride, const float* right,
                 std::int64_t rightStride, float beta, float* c, std::int64_t cStride);

/// BLAS and LAPACK compute on the calling thread from here on: OpenBLAS keeps a pool of its own,
/// which would fight with ours. Products see to it by themselves.
void keepBlasSingleThreaded();

std::string blasConfiguration();
std::string blasCoreName();
/// Floats in a vector of the kernels that the library chose: 4, 8 or 16.
int blasWidth();

} // namespace inlay::kernels::cpu

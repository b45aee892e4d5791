#include "kernels/cpu/blas.h"

#include <cblas.h>

namespace inlay::kernels::cpu {
namespace {

bool singleThreaded() {
    openblas_set_num_threads(1);
    return true;
}

CBLAS_TRANSPOSE orderOf(BlasOrder order) {
    return order == BlasOrder::Plain ? CblasNoTrans : CblasTrans;
}

} // namespace

void keepBlasSingleThreaded() {
    [[maybe_unused]] static const bool once = singleThreaded();
}

void blasProduct(BlasOrder a, BlasOrder b, std::int64_t m, std::int64_t n, std::int64_t k,
                 float alpha, const float* left, std::int64_t leftStride, const float* right,
                 std::int64_t rightStride, float beta, float* c, std::int64_t cStride) {
    keepBlasSingleThreaded();
    cblas_sgemm(CblasRowMajor, orderOf(a), orderOf(b), static_cast<blasint>(m),
                static_cast<blasint>(n), static_cast<blasint>(k), alpha, left,
                static_cast<blasint>(leftStride), right, static_cast<blasint>(rightStride), beta, c,
                static_cast<blasint>(cStride));
}

std::string blasConfiguration() {
    return openblas_get_config();
}

std::string blasCoreName() {
    return openblas_get_corename();
}

} // namespace inlay::kernels::cpu

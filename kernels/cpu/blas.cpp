#include "kernels/cpu/blas.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <cblas.h>
#include <dlfcn.h>

#include "kernels/cpu/simd_level.h"

namespace inlay::kernels::cpu {
namespace {

int widthOf(std::string_view core) {
    const auto isOne = [core](std::initializer_list<std::string_view> names) {
        return std::find(names.begin(), names.end(), core) != names.end();
    };
    if (isOne({"SkylakeX", "Cooperlake", "SapphireRapids"}))
        return 16;
    return isOne({"Haswell", "Zen", "Excavator"}) ? 8 : 4;
}

/// OpenBLAS goes by the processor's model and takes one that is newer than itself for one of 2004:
/// 0.3.21 multiplies in SSE on an Emerald Rapids, at a tenth of its speed. It reads
/// OPENBLAS_CORETYPE once, when it is loaded; its two functions for programs that load it late let
/// it read again. Where it has no such functions, its choice stays.
bool chooseCore() noexcept {
    const std::vector<SimdLevel> levels = availableLevels();
    const bool avx512 = levels.back() == SimdLevel::Avx512;
    if (levels.back() == SimdLevel::Baseline || widthOf(openblas_get_corename()) > 4 ||
        std::getenv("OPENBLAS_CORETYPE") != nullptr)
        return false;
    using Function = void (*)();
    const auto quit = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit"));
    const auto init = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init"));
    if (quit == nullptr || init == nullptr)
        return false;
    setenv("OPENBLAS_CORETYPE", avx512 ? "SKYLAKEX" : "HASWELL", 0);
    quit();
    init();
    unsetenv("OPENBLAS_CORETYPE");
    return true;
}

/// Before main, while no other thread multiplies or reads the environment.
[[maybe_unused]] const bool chosen = chooseCore();

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

int blasWidth() {
    static const int width = widthOf(blasCoreName());
    return width;
}

} // namespace inlay::kernels::cpu

#include "kernels/cpu/cpu_info.h"

#include <cpuid.h>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "kernels/cpu/blas.h"
#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/levels.h"
#include "kernels/cpu/simd_level.h"

namespace inlay::kernels {

std::vector<SimdLevel> availableLevels() {
    std::vector<SimdLevel> levels{SimdLevel::Baseline};
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        levels.push_back(SimdLevel::Avx2);
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
            __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
            levels.push_back(SimdLevel::Avx512);
    }
    return levels;
}

namespace {

/// The level of INLAY_SIMD when this processor has it, so that a lower one can be measured.
SimdLevel chosenLevel() {
    const std::vector<SimdLevel> levels = availableLevels();
    if (const char* wanted = std::getenv("INLAY_SIMD"))
        for (const SimdLevel level : levels)
            if (std::strcmp(wanted, cpu::kernelsFor(level).name) == 0)
                return level;
    return levels.back();
}

} // namespace

SimdLevel bestLevel() {
    static const SimdLevel best = chosenLevel();
    return best;
}

namespace cpu {

const KernelTable& kernelsFor(SimdLevel level) {
    switch (level) {
    case SimdLevel::Avx512:
        return avx512Kernels();
    case SimdLevel::Avx2:
        return avx2Kernels();
    case SimdLevel::Baseline:
        break;
    }
    return baselineKernels();
}

} // namespace cpu

std::string cpuModel() {
    unsigned int words[12] = {};
    if (__get_cpuid_max(0x80000000u, nullptr) < 0x80000004u)
        return "x86-64 processor";
    for (unsigned int i = 0; i < 3; ++i)
        __get_cpuid(0x80000002u + i, &words[4 * i], &words[4 * i + 1], &words[4 * i + 2],
                    &words[4 * i + 3]);
    char name[sizeof words + 1] = {};
    std::memcpy(name, words, sizeof words);
    const std::string text(name);
    const auto first = text.find_first_not_of(' ');
    const auto last = text.find_last_not_of(' ');
    return first == std::string::npos ? "x86-64 processor" : text.substr(first, last - first + 1);
}

std::string simdLevel() {
    return cpu::kernelsFor(bestLevel()).name;
}

std::string blasVersion() {
    // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …"
    std::istringstream words(cpu::blasConfiguration());
    std::string library;
    std::string version;
    words >> library >> version;
    return library + " " + version;
}

std::string blasCore() {
    return cpu::blasCoreName();
}

} // namespace inlay::kernels

#pragma once

#include <vector>

namespace inlay::kernels {

/// Instruction sets that the inner functions are compiled for.
enum class SimdLevel { Baseline, Avx2, Avx512 };

/// Those of this processor, lowest first.
std::vector<SimdLevel> availableLevels();
/// The highest, or the one that the environment variable INLAY_SIMD names: baseline, avx2 or
/// avx512.
SimdLevel bestLevel();

} // namespace inlay::kernels

#pragma once

#include <string>

namespace inlay::kernels {

/// The processor as it names itself, e.g. "AMD EPYC 9354 32-Core Processor".
std::string cpuModel();
/// Instruction set in use: "sse2", "avx2", "avx512".
std::string simdLevel();
/// "OpenBLAS 0.3.21"
std::string blasVersion();
/// The kernels that OpenBLAS chose for this processor, e.g. "Cooperlake".
std::string blasCore();

} // namespace inlay::kernels

#pragma once

#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/simd_level.h"

namespace inlay::kernels::cpu {

const KernelTable& kernelsFor(SimdLevel level);

} // namespace inlay::kernels::cpu

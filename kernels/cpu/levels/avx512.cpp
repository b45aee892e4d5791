#define INLAY_SIMD_WIDTH 16
#include "kernels/cpu/levels/table.h"

namespace inlay::kernels::cpu {

const KernelTable& avx512Kernels() {
    static constexpr KernelTable table = tableNamed("avx512");
    return table;
}

} // namespace inlay::kernels::cpu

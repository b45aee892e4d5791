#define INLAY_SIMD_WIDTH 8
#include "kernels/cpu/levels/table.h"

namespace inlay::kernels::cpu {

const KernelTable& avx2Kernels() {
    static constexpr KernelTable table = tableNamed("avx2");
    return table;
}

} // namespace inlay::kernels::cpu

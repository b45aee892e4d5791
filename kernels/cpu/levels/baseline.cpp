#define INLAY_SIMD_WIDTH 4
#include "kernels/cpu/levels/table.h"

namespace inlay::kernels::cpu {

const KernelTable& baselineKernels() {
    static constexpr KernelTable table = tableNamed("sse2");
    return table;
}

} // namespace inlay::kernels::cpu

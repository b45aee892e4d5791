#pragma once

#include "kernels/views.h"

namespace inlay::engine {

/// `blocks` equal groups of neighboring columns of an activation as a batch, taken without a copy.
inline kernels::ConstBatchView columnBlocks(kernels::ConstView x, std::int64_t blocks) {
    const std::int64_t width = x.cols / blocks;
    return {kernels::columns(x, 0, width), blocks, width};
}

inline kernels::BatchView columnBlocks(kernels::View x, std::int64_t blocks) {
    const std::int64_t width = x.cols / blocks;
    return {kernels::columns(x, 0, width), blocks, width};
}

} // namespace inlay::engine

#pragma once

// The forms of a 2:4 matrix on the device and what makes one of another: masked dense, plain
// (values and one nibble a byte, backend.h), device metadata (two_four_layout.h), dense by rows.

#include <cstdint>

#include "kernels/cuda/two_four_layout.h"
#include "kernels/views.h"

namespace inlay::kernels::cuda {

class Queue;

/// Whether every row starts at a multiple of 16 bytes.
inline bool rowsAligned(ConstView view) {
    const auto stride = view.stride * static_cast<std::int64_t>(sizeOf(view.dtype));
    return reinterpret_cast<std::uintptr_t>(view.data) % 16 == 0 &&
           (view.rows <= 1 || stride % 16 == 0);
}

/// The sparse operand of the tensor instructions: m rows of k/2 bf16 and the metadata of
/// metaExtent(m, k). Rows of values start at multiples of 16 bytes.
struct SparseOperand {
    ConstView values;
    const std::uint32_t* meta = nullptr;

    std::int64_t m() const { return values.rows; }
    std::int64_t k() const { return 2 * values.cols; }
    MetaExtent extent() const { return metaExtent(m(), k()); }
};

/// values (w.cols x w.rows/2) and meta (w.cols x w.rows/4) of W, groups being four rows of a
/// column.
void compressColumns(Queue& queue, ConstView w, View values, View meta);
/// values (w.rows x w.cols/2) and meta (w.rows x w.cols/4) of W^T, groups being four columns of a
/// row.
void compressRows(Queue& queue, ConstView w, View values, View meta);
/// Device metadata from plain ones of m rows, metaExtent(m, k).words() words.
void packMeta(Queue& queue, ConstView meta, std::int64_t k, std::uint32_t* words);
/// dense (rows x 2 values.cols), zeros where nothing is stored. Its rows hold a multiple of four
/// elements and lie without gaps.
void expandRows(Queue& queue, ConstView values, ConstView meta, View dense);

} // namespace inlay::kernels::cuda

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/store/run_record.h"

namespace inlay::engine::graph_clustering {

/// Largest side of a matrix that goes to the store; larger ones are block means.
inline constexpr std::int64_t kFrameSide = 512;

/// Fills row i (n floats in 0..1) of a matrix.
using MatrixRow = std::function<void(std::int64_t i, float* row)>;

/// Rows and columns of an n x n matrix in `order` as an image of at most kFrameSide: 255 = 1, means
/// over cells of equal size.
FrameRecord reducedMatrix(const std::string& name, std::int64_t step, std::int64_t n,
                          std::span<const std::int32_t> order, const MatrixRow& row);

/// Doubles as f32.
FrameRecord floatFrame(const std::string& name, std::int64_t step, std::vector<std::int64_t> shape,
                       std::span<const double> values);

} // namespace inlay::engine::graph_clustering

#pragma once

#include <cstdint>

#include "widgets/plots/heat_map.h"
#include "widgets/views/ranking/active_reader.h"

namespace inlay::widgets {

/// The labels known at a moment as a matrix in the order of its ranking: 1 where the row's item was
/// preferred, 0 where it was not, NaN where nobody asked. Above 1,000 items each cell is the mean
/// of a block of pairs.
MatrixData pairMatrix(const ActiveFilm& film, std::size_t moment);

} // namespace inlay::widgets

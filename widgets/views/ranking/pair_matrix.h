#pragma once

#include <cstdint>

#include "widgets/plots/heat_map.h"
#include "widgets/views/ranking/active_reader.h"

namespace inlay::widgets {

/// The first `labels` labels of a film as a matrix in the order of `moment`: 1 where the row's item
/// was preferred, 0 where it was not, NaN where nobody asked. Above 1,000 items each cell is the
/// mean of a block of pairs.
MatrixData pairMatrix(const ActiveFilm& film, const ActiveMoment& moment);

} // namespace inlay::widgets

#pragma once

#include <vector>

#include <QImage>

#include "widgets/plots/color_scale.h"

namespace inlay::widgets {

struct MatrixData;

/// The matrix as one image pixel a screen pixel. `rows` and `columns` are the pixels' edges in
/// cells (one more than pixels, increasing): a pixel over several cells shows their mean, one
/// inside a cell the cell's value; pixels outside are transparent.
QImage heatPicture(const MatrixData& data, const ColorScale& scale, Appearance appearance,
                   const std::vector<double>& rows, const std::vector<double>& columns);

} // namespace inlay::widgets

#pragma once

#include "widgets/views/bench/lab_cells.h"

namespace inlay::widgets {

class CurvePlot;

/// Speed-up over dense against the size of the layer: what was measured, what the multiply-adds
/// alone promise (dashed), and the line where both are equal. Sets axes, series and marks.
void showSpeedups(CurvePlot& plot, const Lab& lab, LabPass pass);

/// Rate against intensity at one size, under the roof of the machine where it was measured.
void showRoofline(CurvePlot& plot, const Lab& lab, LabPass pass, std::int64_t size);

} // namespace inlay::widgets

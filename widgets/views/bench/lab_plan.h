#pragma once

#include "engine/schema/project_file.h"
#include "widgets/views/bench/lab_cells.h"

namespace inlay::widgets {

/// What a set-up of the operator lab will show: all cells unmeasured, pictures of the layers. Takes
/// some milliseconds; throws engine::Error.
Lab planLab(const engine::ProjectFile& project);

/// The plan with what `measured` has of its cells (same layer, shape, pass and threads; 0 threads
/// of the plan stand for any).
Lab withMeasured(const Lab& plan, const Lab& measured);

} // namespace inlay::widgets

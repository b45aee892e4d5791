#pragma once

#include <map>

#include <QString>

#include "engine/store/run_record.h"
#include "widgets/plots/point_pick.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

/// Named selections of a run's points.
using SelectionTags = std::map<QString, PointSet>;

/// They lie with the run, in its artifact "selections.json". Numbers of points that the run does
/// not have are left out; `count` is how many it has.
SelectionTags readSelectionTags(engine::RunStore& store, engine::RunId run, std::int64_t count);
void writeSelectionTags(engine::RunStore& store, engine::RunId run, const SelectionTags& tags);

} // namespace inlay::widgets

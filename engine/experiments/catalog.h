#pragma once

#include <string_view>
#include <vector>

#include "engine/runner/experiment_kind.h"

namespace inlay::engine {

/// Every experiment kind, in the order forms show them.
const std::vector<const ExperimentKind*>& experimentKinds();

/// The kind with this id, or null.
const ExperimentKind* findKind(std::string_view id);

} // namespace inlay::engine

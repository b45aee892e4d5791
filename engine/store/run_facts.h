#pragma once

#include "engine/analysis/config_diff.h"
#include "engine/store/run_record.h"

namespace inlay::engine {

/// What a person chose for a run: kind, seed, device and threads, then the leaves of its
/// configuration. Throws Error when the stored configuration is not JSON.
FlatConfig settingsOf(const RunRecord& run);

/// With what a run was computed, not chosen by its configuration: version of Inlay, code, device,
/// threads, libraries, machine. Values the run has not recorded are left out.
FlatConfig environmentOf(const RunRecord& run);

} // namespace inlay::engine

#pragma once

#include <string>

#include "app/cli/command.h"
#include "engine/runner/experiment_kind.h"
#include "engine/store/run_record.h"
#include "engine/store/run_store.h"

namespace inlay::app {

/// The store of the command line, made with its folder when there is none. Throws Error with a
/// sentence when that cannot be done.
engine::RunStore openStoreForRuns(const Common& common);

enum class ShowTable { No, Yes };

/// Executes a run that this process holds, shows its progress and prints its result. Returns the
/// exit code.
int executeHere(const Common& common, engine::RunId run, const engine::ExperimentKind& kind,
                const std::string& name, ShowTable table);

} // namespace inlay::app

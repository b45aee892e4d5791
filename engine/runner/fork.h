#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/runner/experiment_kind.h"
#include "engine/runner/launch.h"
#include "engine/schema/assignments.h"
#include "engine/store/run_store.h"

namespace inlay::engine {

struct ForkResult {
    std::optional<RunId> run; // queued, not yet started
    std::int64_t step = 0;    // where it starts
    std::vector<Issue> issues;
};

/// Makes a queued run that starts from a checkpoint of `parent`: the newest one at or before
/// `atStep` (the newest of all without). The checkpoint is copied and the parent's pinned; settings
/// that the parent took before that step are taken over. `assignments` change the configuration,
/// `options` what else the run has from its parent; tags are added. It becomes visible together
/// with its checkpoint; LaunchMode::Queue leaves it to the worker, OwnQueue to this process.
ForkResult forkRun(RunStore& store, const RunRecord& parent, const ExperimentKind& kind,
                   std::optional<std::int64_t> atStep, const std::vector<Assignment>& assignments,
                   const LaunchOptions& options, LaunchMode mode = LaunchMode::OwnQueue);

} // namespace inlay::engine

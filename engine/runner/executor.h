#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/runner/experiment_kind.h"
#include "engine/runner/run_observer.h"
#include "engine/store/run_store.h"

namespace inlay::engine {

struct ExecuteResult {
    RunId run = 0;
    RunStatus status = RunStatus::Failed;
    std::string message; // the sentence of a failure or divergence
    double seconds = 0;
    Metrics metrics;
};

/// Executes a run whose row says that this process runs it (made so by insertRun, claimRun or
/// claimForResume): checks again, opens the device, begins the next attempt (from the newest sound
/// checkpoint, if there is one), runs the kind and writes the end. An Error becomes the state
/// failed with its sentence. The end is tried for 30 s while the store cannot be written; after
/// that the result says so. Throws only when the store cannot be opened.
ExecuteResult executeRun(const std::string& storePath, RunId run, const ExperimentKind& kind,
                         RunObserver* observer);

/// Exit code of the program `inlay` for a state: 0 finished, 1 failed or diverged, 3 stopped.
int exitCode(RunStatus status);

} // namespace inlay::engine

#pragma once

#include "app/cli/command.h"
#include "engine/runner/launch.h"

namespace inlay::app {

/// `--dry-run`: says what a launch free of issues would do; `verb` as in "would run: NAME".
int showDryRun(const Common& common, const engine::Launch& launch, const char* verb);
void addDryRunOption(CLI::App& command, bool& dryRun);

} // namespace inlay::app

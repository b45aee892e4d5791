#pragma once

#include "app/gpu_check/options.h"
#include "app/gpu_check/result_file.h"

namespace inlay::app {

// One function a command. Each prints for people, adds its rows to the results and returns the exit
// code: 0 when everything passed, 1 when something failed.
int runOps(const Options& options, ResultFile& results);
int runGradients(const Options& options, ResultFile& results);
int runTrain(const Options& options, ResultFile& results);
int runPrecision(const Options& options, ResultFile& results);
int runBenchOps(const Options& options, ResultFile& results);
int runBenchTrain(const Options& options, ResultFile& results);
int printSummary(const Options& options);

} // namespace inlay::app

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/gpu_check/isolated.h"
#include "app/gpu_check/options.h"
#include "app/gpu_check/result_file.h"
#include "app/gpu_check/row.h"
#include "engine/tensor/device.h"

namespace inlay::app {

/// Hands over a finished row.
using RowSink = std::function<void(const Row& row)>;
/// Does one task on the device. What it throws becomes a row that failed.
using DeviceTask =
    std::function<void(const std::string& task, const engine::Device& device, const RowSink& add)>;

/// The tasks of a command and how its rows are shown.
struct TaskPlan {
    std::string stage;
    std::vector<std::string> names;
    DeviceTask run;
    std::function<void(const Fields& row)> print;
    int silenceSeconds = 120; // that a task may take without a row
};

/// Runs the tasks that `results` does not have, keeps and prints their rows, and returns them all.
/// Throws engine::Error when the device cannot be opened.
std::vector<Fields> runTasks(const Options& options, ResultFile& results, const TaskPlan& plan);

/// What is known of the device and the program's arguments say about the machine.
About aboutMachine(const Options& options);

/// How many of the rows failed.
int countFailures(const std::vector<Fields>& rows);

/// 0 without failures, else 1: the exit code of a command.
int exitCode(const std::vector<Fields>& rows);

} // namespace inlay::app

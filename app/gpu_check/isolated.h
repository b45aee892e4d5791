#pragma once

#include <functional>
#include <string>
#include <vector>

namespace inlay::app {

/// Takes one line of results, without its end.
using LineSink = std::function<void(const std::string& line)>;
/// Does one task and hands over its lines. False: what it worked with is no longer usable (a GPU
/// that met an invalid address refuses everything until the process ends).
using TaskRunner = std::function<bool(const std::string& task, const LineSink& write)>;

struct IsolatedTasks {
    std::vector<std::string> names;
    /// Called in the process that does the tasks, before the first one. What it throws is thrown
    /// on as engine::Error.
    std::function<TaskRunner()> begin;
    /// A line of a task.
    std::function<void(const std::string& task, const std::string& line)> receive;
    /// A task that did not end: the process died, or was silent for too long.
    std::function<void(const std::string& task, const std::string& reason)> lost;
    int silenceSeconds = 120;
};

/// Does the tasks in order in a child process. When a task takes its process with it, another
/// child goes on with the next task: one bad kernel must not cost the results of all others.
/// To be called before the calling process has started threads or opened a GPU.
void runIsolated(const IsolatedTasks& tasks);
/// The same in this process, for debuggers and memory checkers.
void runHere(const IsolatedTasks& tasks);

} // namespace inlay::app

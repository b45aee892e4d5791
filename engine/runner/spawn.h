#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace inlay::engine {

enum class SpawnSession { Child, Detached };

/// Starts a program with its own process group (Child) or session (Detached: it outlives this
/// process and its terminal). Standard input is empty; output and errors are appended to `logFile`,
/// or dropped when it is empty. Returns the pid. Throws Error when it cannot be started.
std::int64_t spawnProgram(const std::vector<std::string>& arguments, const std::string& logFile,
                          SpawnSession session);

struct ChildEnd {
    std::int64_t pid = 0;
    int exitCode = 0; // 128 + signal when it was killed
};

/// A child that has ended, without waiting.
std::optional<ChildEnd> reapChild();

/// Starts a program that shares this process's terminal and streams, and waits for it. Returns its
/// exit code (128 + signal when it was killed).
int runForeground(const std::vector<std::string>& arguments);

/// Absolute path of the running program.
std::string programPath();

} // namespace inlay::engine

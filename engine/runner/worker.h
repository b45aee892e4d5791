#pragma once

#include <string>

namespace inlay::engine {

struct WorkerOptions {
    std::string storePath;
    std::string program; // absolute path of `inlay`
    int slotCount = 1;   // runs at a time on one device: 1 keeps timings fair
    double idleSeconds = 5;
};

/// Works through the queue of a store: starts `inlay run --run ID` for each queued run, oldest
/// first, at most `slotCount` at a time for each device, and returns when the queue has been empty
/// for a while or an interrupt was requested (children go on). Returns false at once when another
/// worker lives.
bool runWorker(const WorkerOptions& options);

/// Starts `inlay work` as a process of its own when runs are queued and no worker lives.
void ensureWorker(const std::string& storePath, const std::string& program, int slotCount);

/// Where a child's output goes: "<store>.files/logs/run-<id>.log". Makes the folder.
std::string logPath(const std::string& filesRoot, long long run);

} // namespace inlay::engine

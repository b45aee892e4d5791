#pragma once

#include <cstdint>
#include <string>

namespace inlay::engine {

/// A process, told apart from a later one with the same pid by its start time.
struct ProcessIdentity {
    std::int64_t pid = 0;
    /// Start in clock ticks since boot (/proc/<pid>/stat, field 22); 0 = unknown.
    std::int64_t procStart = 0;
    std::string host;

    static ProcessIdentity current();
    bool operator==(const ProcessIdentity&) const = default;
};

/// Name of this machine as stored in `run.host`.
std::string hostName();

enum class Liveness {
    Alive,
    Gone,
    Unknown ///< on another host: only its heartbeat tells
};

/// Whether the process still exists; a reused pid counts as Gone, a zombie too.
Liveness liveness(const ProcessIdentity& process);

/// "host:pid:start", the form of `run.owner`; and back (all zero when malformed).
std::string textOf(const ProcessIdentity& process);
ProcessIdentity processFromString(const std::string& text);

} // namespace inlay::engine

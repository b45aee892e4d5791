#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/json.h"
#include "engine/store/process_identity.h"

namespace inlay::engine {

using RunId = std::int64_t;
using ProjectId = std::int64_t;
using SeriesId = std::int64_t;

enum class RunStatus { Queued, Running, Paused, Finished, Stopped, Failed, Diverged, Lost };

/// "queued", "running", … as written in the store.
std::string_view nameOf(RunStatus status);
std::optional<RunStatus> runStatusFromString(std::string_view text);
/// All of them, in the order of the enum.
const std::vector<RunStatus>& allRunStatuses();
/// Running or paused: a process holds the run.
bool isActive(RunStatus status);
/// Finished, stopped, failed, diverged or lost.
bool hasEnded(RunStatus status);

/// Final metrics: (name, value) in the order they were given.
using Metrics = std::vector<std::pair<std::string, double>>;

struct ProjectRecord {
    ProjectId id = 0;
    std::string uuid;
    std::string title;
    /// Absolute path of the project file; empty for "Untitled".
    std::string path;
    std::int64_t createdMs = 0;
    std::string notes;
    std::optional<RunId> baselineRun;
    /// Runs outside the bin.
    std::int64_t runs = 0;
};

/// What insertRun needs. A run with an `owner` is not taken by the queue's worker; one with status
/// Running is held by `process` (default: this process) from the start.
struct NewRun {
    /// Empty: the project "Untitled".
    std::optional<ProjectId> project;
    std::string name;
    std::string kind;
    int kindVersion = 1;
    RunStatus status = RunStatus::Queued;
    std::optional<ProcessIdentity> process;
    std::optional<ProcessIdentity> owner;
    std::uint64_t seed = 1;
    std::string device = "auto";
    int threads = 0;
    /// Complete configuration, defaults filled in; its leaves become the rows of `param`.
    Json config = Json::object();
    std::vector<std::string> tags;
    std::string notes;
    std::optional<RunId> parentRun;
    std::string groupKey;
    std::string projectFile;
    std::string gitCommit;
    bool gitDirty = false;
    std::vector<std::string> flags;
    std::int64_t totalSteps = 0;
    Json environment = Json::object();
};

/// One row of `run`. Times are milliseconds since the epoch, 0 = not yet.
struct RunRecord {
    RunId id = 0;
    /// 32 hexadecimal digits.
    std::string uuid;
    ProjectId project = 0;
    std::string name;
    std::string kind;
    int kindVersion = 1;
    RunStatus status = RunStatus::Queued;
    std::int64_t createdMs = 0;
    std::int64_t startedMs = 0;
    std::int64_t endedMs = 0;
    std::int64_t heartbeatMs = 0;
    ProcessIdentity process;
    /// textOf(ProcessIdentity) of the process that will execute a queued run; empty = the worker.
    std::string owner;
    std::optional<RunId> parentRun;
    std::string groupKey;
    std::uint64_t seed = 0;
    std::string configHash;
    std::string gitCommit;
    bool gitDirty = false;
    std::string appVersion;
    std::string device;
    int threads = 0;
    /// Set while the run lies in the bin.
    std::int64_t deletedMs = 0;
    bool star = false;
    std::string notes;
    /// JSON text of the complete configuration.
    std::string config;
    std::string projectFile;
    /// The sentence of a failure, else empty.
    std::string message;
    std::vector<std::string> flags;
    std::int64_t step = 0;
    std::int64_t totalSteps = 0;
    /// Predicted remaining time; -1 = unknown.
    std::int64_t etaMs = -1;
    /// JSON text: versions, threads, BLAS core, CPU, device.
    std::string environment;
    std::vector<std::string> tags;
    /// Store-wide change number of the last write to this run or to what belongs to it.
    std::int64_t changed = 0;
};

enum class ParamType { Number, Text, Boolean, Structure };

/// A leaf of the configuration, e.g. "network.operator.rank".
struct ParamRecord {
    std::string key;
    ParamType type = ParamType::Text;
    /// Number; 0 or 1 for booleans.
    std::optional<double> number;
    /// Text of a string; JSON text otherwise.
    std::string text;
};

struct AttemptRecord {
    int n = 1;
    std::int64_t fromStep = 0;
    std::int64_t startedMs = 0;
    std::int64_t endedMs = 0;
    /// Why it was started, e.g. "start", "resumed at step 400".
    std::string reason;
};

enum class EventLevel { Info, Warning, Error };
std::string_view nameOf(EventLevel level);

struct EventRecord {
    std::int64_t id = 0;
    std::int64_t timeMs = 0;
    EventLevel level = EventLevel::Info;
    std::string text;
};

enum class ControlVerb { Pause, Continue, Stop, Set };
std::string_view nameOf(ControlVerb verb);

struct ControlRecord {
    std::int64_t id = 0;
    RunId run = 0;
    std::int64_t createdMs = 0;
    ControlVerb verb = ControlVerb::Stop;
    /// JSON text; for `set`: {"key": …, "value": …}.
    std::string payload;
    std::int64_t takenMs = 0;
    std::string outcome;
};

struct CheckpointRecord {
    RunId run = 0;
    int attempt = 1;
    std::int64_t step = 0;
    /// Relative to RunStore::filesRoot().
    std::string path;
    std::int64_t bytes = 0;
    std::uint32_t crc32c = 0;
    bool pinned = false;
    std::int64_t createdMs = 0;
};

struct ArtifactRecord {
    /// e.g. "model.safetensors"
    std::string name;
    /// Relative to RunStore::filesRoot().
    std::string path;
    std::int64_t step = 0;
    std::string mime;
    std::int64_t bytes = 0;
    std::uint32_t crc32c = 0;
    std::int64_t createdMs = 0;
};

/// The one queue worker of a store.
struct WorkerRecord {
    ProcessIdentity process;
    std::int64_t heartbeatMs = 0;
    int slotCount = 1;
};

struct QuestionRecord {
    std::int64_t n = 0;
    /// The answer to question n-1 that this one presumes.
    std::string given;
    std::string payload;
    std::int64_t askedMs = 0;
};

struct AnswerRecord {
    std::int64_t seq = 0;
    std::int64_t n = 0;
    std::string payload;
    std::int64_t answeredMs = 0;
    bool undone = false;
};

enum class FrameType { U8, F16, Bf16, F32, I32 };
std::string_view nameOf(FrameType type);
/// Bytes of one element.
std::size_t frameTypeSize(FrameType type);

/// A matrix, image or point cloud at one step.
struct FrameRecord {
    std::string name;
    int attempt = 1;
    std::int64_t step = 0;
    FrameType type = FrameType::F32;
    std::vector<std::int64_t> shape;
    /// Row-major, little-endian; empty when only headers were asked for.
    std::vector<std::byte> data;
};

struct ResultRow {
    int attempt = 1;
    std::int64_t row = 0;
    /// JSON text: an object of the declared columns.
    std::string data;
};

} // namespace inlay::engine

#pragma once

#include <functional>
#include <memory>
#include <span>

#include "engine/store/run_query.h"
#include "engine/store/run_record.h"
#include "engine/store/store_error.h"

namespace inlay::engine {

class Database;

enum class OpenMode {
    Create,    ///< read and write; made when there is none
    ReadWrite, ///< must exist
    ReadOnly   ///< must exist; works on stores of a newer version
};

/// Which queued run claimRun may take.
struct ClaimFilter {
    /// Only these; rows with an owner may be taken only when they are named here.
    std::vector<RunId> ids;
    /// Empty = any.
    std::string device;
    std::string groupKey;
};

/// Which runs listRuns returns, newest first.
struct RunFilter {
    std::optional<RunQuery> query;
    std::optional<ProjectId> project;
    std::string groupKey;
    std::vector<RunStatus> statuses;
    enum class Bin { Exclude, Only, Include } bin = Bin::Exclude;
    /// Brief leaves `config` and `environment` empty.
    enum class Detail { Full, Brief } detail = Detail::Full;
    /// 0 = all.
    std::int64_t limit = 0;
};

struct Progress {
    std::int64_t step = 0;
    std::int64_t totalSteps = 0;
    std::int64_t etaMs = -1;
};

/// The SQLite file that holds every run, and the only channel between runner and front ends.
///
/// One RunStore is one connection: use it on one thread at a time and open another for another
/// thread. Every write is its own BEGIN IMMEDIATE transaction (committed on return) unless it is
/// made inside transaction(). Failures throw StoreError. No statement stays open between calls.
class RunStore {
public:
    static RunStore open(const std::string& path, OpenMode mode);
    RunStore(RunStore&&) noexcept;
    RunStore& operator=(RunStore&&) noexcept;
    ~RunStore();

    const std::string& path() const;
    bool isReadOnly() const;
    /// A sentence for the status bar (network file system, newer store), or empty.
    const std::string& notice() const;
    /// Moves when another connection has committed (PRAGMA data_version).
    std::int64_t dataVersion();
    /// Number of the last change to any run; see RunRecord::changed.
    std::int64_t changeNumber();
    /// Runs `work` as one transaction; calls inside join it. Full = synced to the disk on return.
    enum class Durability { Normal, Full };
    void transaction(const std::function<void()>& work, Durability durability = Durability::Normal);
    /// Size of the write-ahead log; above kWalLimit the owner of a run writes an event.
    std::int64_t walBytes() const;
    static constexpr std::int64_t kWalLimit = 64ll << 20;
    /// Empties the write-ahead log if nobody reads; for idle moments. False when somebody does.
    bool truncateWal();
    /// Sentences of PRAGMA integrity_check; empty = sound.
    std::vector<std::string> integrityProblems();
    Database& database() { return *database_; }

    // Projects
    ProjectId findOrMakeProject(const std::string& title, const std::string& absolutePath);
    /// The project of runs that belong to none.
    ProjectId untitledProject();
    std::vector<ProjectRecord> projects();
    std::optional<ProjectRecord> project(ProjectId id);
    void setBaseline(ProjectId project, std::optional<RunId> run);
    void setProjectNotes(ProjectId project, const std::string& notes);

    // Runs: making and taking
    RunId insertRun(const NewRun& run);
    /// All rows in one transaction.
    std::vector<RunId> insertRuns(std::span<const NewRun> runs);
    /// Takes the oldest queued run that fits and makes it running, atomically.
    std::optional<RunId> claimRun(const ClaimFilter& filter, const ProcessIdentity& process);
    /// Makes an ended, unfinished run (stopped, failed, diverged, lost) running again, atomically,
    /// and drops its final metrics. False when its status does not allow it (somebody else was
    /// quicker).
    bool claimForResume(RunId run, const ProcessIdentity& process);

    // Runs: reading
    std::optional<RunRecord> run(RunId id);
    /// By id or by a uuid prefix of 6 or more digits, bin included. Empty = unknown; several =
    /// the prefix is ambiguous.
    std::vector<RunId> findRuns(std::string_view reference);
    std::vector<RunRecord> listRuns(const RunFilter& filter = {});
    /// Runs outside the bin whose parent is `run`, oldest first.
    std::vector<RunId> childrenOf(RunId run);
    std::vector<ParamRecord> params(RunId run);
    Metrics metrics(RunId run);
    std::vector<std::string> tags(RunId run);
    /// Keys (parameters, then metrics) that occur in live runs: columns and completion.
    std::vector<std::string> paramKeys();
    std::vector<std::string> metricKeys();

    // Runs: life
    /// Stamps started/ended times; synced to the disk. `message` replaces the old one.
    void setStatus(RunId run, RunStatus status, const std::string& message = {});
    /// The end: final metrics (replacing older ones), status and message in one transaction.
    void endRun(RunId run, RunStatus status, const std::string& message, const Metrics& metrics);
    void setMetrics(RunId run, const Metrics& metrics);
    void heartbeat(RunId run, const Progress& progress);
    void setEnvironment(RunId run, const Json& environment);
    void setFlags(RunId run, const std::vector<std::string>& flags);
    /// Marks active runs whose process is gone as lost (see isLost); returns them.
    std::vector<RunId> markLostRuns();

    // Runs: what people change
    void rename(RunId run, const std::string& name);
    /// What the next attempt runs on.
    void setCompute(RunId run, const std::string& device, int threads);
    void setNotes(RunId run, const std::string& notes);
    void setStar(RunId run, bool star);
    void addTag(RunId run, const std::string& tag);
    void removeTag(RunId run, const std::string& tag);
    void moveToBin(std::span<const RunId> runs);
    void restore(std::span<const RunId> runs);
    /// Deletes rows and files for good. Active runs are refused.
    void purge(std::span<const RunId> runs);

    // Attempts
    /// Starts the next attempt at `fromStep` (0 for the first) and returns it; `series` rows then
    /// describe the effective series.
    AttemptRecord beginAttempt(RunId run, std::int64_t fromStep, const std::string& reason);
    void endAttempt(RunId run, int attempt);
    std::vector<AttemptRecord> attempts(RunId run);

    // Events, control, questions
    void addEvent(RunId run, EventLevel level, const std::string& text);
    /// In order of writing, those with an id above `afterId`.
    std::vector<EventRecord> events(RunId run, std::int64_t afterId = 0);
    std::int64_t requestControl(RunId run, ControlVerb verb, const std::string& payload = {});
    std::vector<ControlRecord> controls(RunId run);
    std::vector<ControlRecord> pendingControls(RunId run);
    void takeControl(std::int64_t id, const std::string& outcome);
    void askQuestion(RunId run, const QuestionRecord& question);
    std::vector<QuestionRecord> questions(RunId run);
    /// Those to question `n`, one for each answer to the one before that was presumed.
    std::vector<QuestionRecord> questionsAt(RunId run, std::int64_t n);
    /// Appends and returns the `seq` it got; an undo is appended too.
    enum class Answer { Given, Undo };
    std::int64_t answerQuestion(RunId run, std::int64_t n, const std::string& payload,
                                Answer answer);
    std::vector<AnswerRecord> answers(RunId run, std::int64_t afterSeq = 0);

    // Frames and tables
    static constexpr std::size_t kMaxFrameBytes = 1u << 20;
    static constexpr int kMaxFramesPerName = 200;
    /// Throws Error when it is larger than 1 MiB or data and shape disagree; when more than 200 of
    /// the name are kept, every second one goes.
    void insertFrame(RunId run, const FrameRecord& frame);
    std::vector<std::string> frameNames(RunId run);
    /// Headers without data, by step.
    std::vector<FrameRecord> frames(RunId run, const std::string& name);
    std::optional<FrameRecord> frame(RunId run, const std::string& name, int attempt,
                                     std::int64_t step);
    void insertResultRow(RunId run, const std::string& name, const ResultRow& row);
    std::vector<std::string> resultNames(RunId run);
    std::vector<ResultRow> resultRows(RunId run, const std::string& name);

    // Files: checkpoints and artifacts, below "<store>.files/<uuid>/"
    std::string filesRoot() const;
    std::string filesDirectory(RunId run);
    std::string absolutePath(const std::string& relative) const;
    /// `write` fills the file at the temporary path it is given; then fsync, rename, and the row
    /// with a full sync. Afterwards only the last two and the pinned ones are kept.
    using FileWriter = std::function<void(const std::string& temporaryPath)>;
    CheckpointRecord writeCheckpoint(RunId run, int attempt, std::int64_t step,
                                     const FileWriter& write);
    /// Newest first.
    std::vector<CheckpointRecord> checkpoints(RunId run);
    enum class Pin { Keep, Release };
    void pinCheckpoint(const CheckpointRecord& checkpoint, Pin pin);
    /// Whether the file is there with the size and checksum of its row.
    bool checkpointIsSound(const CheckpointRecord& checkpoint);
    /// Removes files of the run that no row names; call when a run starts or resumes.
    int removeStrayFiles(RunId run);
    ArtifactRecord writeArtifact(RunId run, const std::string& name, std::int64_t step,
                                 const std::string& mime, const FileWriter& write);
    std::vector<ArtifactRecord> artifacts(RunId run);

    // The queue's worker
    /// Becomes the worker of this store; false when another one lives.
    bool becomeWorker(const ProcessIdentity& process, int slotCount);
    void workerHeartbeat(const ProcessIdentity& process);
    void resignWorker(const ProcessIdentity& process);
    std::optional<WorkerRecord> worker();

private:
    explicit RunStore(std::unique_ptr<Database> database);

    std::unique_ptr<Database> database_;
    std::string notice_;
};

/// Whether a running or paused run has lost its process: same host and (pid, start) gone, or
/// another host and no heartbeat for 30 s. Queued runs: their owner is gone.
bool isLost(const RunRecord& run, std::int64_t nowMs);
/// The same for the worker row.
bool isLost(const WorkerRecord& worker, std::int64_t nowMs);

} // namespace inlay::engine

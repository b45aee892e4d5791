#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/base/random.h"
#include "engine/runner/run_observer.h"
#include "engine/runner/run_recorder.h"
#include "engine/store/run_store.h"
#include "engine/tensor/device.h"

namespace inlay::engine {

/// Where a resumed or forked run continues.
struct RestorePoint {
    std::int64_t step = 0;
    std::string path; // absolute path of the checkpoint file
};

/// A change of a setting at a step boundary.
struct SettingChange {
    std::string key;
    Json value;
    std::int64_t control = 0; // 0: replayed from before a resume
};

/// All that a running experiment sees of the world. Used on the experiment's thread.
class RunContext {
public:
    struct Setup {
        RunStore* store = nullptr;
        RunRecord record;
        int attempt = 1;
        std::optional<RestorePoint> restore;
        RunObserver* observer = nullptr;
        RunRecorder* recorder = nullptr;
        Device device;
    };
    explicit RunContext(Setup setup);

    RunId run() const { return setup_.record.id; }
    const Device& device() const { return setup_.device; }
    std::uint64_t seed() const { return setup_.record.seed; }
    /// The run's stream for a purpose, e.g. "train.order".
    RandomStream stream(std::string_view purpose) const;
    RunRecorder& recorder() { return *setup_.recorder; }

    /// False when the run shall stop now. Blocks while it is paused. One relaxed atomic read as a
    /// rule. Throws Error when the recorder could not write for too long.
    bool proceed();

    /// Says that `step` steps of `total` are done: progress line, time left, heartbeat.
    void progress(std::int64_t step, std::int64_t total);
    /// Shows the observer the newest points; progress() does so at its own pace.
    void reportMetrics();
    void event(EventLevel level, const std::string& text);

    /// Where to continue, or nothing for a fresh start.
    const std::optional<RestorePoint>& restore() const { return setup_.restore; }

    /// Writes a checkpoint that covers all steps before `step`. `write` fills the file at the path
    /// it is given. Everything recorded before is in the store first.
    void checkpoint(std::int64_t step, const std::function<void(const std::string& path)>& write);
    /// A file that stays with the finished run, e.g. "model.safetensors".
    void artifact(const std::string& name, const std::string& mime, std::int64_t step,
                  const std::function<void(const std::string& path)>& write);

    /// Settings that take effect before step `step` is done: those replayed from before a resume,
    /// then new ones.
    std::vector<SettingChange> settingsDue(std::int64_t step);
    /// Says how a change ended; writes the event (step, key, old, new) and closes the request.
    void settingApplied(const SettingChange& change, std::int64_t step, const Json& oldValue);
    void settingRefused(const SettingChange& change, const std::string& reason);

    /// Writes questions for a person, in the store on return; a question of the same number and
    /// presumption replaces the older one.
    void ask(std::span<const QuestionRecord> questions);
    /// What people answered (and took back) after that `seq`, earlier attempts included.
    std::vector<AnswerRecord> answers(std::int64_t afterSeq);
    /// Rows of a table that an earlier attempt of this run recorded; the newest attempt's.
    std::vector<ResultRow> recordedRows(const std::string& table);

    /// Adds to the environment of the run's record.
    void setEnvironment(const std::string& key, const Json& value);

private:
    Setup setup_;
    Json environment_;
    std::vector<std::pair<std::int64_t, SettingChange>> replay_; // (step, change), sorted
    double startSeconds_ = 0;
    double pausedSeconds_ = 0;
    std::int64_t startStep_ = 0;
    std::int64_t lastLineMs_ = 0;
};

} // namespace inlay::engine

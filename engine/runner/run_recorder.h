#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/runner/output.h"
#include "engine/store/run_record.h"

namespace inlay::engine {

/// Takes what a run records, checks every name against the declared outputs and writes it to the
/// store from a thread of its own, at most 250 ms behind. When the disk is full it keeps up to
/// 64 MiB and tries again for 30 s; then failed() becomes true.
///
/// The same thread keeps the heartbeat and reads the control rows.
class RunRecorder {
public:
    enum class Wish { Run, Pause, Stop };
    /// A `set` request: dotted key of the configuration and its new value.
    struct Setting {
        std::int64_t control = 0;
        std::string key;
        Json value;
    };

    RunRecorder(const std::string& storePath, RunId run, int attempt,
                const std::vector<OutputDeclaration>& outputs);
    ~RunRecorder();
    RunRecorder(const RunRecorder&) = delete;
    RunRecorder& operator=(const RunRecorder&) = delete;

    /// Handle of a declared series; a name that no declaration covers is a programmer's mistake and
    /// throws std::logic_error.
    int series(const std::string& name);
    void record(int series, std::int64_t step, double value);
    void record(const std::string& name, std::int64_t step, double value) {
        record(series(name), step, value);
    }
    /// The newest point of each series that got one since the last call.
    struct Latest {
        std::string series;
        std::int64_t step = 0;
        double value = 0;
    };
    std::vector<Latest> takeLatest();
    void frame(FrameRecord frame);
    void resultRow(const std::string& table, std::int64_t row, Json data);
    void event(EventLevel level, const std::string& text);
    /// A final metric, written with the end of the run; a later value replaces an earlier one.
    void metric(const std::string& name, double value);
    const Metrics& metrics() const { return metrics_; }

    /// Progress for the run's row, written with the next commit.
    void progress(std::int64_t step, std::int64_t totalSteps, std::int64_t etaMs);

    /// Returns when everything recorded so far is in the store; false when it could not be written.
    bool flush();
    /// Writes the rest, packs the series and ends the thread. Called once; no record() after it.
    bool close();

    /// What front ends asked for: one relaxed atomic read.
    Wish wish() const;
    /// Blocks while the wish is Pause, until it changes or `milliseconds` are over.
    void waitWhilePaused(int milliseconds);
    /// Settings asked for and not yet taken.
    std::vector<Setting> takeSettings();
    /// Marks a setting as applied (or refused) with its outcome sentence.
    void settingDone(std::int64_t control, const std::string& outcome);

    bool failed() const;
    /// The sentence of the failure.
    std::string failure() const;

private:
    struct Private;
    std::unique_ptr<Private> d_;
    Metrics metrics_;
};

} // namespace inlay::engine

#include "engine/runner/run_context.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "engine/base/clock.h"
#include "engine/base/error.h"
#include "engine/runner/interrupt.h"
#include "engine/runner/setting_outcome.h"
#include "engine/runner/store_patience.h"

namespace inlay::engine {
namespace {

constexpr std::int64_t kLineEveryMs = 100;
constexpr int kPausePollMs = 100;
constexpr auto kRetryPause = std::chrono::milliseconds(250);

// As the recorder does: a disk without room, or a store held by another program, may pass.
void writePatiently(RunContext& context, const std::function<void()>& write) {
    const double deadline = monotonicSeconds() + kStorePatienceSeconds;
    for (bool told = false;;) {
        try {
            return write();
        } catch (const StoreError& error) {
            const bool mayPass =
                error.fault() == StoreFault::DiskFull || error.fault() == StoreFault::Locked;
            if (!mayPass || monotonicSeconds() > deadline || interruptRequested())
                throw;
            if (!std::exchange(told, true))
                context.event(EventLevel::Warning,
                              fmt::format("{}. The run waits for {:.0f} s.", error.what(),
                                          kStorePatienceSeconds));
        }
        std::this_thread::sleep_for(kRetryPause);
    }
}

} // namespace

RunContext::RunContext(Setup setup)
    : setup_(std::move(setup))
    , environment_(Json::parse(setup_.record.environment.empty() ? "{}" : setup_.record.environment,
                               nullptr, false))
    , startSeconds_(monotonicSeconds()) {
    if (!environment_.is_object())
        environment_ = Json::object();
    startStep_ = setup_.restore ? setup_.restore->step : 0;
    for (const ControlRecord& control : setup_.store->controls(setup_.record.id)) {
        if (control.verb != ControlVerb::Set || control.takenMs == 0)
            continue;
        if (const auto step = appliedStep(control.outcome)) {
            const Json payload = parseJson(control.payload, "control row");
            replay_.push_back({*step, {payload.at("key"), payload.at("value"), 0}});
        }
    }
    std::stable_sort(replay_.begin(), replay_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
}

RandomStream RunContext::stream(std::string_view purpose) const {
    return RandomStream(seed(), purpose);
}

bool RunContext::proceed() {
    if (setup_.recorder->failed())
        throw Error(setup_.recorder->failure());
    if (interruptRequested())
        return false;
    switch (setup_.recorder->wish()) {
    case RunRecorder::Wish::Run:
        return true;
    case RunRecorder::Wish::Stop:
        return false;
    case RunRecorder::Wish::Pause:
        break;
    }
    const double before = monotonicSeconds();
    setup_.recorder->flush();
    setup_.store->setStatus(run(), RunStatus::Paused);
    while (setup_.recorder->wish() == RunRecorder::Wish::Pause && !interruptRequested()) {
        setup_.recorder->waitWhilePaused(kPausePollMs);
        if (setup_.recorder->failed())
            throw Error(setup_.recorder->failure());
    }
    setup_.store->setStatus(run(), RunStatus::Running);
    pausedSeconds_ += monotonicSeconds() - before;
    return setup_.recorder->wish() != RunRecorder::Wish::Stop && !interruptRequested();
}

void RunContext::progress(std::int64_t step, std::int64_t total) {
    const std::int64_t now = wallMilliseconds();
    const bool last = step >= total;
    if (!last && now - lastLineMs_ < kLineEveryMs)
        return;
    lastLineMs_ = now;
    ProgressReport report{run(), step, total, now, -1};
    const std::int64_t done = step - startStep_;
    if (done > 0) {
        const double spent = monotonicSeconds() - startSeconds_ - pausedSeconds_;
        report.etaSeconds = spent / static_cast<double>(done) * static_cast<double>(total - step);
    }
    setup_.recorder->progress(
        step, total,
        report.etaSeconds < 0 ? -1 : static_cast<std::int64_t>(report.etaSeconds * 1000));
    if (setup_.observer)
        setup_.observer->onProgress(report);
    reportMetrics();
}

void RunContext::reportMetrics() {
    if (!setup_.observer)
        return;
    for (const RunRecorder::Latest& point : setup_.recorder->takeLatest())
        setup_.observer->onMetric(run(), point.series, point.step, point.value);
}

void RunContext::event(EventLevel level, const std::string& text) {
    setup_.recorder->event(level, text);
    if (setup_.observer)
        setup_.observer->onEvent(run(), level, text);
}

void RunContext::checkpoint(std::int64_t step,
                            const std::function<void(const std::string& path)>& write) {
    // A resume drops every point from `step` on, so those before it must be there for good.
    if (!setup_.recorder->flush())
        throw Error(setup_.recorder->failure());
    writePatiently(*this,
                   [&] { setup_.store->writeCheckpoint(run(), setup_.attempt, step, write); });
}

void RunContext::artifact(const std::string& name, const std::string& mime, std::int64_t step,
                          const std::function<void(const std::string& path)>& write) {
    writePatiently(*this, [&] { setup_.store->writeArtifact(run(), name, step, mime, write); });
}

std::vector<SettingChange> RunContext::settingsDue(std::int64_t step) {
    std::vector<SettingChange> due;
    while (!replay_.empty() && replay_.front().first <= step) {
        due.push_back(replay_.front().second);
        replay_.erase(replay_.begin());
    }
    for (const RunRecorder::Setting& setting : setup_.recorder->takeSettings())
        due.push_back({setting.key, setting.value, setting.control});
    return due;
}

void RunContext::settingApplied(const SettingChange& change, std::int64_t step,
                                const Json& oldValue) {
    if (change.control == 0)
        return;
    setup_.recorder->settingDone(change.control, appliedOutcome(step));
    event(EventLevel::Info, fmt::format("Step {}: {} changed from {} to {}.", step, change.key,
                                        dumpJson(oldValue), dumpJson(change.value)));
}

void RunContext::settingRefused(const SettingChange& change, const std::string& reason) {
    if (change.control == 0)
        return;
    setup_.recorder->settingDone(change.control, "refused: " + reason);
    event(EventLevel::Warning, reason);
}

void RunContext::ask(std::span<const QuestionRecord> questions) {
    writePatiently(*this, [&] {
        setup_.store->transaction([&] {
            for (const QuestionRecord& question : questions)
                setup_.store->askQuestion(run(), question);
        });
    });
}

std::vector<AnswerRecord> RunContext::answers(std::int64_t afterSeq) {
    return setup_.store->answers(run(), afterSeq);
}

std::vector<ResultRow> RunContext::recordedRows(const std::string& table) {
    std::vector<ResultRow> rows = setup_.store->resultRows(run(), table);
    int newest = 0;
    for (const ResultRow& row : rows)
        newest = std::max(newest, row.attempt);
    std::erase_if(rows, [&](const ResultRow& row) { return row.attempt != newest; });
    return rows;
}

void RunContext::setEnvironment(const std::string& key, const Json& value) {
    environment_[key] = value;
    setup_.store->setEnvironment(run(), environment_);
}

} // namespace inlay::engine

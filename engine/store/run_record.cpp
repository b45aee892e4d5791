#include "engine/store/run_record.h"

#include <algorithm>
#include <array>

namespace inlay::engine {
namespace {

constexpr std::array<std::string_view, 8> kStatusNames = {
    "queued", "running", "paused", "finished", "stopped", "failed", "diverged", "lost"};

} // namespace

std::string_view nameOf(RunStatus status) {
    return kStatusNames[static_cast<std::size_t>(status)];
}

std::optional<RunStatus> runStatusFromString(std::string_view text) {
    const auto found = std::find(kStatusNames.begin(), kStatusNames.end(), text);
    if (found == kStatusNames.end())
        return std::nullopt;
    return static_cast<RunStatus>(found - kStatusNames.begin());
}

const std::vector<RunStatus>& allRunStatuses() {
    static const std::vector<RunStatus> all = {
        RunStatus::Queued,  RunStatus::Running, RunStatus::Paused,   RunStatus::Finished,
        RunStatus::Stopped, RunStatus::Failed,  RunStatus::Diverged, RunStatus::Lost};
    return all;
}

bool isActive(RunStatus status) {
    return status == RunStatus::Running || status == RunStatus::Paused;
}

bool hasEnded(RunStatus status) {
    return status != RunStatus::Queued && !isActive(status);
}

std::string_view nameOf(EventLevel level) {
    switch (level) {
    case EventLevel::Info:
        return "info";
    case EventLevel::Warning:
        return "warning";
    case EventLevel::Error:
        return "error";
    }
    return "info";
}

std::string_view nameOf(ControlVerb verb) {
    switch (verb) {
    case ControlVerb::Pause:
        return "pause";
    case ControlVerb::Continue:
        return "continue";
    case ControlVerb::Stop:
        return "stop";
    case ControlVerb::Set:
        return "set";
    }
    return "stop";
}

std::string_view nameOf(FrameType type) {
    switch (type) {
    case FrameType::U8:
        return "u8";
    case FrameType::F16:
        return "f16";
    case FrameType::Bf16:
        return "bf16";
    case FrameType::F32:
        return "f32";
    case FrameType::I32:
        return "i32";
    }
    return "f32";
}

std::size_t frameTypeSize(FrameType type) {
    switch (type) {
    case FrameType::U8:
        return 1;
    case FrameType::F16:
    case FrameType::Bf16:
        return 2;
    case FrameType::F32:
    case FrameType::I32:
        return 4;
    }
    return 4;
}

} // namespace inlay::engine

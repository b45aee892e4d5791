#include "app/cli/run_row.h"

#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "app/cli/output.h"

namespace inlay::app {

using namespace engine;

std::string timeText(std::int64_t milliseconds) {
    const auto seconds = static_cast<std::time_t>(milliseconds / 1000);
    return fmt::format("{:%Y-%m-%d %H:%M}", fmt::localtime(seconds));
}

std::string stateText(const RunRecord& run) {
    std::string text(nameOf(run.status));
    if (isActive(run.status) && run.totalSteps > 0)
        text += fmt::format(" {} %", 100 * run.step / run.totalSteps);
    return text;
}

Json configOf(const RunRecord& run) {
    Json config = Json::parse(run.config, nullptr, false);
    return config.is_discarded() ? Json::object() : config;
}

Json rowJson(const RunRecord& run, const Metrics& metrics) {
    Json row = {{"type", "row"},
                {"run", run.id},
                {"uuid", run.uuid},
                {"name", run.name},
                {"kind", run.kind},
                {"state", std::string(nameOf(run.status))},
                {"created", run.createdMs},
                {"seed", run.seed},
                {"device", run.device},
                {"tags", run.tags},
                {"star", run.star},
                {"notes", run.notes},
                {"flags", run.flags},
                {"config", configOf(run)},
                {"metrics", metricsJson(metrics)}};
    if (!run.message.empty())
        row["message"] = run.message;
    return row;
}

} // namespace inlay::app

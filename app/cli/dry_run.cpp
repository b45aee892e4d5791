#include "app/cli/dry_run.h"

#include <fmt/format.h>

#include "app/cli/output.h"

namespace inlay::app {

int showDryRun(const Common& common, const engine::Launch& launch, const char* verb) {
    for (const engine::NewRun& run : launch.runs) {
        if (common.json)
            printJson(
                {{"type", "row"}, {"name", run.name}, {"seed", run.seed}, {"config", run.config}});
        else
            printSentence(fmt::format("would {}: {}", verb, run.name));
    }
    const std::size_t runs = launch.runs.size();
    if (common.json)
        printJson({{"runs", runs}, {"state", "checked"}});
    else
        printSentence(fmt::format("{} {} sound; nothing was written.", counted(runs, "run", "runs"),
                                  runs == 1 ? "is" : "are"));
    return kOk;
}

void addDryRunOption(CLI::App& command, bool& dryRun) {
    command.add_flag("--dry-run", dryRun, "Check everything, write nothing");
}

} // namespace inlay::app

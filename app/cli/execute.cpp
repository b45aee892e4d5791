#include "app/cli/execute.h"

#include <filesystem>

#include <fmt/format.h>

#include "app/cli/output.h"
#include "app/cli/progress_printer.h"
#include "app/cli/result_table.h"
#include "engine/base/error.h"
#include "engine/runner/executor.h"

namespace inlay::app {

engine::RunStore openStoreForRuns(const Common& common) {
    const std::string path = common.storePath();
    const auto parent = std::filesystem::absolute(path).parent_path();
    std::error_code failure;
    std::filesystem::create_directories(parent, failure);
    if (failure)
        throw engine::Error(
            fmt::format("{} could not be made: {}", parent.string(), failure.message()));
    return engine::RunStore::open(path, engine::OpenMode::Create);
}

int executeHere(const Common& common, engine::RunId run, const engine::ExperimentKind& kind,
                const std::string& name, ShowTable table) {
    engine::ExecuteResult result;
    {
        ProgressPrinter printer(common.json, name);
        result = engine::executeRun(common.storePath(), run, kind, &printer);
    }
    if (!result.message.empty())
        printSentence(result.message);
    if (common.json)
        printJson(resultJson(result));
    else if (table == ShowTable::Yes)
        printResultTable(common.storePath(), {run});
    return engine::exitCode(result.status);
}

} // namespace inlay::app

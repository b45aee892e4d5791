#include "app/cli/execute.h"

#include "app/cli/output.h"
#include "app/cli/progress_printer.h"
#include "app/cli/result_table.h"
#include "engine/runner/executor.h"

namespace inlay::app {

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

#include "app/cli/run_reference.h"

#include <fmt/format.h>

namespace inlay::app {

std::optional<engine::RunRecord> findRun(engine::RunStore& store, const std::string& reference,
                                         std::string& problem) {
    const std::vector<engine::RunId> found = store.findRuns(reference);
    if (found.size() == 1)
        return store.run(found.front());
    if (found.empty()) {
        problem = fmt::format("There is no run {} in {}. A run is named by its id or by 6 or more "
                              "digits of its uuid; `inlay runs list` shows them.",
                              reference, store.path());
        return std::nullopt;
    }
    problem = fmt::format("{} runs begin with {}; give more digits of the uuid.", found.size(),
                          reference);
    return std::nullopt;
}

} // namespace inlay::app

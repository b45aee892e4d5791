#include "app/cli/command.h"

#include "engine/store/store_path.h"

namespace inlay::app {

std::string Common::storePath() const {
    return store.empty() ? engine::defaultStorePath() : store;
}

void addStoreOption(CLI::App& command, Common& common) {
    command
        .add_option("--store", common.store,
                    "Run store (default: $INLAY_STORE, else inlay/inlay.db in the user's data "
                    "folder)")
        ->type_name("FILE");
}

void addJsonOption(CLI::App& command, Common& common) {
    command.add_flag("--json", common.json,
                     "Results as JSON lines on standard output; sentences stay on standard error");
}

} // namespace inlay::app

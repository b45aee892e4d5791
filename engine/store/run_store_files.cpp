#include <filesystem>

#include <fmt/format.h>

#include "engine/store/run_store.h"
#include "engine/store/store_detail.h"

namespace inlay::engine {

std::string RunStore::filesRoot() const {
    return path() + ".files";
}

std::string RunStore::filesDirectory(RunId run) {
    Statement row = database_->prepare("SELECT uuid FROM run WHERE id = ?");
    if (!row.bindAll(run).step())
        detail::throwUnknownRun(*database_, run);
    return filesRoot() + "/" + detail::hexFromBytes(row.blob(0));
}

std::string RunStore::absolutePath(const std::string& relative) const {
    return filesRoot() + "/" + relative;
}

} // namespace inlay::engine

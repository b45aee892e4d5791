#pragma once

#include <string>

#include "engine/store/database.h"

namespace inlay::engine {

/// Makes an empty store at `path` when there is no file: under a temporary name beside it, moved
/// into place when it is whole, so that no reader ever meets half a store. Of several that do so at
/// once the first one's file stays. Does nothing when a file is there. Throws StoreError.
void createStoreFile(const std::string& path, Database::Journal journal);

} // namespace inlay::engine

#pragma once

#include <string>
#include <vector>

#include "engine/schema/project_file.h"

namespace inlay::app {

/// Puts file paths in the place of run:RUN and run:RUN/NAME wherever a path may stand: in the
/// project's config, variants and grid and in the assignments of the command line. RUN is an id or
/// a uuid prefix of the store; without NAME it is the only file of the kind .safetensors that the
/// run left. Issues name runs and files that are not there. The store is opened, read only, when
/// there is such a reference.
std::vector<engine::Issue> nameRunFiles(engine::ProjectFile& project,
                                        std::vector<engine::Assignment>& assignments,
                                        std::vector<engine::GridAxis>& grid,
                                        const engine::AnySchema& schema,
                                        const std::string& storePath);

} // namespace inlay::app

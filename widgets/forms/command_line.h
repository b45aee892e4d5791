#pragma once

#include <string>
#include <vector>

#include <QString>

#include "engine/schema/project_file.h"

namespace inlay::widgets {

/// The assignments that make `wanted` of `base`, both partial configs: a changed kind first, then
/// what differs from what it brings along.
std::vector<engine::Assignment> assignmentsBetween(const engine::AnySchema& schema,
                                                   const engine::Json& base,
                                                   const engine::Json& wanted);

/// "key=value" as `--set` reads it back.
std::string assignmentText(const engine::Assignment& assignment);

/// A word as a POSIX shell takes it, quoted only where needed.
QString shellWord(const QString& word);

/// The line that starts the runs of `wanted` from a terminal: the file that `base` was read from
/// and what was changed since. Without a file (empty path) the project travels in the line itself.
QString runCommandLine(const engine::ProjectKind& kind, const engine::ProjectFile& base,
                       const QString& path, const engine::ProjectFile& wanted);

} // namespace inlay::widgets

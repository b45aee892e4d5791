#pragma once

#include <vector>

#include <QString>

#include "engine/runner/experiment_kind.h"
#include "engine/schema/project_file.h"

namespace inlay::app {

/// A project file and what is wrong with it.
struct OpenedProject {
    QString path;
    engine::ParsedProject parsed;
};
OpenedProject readProject(const QString& path,
                          const std::vector<const engine::ExperimentKind*>& kinds);

/// Folder with the sample projects: beside the installed program or in its source tree; empty when
/// there is none.
QString sampleFolder();
/// The project that opens at the first start; empty when it is not there.
QString examplePath();

} // namespace inlay::app

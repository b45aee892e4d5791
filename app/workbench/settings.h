#pragma once

#include <QSettings>
#include <QStringList>

namespace inlay::app {

/// Where the window keeps its geometry and choices; never anything about runs.
QSettings windowSettings();
/// The projects opened last, newest first.
QStringList recentProjects();
void rememberProject(const QString& path);

} // namespace inlay::app

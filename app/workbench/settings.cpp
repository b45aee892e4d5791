#include "app/workbench/settings.h"

namespace inlay::app {
namespace {

constexpr int kMostRecent = 8;

} // namespace

QSettings windowSettings() {
    return QSettings(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("inlay"),
                     QStringLiteral("workbench"));
}

QStringList recentProjects() {
    return windowSettings().value(QStringLiteral("recent")).toStringList();
}

void rememberProject(const QString& path) {
    QStringList recent = recentProjects();
    recent.removeAll(path);
    recent.prepend(path);
    while (recent.size() > kMostRecent)
        recent.removeLast();
    windowSettings().setValue(QStringLiteral("recent"), recent);
}

} // namespace inlay::app

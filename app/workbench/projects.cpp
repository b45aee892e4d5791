#include "app/workbench/projects.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

#include "app/workbench/run_control.h"

namespace inlay::app {
namespace {

constexpr const char* kExample = "digits-operators.inlay.json";

} // namespace

OpenedProject readProject(const QString& path,
                          const std::vector<const engine::ExperimentKind*>& kinds) {
    const QString absolute = QFileInfo(path).absoluteFilePath();
    return {absolute, engine::loadProject(absolute.toStdString(), projectKinds(kinds))};
}

QString sampleFolder() {
    QDir folder(QCoreApplication::applicationDirPath());
    const QString installed = folder.filePath(QStringLiteral("../share/inlay/projects"));
    if (QFileInfo::exists(installed))
        return QDir(installed).absolutePath();
    // Built programs lie in build/<preset>/bin below the source tree.
    for (int up = 0; up < 4; ++up) {
        const QString projects = folder.filePath(QStringLiteral("projects"));
        if (QFileInfo::exists(projects + QLatin1Char('/') + QLatin1String(kExample)))
            return QDir(projects).absolutePath();
        if (!folder.cdUp())
            break;
    }
    return {};
}

QString examplePath() {
    const QString folder = sampleFolder();
    return folder.isEmpty() ? QString() : folder + QLatin1Char('/') + QLatin1String(kExample);
}

} // namespace inlay::app

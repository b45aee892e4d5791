#include <cstdio>
#include <memory>

#include <QApplication>
#include <QDir>
#include <QFileInfo>
#include <QTimer>

#include "app/workbench/arguments.h"
#include "app/workbench/main_window.h"
#include "app/workbench/screenshot.h"
#include "app/workbench/settings.h"
#include "app/workbench/view_list.h"
#include "engine/base/version.h"
#include "engine/experiments/catalog.h"
#include "engine/store/store_path.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/theme.h"

namespace {

using namespace inlay;

widgets::ThemeChoice storedTheme() {
    const QString name = app::windowSettings().value(QStringLiteral("theme")).toString();
    if (name == QLatin1String("light"))
        return widgets::ThemeChoice::Light;
    return name == QLatin1String("dark") ? widgets::ThemeChoice::Dark
                                         : widgets::ThemeChoice::System;
}

bool isProject(const QString& file) {
    return file.endsWith(QLatin1String(".json"));
}

app::WindowSetup setupFrom(const app::Arguments& arguments) {
    app::WindowSetup setup;
    setup.kinds = engine::experimentKinds();
    setup.views = app::windowViews();
    setup.program = QCoreApplication::applicationDirPath() + QStringLiteral("/inlay");
    setup.storePath = arguments.store;
    if (isProject(arguments.file))
        setup.projectPath = QFileInfo(arguments.file).absoluteFilePath();
    else if (!arguments.file.isEmpty())
        setup.storePath = arguments.file;
    if (setup.storePath.isEmpty())
        setup.storePath = QString::fromStdString(engine::defaultStorePath());
    setup.storePath = QFileInfo(setup.storePath).absoluteFilePath();
    QDir().mkpath(QFileInfo(setup.storePath).absolutePath());
    if (!arguments.screenshot.isEmpty())
        setup.session = app::WindowSetup::Session::Fresh;
    return setup;
}

/// Keeps one window open; a wish for another store replaces it.
class WindowHost : public QObject {
public:
    explicit WindowHost(widgets::Theme& theme)
        : theme_(theme) {}

    app::MainWindow* open(const app::WindowSetup& setup) {
        auto next = std::make_unique<app::MainWindow>(theme_, setup);
        connect(
            next.get(), &app::MainWindow::storeWanted, this,
            [this, setup](const QString& path) {
                app::WindowSetup other = setup;
                other.storePath = QFileInfo(path).absoluteFilePath();
                other.projectPath.clear();
                window_->close();
                open(other)->show();
            },
            Qt::QueuedConnection);
        window_ = std::move(next);
        return window_.get();
    }

private:
    widgets::Theme& theme_;
    std::unique_ptr<app::MainWindow> window_;
};

int start(QApplication& application) {
    const app::ParsedArguments parsed = app::parseArguments(QCoreApplication::arguments());
    if (!parsed.issue.isEmpty()) {
        std::fprintf(stderr, "%s\n", qPrintable(parsed.issue));
        return app::kBadInput;
    }
    if (parsed.isDone) {
        std::fputs(qPrintable(parsed.print), stdout);
        return app::kOk;
    }
    const app::Arguments& arguments = parsed.arguments;
    if (!arguments.file.isEmpty() && isProject(arguments.file) &&
        !QFileInfo::exists(arguments.file)) {
        std::fprintf(stderr, "There is no file %s.\n", qPrintable(arguments.file));
        return app::kBadInput;
    }
    widgets::Theme theme(application);
    const bool isPicture = !arguments.screenshot.isEmpty();
    theme.setChoice(
        arguments.theme.value_or(isPicture ? widgets::ThemeChoice::Light : storedTheme()));
    WindowHost host(theme);
    app::MainWindow* window = host.open(setupFrom(arguments));
    if (arguments.size)
        window->resize(*arguments.size);
    if (!arguments.view.isEmpty() && !window->pinView(arguments.view)) {
        std::fprintf(stderr, "--view is \"%s\", allowed are %s.\n", qPrintable(arguments.view),
                     qPrintable(window->viewIds().join(QStringLiteral(", "))));
        return app::kBadInput;
    }
    window->show();
    if (isPicture)
        app::takeScreenshot(*window, arguments.screenshot, arguments.select);
    return QApplication::exec();
}

} // namespace

int main(int argc, char** argv) {
    QCoreApplication::setOrganizationName(QStringLiteral("inlay"));
    QCoreApplication::setApplicationName(QStringLiteral("inlay-workbench"));
    QCoreApplication::setApplicationVersion(QString::fromUtf8(engine::version()));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Inlay"));
    QApplication application(argc, argv);
    try {
        return start(application);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return app::kFailed;
    }
}

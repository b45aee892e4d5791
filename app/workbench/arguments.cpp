#include "app/workbench/arguments.h"

#include <QCommandLineParser>
#include <QRegularExpression>

#include "app/workbench/view_list.h"
#include "engine/base/version.h"
#include "engine/store/run_query.h"

namespace inlay::app {
namespace {

QString text(const char* string) {
    return QCoreApplication::translate("Arguments", string);
}

std::optional<QSize> sizeFrom(const QString& value) {
    static const QRegularExpression pattern(QStringLiteral("^(\\d{3,5})x(\\d{3,5})$"));
    const QRegularExpressionMatch match = pattern.match(value);
    if (!match.hasMatch())
        return std::nullopt;
    return QSize(match.captured(1).toInt(), match.captured(2).toInt());
}

} // namespace

ParsedArguments parseArguments(const QStringList& arguments) {
    QCommandLineParser parser;
    parser.setApplicationDescription(
        text("Inlay: train structured layers, watch them in a window, compare stored runs."));
    parser.addPositionalArgument(QStringLiteral("FILE"),
                                 text("A project (*.inlay.json) or a store (*.db) to open"),
                                 QStringLiteral("[FILE]"));
    const QCommandLineOption help({QStringLiteral("h"), QStringLiteral("help")},
                                  text("Show this help"));
    const QCommandLineOption version(QStringLiteral("version"), text("Show the version"));
    const QCommandLineOption store(QStringLiteral("store"), text("The store to open"),
                                   QStringLiteral("FILE"));
    const QCommandLineOption theme(QStringLiteral("theme"), text("light, dark or system"),
                                   QStringLiteral("NAME"));
    const QCommandLineOption screenshot(QStringLiteral("screenshot"),
                                        text("Write a picture of the window to this PNG and end"),
                                        QStringLiteral("FILE"));
    const QCommandLineOption size(QStringLiteral("size"), text("Size of the window in pixels"),
                                  QStringLiteral("WxH"));
    const QCommandLineOption view(QStringLiteral("view"), text("The tab to show"),
                                  QStringLiteral("NAME"));
    const QCommandLineOption select(QStringLiteral("select"),
                                    text("With --screenshot: select the runs that match this "
                                         "query, of any project"),
                                    QStringLiteral("QUERY"));
    const QCommandLineOption listViews(QStringLiteral("list-views"),
                                       text("Print the names of the tabs and end"));
    parser.addOptions({help, version, store, theme, screenshot, size, view, select, listViews});

    ParsedArguments parsed;
    if (!parser.parse(arguments)) {
        parsed.issue = parser.errorText();
        return parsed;
    }
    parsed.isDone = parser.isSet(help) || parser.isSet(version) || parser.isSet(listViews);
    if (parser.isSet(help)) {
        parsed.print = parser.helpText();
        return parsed;
    }
    if (parser.isSet(version)) {
        parsed.print = QStringLiteral("inlay-workbench ") + QString::fromUtf8(engine::version()) +
                       QLatin1Char('\n');
        return parsed;
    }
    if (parser.isSet(listViews)) {
        for (const ViewEntry& entry : windowViews())
            parsed.print += entry.id + QLatin1Char('\n');
        return parsed;
    }
    Arguments& out = parsed.arguments;
    if (parser.positionalArguments().size() > 1)
        parsed.issue = text("Only one project or store can be opened at a time.");
    else if (!parser.positionalArguments().isEmpty())
        out.file = parser.positionalArguments().first();
    out.store = parser.value(store);
    out.screenshot = parser.value(screenshot);
    out.view = parser.value(view);
    out.select = parser.value(select);
    for (const engine::QueryIssue& issue : engine::parseRunQuery(out.select.toStdString()).issues)
        parsed.issue = text("--select, %1.").arg(QString::fromStdString(issue.message));
    if (parser.isSet(theme)) {
        const QString name = parser.value(theme);
        if (name == QLatin1String("light"))
            out.theme = widgets::ThemeChoice::Light;
        else if (name == QLatin1String("dark"))
            out.theme = widgets::ThemeChoice::Dark;
        else if (name == QLatin1String("system"))
            out.theme = widgets::ThemeChoice::System;
        else
            parsed.issue = text("--theme is \"%1\", allowed are light, dark and system.").arg(name);
    }
    if (parser.isSet(size)) {
        out.size = sizeFrom(parser.value(size));
        if (!out.size)
            parsed.issue = text("--size is \"%1\"; give width and height as in 1280x720.")
                               .arg(parser.value(size));
    }
    return parsed;
}

} // namespace inlay::app

#include "app/workbench/log_window.h"

#include <fstream>
#include <sstream>

#include <QDateTime>
#include <QFontDatabase>
#include <QLabel>
#include <QLocale>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTabWidget>
#include <QVBoxLayout>

#include "engine/runner/worker.h"
#include "engine/store/run_store.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"

namespace inlay::app {
namespace {

// The end of a long log is what one looks for.
constexpr std::streamoff kMostLogBytes = 1 << 20;

struct Found {
    std::vector<engine::EventRecord> events;
    std::string log;
    std::string logFile;
};

Found look(engine::RunStore& store, engine::RunId run) {
    Found found;
    found.events = store.events(run);
    found.logFile = engine::logPath(store.filesRoot(), run);
    std::ifstream file(found.logFile, std::ios::binary | std::ios::ate);
    if (!file)
        return found;
    const std::streamoff size = file.tellg();
    file.seekg(std::max<std::streamoff>(0, size - kMostLogBytes));
    std::stringstream text;
    text << file.rdbuf();
    found.log = text.str();
    return found;
}

void setText(QPlainTextEdit* edit, const QString& text) {
    if (edit->toPlainText() == text)
        return;
    QScrollBar* bar = edit->verticalScrollBar();
    const bool followsEnd = bar->value() == bar->maximum();
    const int at = bar->value();
    edit->setPlainText(text);
    bar->setValue(followsEnd ? bar->maximum() : at);
}

} // namespace

LogWindow::LogWindow(widgets::StoreClient& store, widgets::RunWatcher& watcher, engine::RunId run,
                     const QString& name, QWidget* parent)
    : QWidget(parent, Qt::Window)
    , store_(store)
    , run_(run)
    , events_(new QPlainTextEdit)
    , log_(new QPlainTextEdit) {
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Log of %1").arg(name));
    setAccessibleName(windowTitle());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    auto* tabs = new QTabWidget;
    tabs->setDocumentMode(true);
    tabs->addTab(events_, tr("Events"));
    tabs->addTab(log_, tr("Log"));
    layout->addWidget(tabs);
    for (QPlainTextEdit* edit : {events_, log_}) {
        edit->setReadOnly(true);
        edit->setLineWrapMode(QPlainTextEdit::WidgetWidth);
    }
    events_->setAccessibleName(tr("Events of the run"));
    log_->setAccessibleName(tr("Output of the run"));
    log_->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    resize(widgets::scaled(640, font()), widgets::scaled(380, font()));
    connect(&watcher, &widgets::RunWatcher::runsChanged, this, &LogWindow::refresh);
    refresh();
}

void LogWindow::refresh() {
    if (isAsking_)
        return;
    isAsking_ = true;
    store_.ask(
        this, [run = run_](engine::RunStore& store) { return look(store, run); },
        [this](const Found& found) {
            isAsking_ = false;
            QStringList lines;
            for (const engine::EventRecord& event : found.events) {
                const QString time =
                    QLocale().toString(QDateTime::fromMSecsSinceEpoch(event.timeMs).time(),
                                       QStringLiteral("HH:mm:ss"));
                const QString level = event.level == engine::EventLevel::Info
                                          ? QString()
                                          : QString::fromUtf8(engine::nameOf(event.level).data()) +
                                                QStringLiteral(": ");
                lines << time + QStringLiteral("  ") + level + QString::fromStdString(event.text);
            }
            setText(events_, lines.isEmpty() ? tr("This run has written no events yet.")
                                             : lines.join(QLatin1Char('\n')));
            setText(log_, found.log.empty()
                              ? tr("There is no output. Runs that the queue starts write it to "
                                   "%1; a run in a terminal writes to the terminal.")
                                    .arg(QString::fromStdString(found.logFile))
                              : QString::fromStdString(found.log));
        },
        [this](const QString&) { isAsking_ = false; });
}

} // namespace inlay::app

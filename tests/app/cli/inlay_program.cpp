#include "tests/app/cli/inlay_program.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QThread>

#include <fmt/format.h>

#include "engine/store/series_reader.h"

namespace inlay::app_tests {

using namespace engine;

namespace {

constexpr int kLongestMs = 120000;

} // namespace

QString Outcome::issueText() const {
    QString text;
    if (lines.empty() || !lines.back().contains("error"))
        return text;
    for (const Json& issue : lines.back()["error"]["issues"])
        text += QString::fromStdString(issue["key"].get<std::string>() + ": " +
                                       issue["message"].get<std::string>()) +
                "\n";
    return text;
}

std::vector<Json> Outcome::ofType(const char* type) const {
    std::vector<Json> found;
    for (const Json& line : lines)
        if (line.value("type", "") == type)
            found.push_back(line);
    return found;
}

InlayProgram::InlayProgram() = default;

QString InlayProgram::write(const QString& name, const QByteArray& text) const {
    QFile file(path(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
        qFatal("the test cannot write its own file");
    return file.fileName();
}

std::unique_ptr<QProcess> InlayProgram::make(const QString& folder) const {
    auto process = std::make_unique<QProcess>();
    process->setWorkingDirectory(folder.isEmpty() ? folder_.path() : folder);
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert("INLAY_STORE", path("store.db"));
    environment.insert("XDG_DATA_HOME", path("data"));
    environment.insert("INLAY", INLAY_PROGRAM);
    process->setProcessEnvironment(environment);
    return process;
}

std::unique_ptr<QProcess> InlayProgram::start(const QStringList& arguments) const {
    auto process = make({});
    process->start(INLAY_PROGRAM, arguments);
    process->waitForStarted();
    return process;
}

Outcome InlayProgram::collect(QProcess& process) {
    Outcome outcome;
    if (process.state() != QProcess::NotRunning && !process.waitForFinished(kLongestMs)) {
        process.kill();
        process.waitForFinished();
        outcome.error = "the program did not end in time";
        return outcome;
    }
    outcome.code = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    outcome.output = process.readAllStandardOutput();
    outcome.error = QString::fromUtf8(process.readAllStandardError());
    for (const QByteArray& line : outcome.output.split('\n')) {
        Json parsed = Json::parse(line.begin(), line.end(), nullptr, false);
        if (!parsed.is_discarded())
            outcome.lines.push_back(std::move(parsed));
    }
    return outcome;
}

Outcome InlayProgram::plain(const QStringList& arguments, const QString& folder) const {
    auto process = make(folder);
    process->start(INLAY_PROGRAM, arguments);
    return collect(*process);
}

Outcome InlayProgram::json(const QStringList& arguments, const QString& folder) const {
    return plain(arguments + QStringList{"--json"}, folder);
}

Outcome InlayProgram::shell(const QString& command) const {
    auto process = make({});
    process->start("/bin/bash", {"-c", command});
    return collect(*process);
}

std::size_t InlayProgram::runCount(const QString& store) const {
    if (!QFile::exists(path(store)))
        return 0;
    RunFilter filter;
    filter.bin = RunFilter::Bin::Include;
    return RunStore::open(storePath(store), OpenMode::ReadOnly).listRuns(filter).size();
}

QString projectFile(const char* name) {
    return QString(INLAY_PROJECTS "/%1.inlay.json").arg(name);
}

bool waitUntil(const std::function<bool()>& done, int milliseconds) {
    const QDeadlineTimer deadline(milliseconds);
    while (!done()) {
        if (deadline.hasExpired())
            return false;
        QThread::msleep(10);
    }
    return true;
}

std::string resultsOf(RunStore& store, RunId run) {
    std::string text;
    SeriesReader reader(store);
    for (const SeriesInfo& info : reader.list(run)) {
        if (info.name.starts_with("time/"))
            continue;
        const SeriesData data = reader.read(info.id);
        text += fmt::format("{} {} points\n", info.name, data.size());
        for (std::size_t i = 0; i < data.size(); ++i)
            text += fmt::format("{} {:a}\n", data.steps[i], data.values[i]);
    }
    for (const auto& [name, value] : store.metrics(run))
        if (!name.starts_with("time/"))
            text += fmt::format("{} = {:a}\n", name, value);
    return text;
}

} // namespace inlay::app_tests

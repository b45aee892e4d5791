#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/json.h"
#include "engine/store/run_store.h"

namespace inlay::app_tests {

/// What one call of the program left behind.
struct Outcome {
    int code = -1;
    QString error; // standard error
    QByteArray output;
    std::vector<engine::Json> lines; // of standard output, when it is JSON lines

    const engine::Json& last() const { return lines.back(); }
    /// All keys and messages of the error object on the last line; empty when there is none.
    QString issueText() const;
    std::vector<engine::Json> ofType(const char* type) const;
};

/// The program in a folder of its own, with stores in it.
class InlayProgram {
public:
    InlayProgram();

    /// An absolute path in the folder.
    QString path(const QString& name) const { return folder_.filePath(name); }
    std::string storePath(const QString& name = "store.db") const {
        return path(name).toStdString();
    }
    QString write(const QString& name, const QByteArray& text) const;

    /// Runs to the end, with --json.
    Outcome json(const QStringList& arguments, const QString& folder = {}) const;
    /// Runs to the end as given.
    Outcome plain(const QStringList& arguments, const QString& folder = {}) const;
    /// Runs a shell command in which "$INLAY" is the program.
    Outcome shell(const QString& command) const;
    /// Starts and leaves running.
    std::unique_ptr<QProcess> start(const QStringList& arguments) const;
    static Outcome collect(QProcess& process);

    /// Rows of runs in a store, bin included; 0 when there is no store.
    std::size_t runCount(const QString& store = "store.db") const;

private:
    std::unique_ptr<QProcess> make(const QString& folder) const;

    QTemporaryDir folder_;
};

/// A file of the project's own folder of projects.
QString projectFile(const char* name);
/// Waits until `done` holds; false after `milliseconds`.
bool waitUntil(const std::function<bool()>& done, int milliseconds);

/// The effective points of every series outside time/, and the final metrics outside time/, as
/// text that keeps every bit.
std::string resultsOf(engine::RunStore& store, engine::RunId run);

} // namespace inlay::app_tests

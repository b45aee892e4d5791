#pragma once

#include <functional>
#include <string>
#include <vector>

#include <QObject>

#include "engine/experiments/train/convert.h"
#include "engine/runner/experiment_kind.h"
#include "engine/runner/launch.h"
#include "engine/schema/assignments.h"
#include "engine/schema/project_file.h"
#include "engine/store/run_record.h"

namespace inlay::widgets {
class RunEdits;
class RunWatcher;
class StoreClient;
} // namespace inlay::widgets

namespace inlay::app {

/// The kinds as project files see them.
std::vector<engine::ProjectKind>
projectKinds(const std::vector<const engine::ExperimentKind*>& kinds);

/// What the window does to runs: every wish goes as rows through the store or as a process of its
/// own, so that runs live on when the window goes.
class RunControl : public QObject {
    Q_OBJECT

public:
    /// `program` is the path of `inlay`. All of them outlive the control.
    RunControl(widgets::StoreClient& store, widgets::RunWatcher& watcher, widgets::RunEdits& edits,
               std::vector<const engine::ExperimentKind*> kinds, QString program,
               QObject* parent = nullptr);

    /// Checks the project on a worker thread, queues its runs and sees that a worker takes them.
    /// Ends with queued() or refused().
    void launch(engine::ProjectFile project, const QString& projectPath,
                const engine::LaunchOptions& options);
    void pause(engine::RunId run);
    void goOn(engine::RunId run);
    /// A queued run leaves the queue, an active one ends at its next step.
    void stop(engine::RunId run);
    /// Continues an ended, unfinished run from its last checkpoint, in a process of its own.
    void resume(engine::RunId run);
    void set(engine::RunId run, const QString& assignment);
    /// `assignments` is a text "key=value key=value", possibly empty.
    void fork(engine::RunId run, const QString& assignments);
    /// Queues a run that converts this one and fine-tunes it.
    void convert(engine::RunId run, const engine::train::ConvertRequest& request);
    /// Queues the same run with dense layers, to measure against.
    void queueDenseTwin(engine::RunId run);
    /// The wishes of views: "pause", "set learning_rate=0.001", …; false when unknown.
    bool perform(engine::RunId run, const QString& action);

    const QString& program() const { return program_; }

signals:
    void queued(const std::vector<inlay::engine::RunId>& runs);
    void refused(const std::vector<inlay::engine::Issue>& issues);
    /// A sentence for the status bar.
    void said(const QString& sentence);

private:
    void insert(engine::Launch launch);
    void control(engine::RunId run, engine::ControlVerb verb, const std::string& payload,
                 const QString& sentence);
    void refuse(const QString& sentence);
    const engine::ExperimentKind* kindOf(const std::string& id) const;

    widgets::StoreClient& store_;
    widgets::RunWatcher& watcher_;
    widgets::RunEdits& edits_;
    std::vector<const engine::ExperimentKind*> kinds_;
    QString program_;
};

} // namespace inlay::app

#include "app/workbench/run_control.h"

#include <QCoreApplication>
#include <QPointer>
#include <QThreadPool>

#include "engine/base/error.h"
#include "engine/runner/fork.h"
#include "engine/runner/spawn.h"
#include "engine/runner/worker.h"
#include "engine/store/run_store.h"
#include "widgets/runs/run_columns.h"
#include "widgets/runs/run_edits.h"
#include "widgets/runs/run_watcher.h"
#include "widgets/runs/store_client.h"

namespace inlay::app {
namespace {

using namespace engine;

// Opening cuda:* would load the driver into the window, so its rows are checked as cpu here and
// again, on their own device, by the runner.
Launch prepareWithoutDriver(const ProjectFile& project, const std::string& path,
                            const ExperimentKind& kind, LaunchOptions options) {
    const std::string device = options.device.value_or(project.device);
    if (device.find("cuda") == std::string::npos)
        return prepareLaunch(project, path, kind, options);
    options.device = "cpu";
    Launch launch = prepareLaunch(project, path, kind, options);
    for (NewRun& run : launch.runs)
        run.device = device;
    return launch;
}

void takeOutOfQueue(RunStore& store, RunId run) {
    store.transaction([&] {
        const auto record = store.run(run);
        if (record && record->status == RunStatus::Queued)
            store.setStatus(run, RunStatus::Stopped, "Taken out of the queue before it started.");
        else if (record && isActive(record->status))
            store.requestControl(run, ControlVerb::Stop);
    });
}

struct Twin {
    RunId run = 0;
    ProjectId project = 0;
    bool hasGroup = false;
};

Twin insertDenseTwin(RunStore& store, RunId run, const std::vector<const ExperimentKind*>& kinds) {
    const auto record = store.run(run);
    if (!record)
        throw Error("This run is no longer in the store.");
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const ExperimentKind* each) {
        return record->kind == each->id();
    });
    if (kind == kinds.end())
        throw Error("This program does not know the kind " + record->kind + ".");
    const Assigned assigned =
        assign((*kind)->schema(), parseJson(record->config, "the run's configuration"),
               {{"network.operator.kind", "dense"}, {"network.layers", Json::array()}});
    if (!assigned.issues.empty())
        throw Error(joinMessages(assigned.issues));
    NewRun twin;
    twin.project = record->project;
    twin.name = record->name + " · dense twin";
    twin.kind = record->kind;
    twin.kindVersion = record->kindVersion;
    twin.seed = record->seed;
    twin.device = record->device;
    twin.threads = record->threads;
    twin.config = (*kind)->schema().complete(assigned.config);
    twin.groupKey = record->groupKey;
    twin.projectFile = record->projectFile;
    return {store.insertRun(twin), record->project, !record->groupKey.empty()};
}

} // namespace

std::vector<ProjectKind> projectKinds(const std::vector<const ExperimentKind*>& kinds) {
    std::vector<ProjectKind> all;
    for (const ExperimentKind* kind : kinds)
        all.push_back(
            {kind->id(), kind->version(), &kind->schema(), [kind](int version, Json& config) {
                 kind->upgrade(version, config);
             }});
    return all;
}

RunControl::RunControl(widgets::StoreClient& store, widgets::RunWatcher& watcher,
                       widgets::RunEdits& edits, std::vector<const ExperimentKind*> kinds,
                       QString program, QObject* parent)
    : QObject(parent)
    , store_(store)
    , watcher_(watcher)
    , edits_(edits)
    , kinds_(std::move(kinds))
    , program_(std::move(program)) {}

const ExperimentKind* RunControl::kindOf(const std::string& id) const {
    for (const ExperimentKind* kind : kinds_)
        if (id == kind->id())
            return kind;
    return nullptr;
}

void RunControl::refuse(const QString& sentence) {
    emit refused({{std::string(), sentence.toStdString()}});
}

void RunControl::launch(ProjectFile project, const QString& projectPath,
                        const LaunchOptions& options) {
    const ExperimentKind* kind = kindOf(project.kind);
    if (kind == nullptr) {
        refuse(tr("This program does not know the kind \"%1\".")
                   .arg(QString::fromStdString(project.kind)));
        return;
    }
    emit said(tr("Checking the set-up…"));
    QThreadPool::globalInstance()->start([self = QPointer<RunControl>(this),
                                          project = std::move(project),
                                          path = projectPath.toStdString(), kind, options] {
        Launch launch;
        try {
            launch = prepareWithoutDriver(project, path, *kind, options);
        } catch (const std::exception& error) {
            launch.issues = {{std::string(), error.what()}};
        }
        QMetaObject::invokeMethod(
            QCoreApplication::instance(),
            [self, launch = std::move(launch)] {
                if (self && launch.issues.empty())
                    self->insert(launch);
                else if (self)
                    emit self->refused(launch.issues);
            },
            Qt::QueuedConnection);
    });
}

void RunControl::insert(Launch launch) {
    store_.ask(
        this,
        [launch = std::move(launch), path = store_.path().toStdString(),
         program = program_.toStdString()](RunStore& store) {
            std::vector<RunId> runs = insertLaunch(store, launch, LaunchMode::Queue);
            ensureWorker(path, program, 1);
            return runs;
        },
        [this](const std::vector<RunId>& runs) {
            watcher_.poke();
            emit said(
                tr("Queued %1").arg(widgets::runCountText(static_cast<std::int64_t>(runs.size()))));
            emit queued(runs);
        });
}

void RunControl::control(RunId run, ControlVerb verb, const std::string& payload,
                         const QString& sentence) {
    store_.ask(
        this, [run, verb, payload](RunStore& store) { store.requestControl(run, verb, payload); },
        [this, sentence] {
            watcher_.poke();
            emit said(sentence);
        });
}

void RunControl::pause(RunId run) {
    control(run, ControlVerb::Pause, {}, tr("The run pauses after its current step"));
}

void RunControl::goOn(RunId run) {
    control(run, ControlVerb::Continue, {}, tr("The run continues"));
}

void RunControl::stop(RunId run) {
    store_.ask(
        this, [run](RunStore& store) { takeOutOfQueue(store, run); },
        [this] {
            watcher_.poke();
            emit said(tr("The run stops after its current step; Resume continues it"));
        });
}

void RunControl::resume(RunId run) {
    store_.ask(
        this,
        [run, path = store_.path().toStdString(),
         program = program_.toStdString()](RunStore& store) {
            const auto record = store.run(run);
            if (!record || !hasEnded(record->status) || record->status == RunStatus::Finished)
                throw Error("Only a stopped, failed, diverged or lost run can be resumed.");
            spawnProgram({program, "resume", std::to_string(run), "--store", path, "--json"},
                         logPath(store.filesRoot(), run), SpawnSession::Detached);
        },
        [this] { emit said(tr("The run is resumed from its last checkpoint")); });
}

void RunControl::set(RunId run, const QString& assignment) {
    const ParsedAssignments parsed = parseAssignments({assignment.toStdString()});
    const auto runs = watcher_.runs();
    const auto row = runs->indexOf(run);
    const ExperimentKind* kind =
        row < 0 ? nullptr : kindOf(runs->row(static_cast<std::size_t>(row)).kind);
    if (!parsed.issues.empty()) {
        emit refused(parsed.issues);
        return;
    }
    const Assignment& wanted = parsed.assignments.front();
    const auto settable = kind == nullptr ? std::vector<std::string>() : kind->settableKeys();
    if (std::find(settable.begin(), settable.end(), wanted.key) == settable.end()) {
        refuse(tr("%1 cannot be changed while a run goes on.")
                   .arg(QString::fromStdString(wanted.key)));
        return;
    }
    const Assigned checked = assign(kind->schema(), Json::object(), {wanted});
    for (const Issue& issue : checked.issues)
        if (issue.key == wanted.key) {
            emit refused({issue});
            return;
        }
    control(run, ControlVerb::Set, dumpJson(Json{{"key", wanted.key}, {"value", wanted.value}}),
            tr("%1 is set at the next step").arg(assignment));
}

void RunControl::fork(RunId run, const QString& assignments) {
    std::vector<std::string> texts;
    for (const QString& text : assignments.split(QLatin1Char(' '), Qt::SkipEmptyParts))
        texts.push_back(text.toStdString());
    const ParsedAssignments parsed = parseAssignments(texts);
    if (!parsed.issues.empty()) {
        emit refused(parsed.issues);
        return;
    }
    store_.ask(
        this,
        [run, parsed, kinds = kinds_, path = store_.path().toStdString(),
         program = program_.toStdString()](RunStore& store) {
            const auto record = store.run(run);
            const auto kind =
                std::find_if(kinds.begin(), kinds.end(), [&](const ExperimentKind* each) {
                    return record && record->kind == each->id();
                });
            if (kind == kinds.end())
                throw Error("This run cannot be forked: it is gone, or of an unknown kind.");
            ForkResult forked = forkRun(store, *record, **kind, std::nullopt, parsed.assignments,
                                        {}, LaunchMode::Queue);
            if (forked.run)
                ensureWorker(path, program, 1);
            return forked;
        },
        [this](const ForkResult& forked) {
            watcher_.poke();
            if (!forked.run) {
                emit refused(forked.issues);
                return;
            }
            emit said(tr("The fork starts from step %L1").arg(forked.step));
            emit queued({*forked.run});
        });
}

void RunControl::convert(RunId run, const train::ConvertRequest& request) {
    struct Converted {
        std::vector<RunId> runs;
        std::vector<Issue> issues;
    };
    store_.ask(
        this,
        [run, request, path = store_.path().toStdString(),
         program = program_.toStdString()](RunStore& store) {
            const auto record = store.run(run);
            if (!record)
                throw Error("This run is no longer in the store.");
            const Launch launch = train::prepareConversion(store, *record, request, {});
            if (!launch.issues.empty())
                return Converted{{}, launch.issues};
            Converted converted{insertLaunch(store, launch, LaunchMode::Queue), {}};
            ensureWorker(path, program, 1);
            return converted;
        },
        [this](const Converted& converted) {
            watcher_.poke();
            if (!converted.issues.empty()) {
                emit refused(converted.issues);
                return;
            }
            emit said(tr("Queued the conversion"));
            emit queued(converted.runs);
        });
}

void RunControl::queueDenseTwin(RunId run) {
    store_.ask(
        this,
        [run, kinds = kinds_, path = store_.path().toStdString(),
         program = program_.toStdString()](RunStore& store) {
            const Twin twin = insertDenseTwin(store, run, kinds);
            ensureWorker(path, program, 1);
            return twin;
        },
        [this](const Twin& twin) {
            watcher_.poke();
            // Without a group the pinned baseline is what a run is measured against.
            if (!twin.hasGroup)
                edits_.setBaseline(twin.project, 0, twin.run);
            emit said(tr("Queued the dense twin"));
            emit queued({twin.run});
        });
}

bool RunControl::perform(RunId run, const QString& action) {
    if (action == QLatin1String("pause"))
        pause(run);
    else if (action == QLatin1String("continue"))
        goOn(run);
    else if (action == QLatin1String("stop"))
        stop(run);
    else if (action == QLatin1String("resume"))
        resume(run);
    else if (action == QLatin1String("queue dense twin"))
        queueDenseTwin(run);
    else if (action.startsWith(QLatin1String("set ")) && action.contains(QLatin1Char('=')))
        set(run, action.mid(4).trimmed());
    else
        return false;
    return true;
}

} // namespace inlay::app

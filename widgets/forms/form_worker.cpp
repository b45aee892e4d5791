#include "widgets/forms/form_worker.h"

#include <exception>
#include <utility>

#include "engine/base/error.h"
#include "engine/runner/launch.h"

namespace inlay::widgets {

using engine::ExperimentKind;
using engine::Issue;
using engine::Json;
using engine::MachineProfile;
using engine::ProjectFile;

namespace {

std::vector<Issue> issuesOf(const ExperimentKind& kind, const ProjectFile& project) {
    std::vector<Issue> issues = kind.schema().validate(project.config);
    if (issues.empty())
        issues = engine::expandProject(project, kind.schema()).issues;
    if (issues.empty())
        issues = kind.check(kind.schema().complete(engine::withAbsolutePaths(
                                kind.schema(), project.config, project.folder)),
                            project.device);
    // A window opens no accelerator: the run itself tells whether that one is there.
    if (project.device.find("cuda") == std::string::npos && project.device != "auto")
        for (Issue& issue : engine::checkDevice(project.device))
            issues.push_back(std::move(issue));
    return issues;
}

std::optional<MachineProfile> profileFor(const ProjectFile& project, QString& problem) {
    try {
        return engine::loadProfileFor(project.device, project.threads);
    } catch (const engine::Error& error) {
        problem = QString::fromUtf8(error.what());
        return std::nullopt;
    }
}

SetupReport reportOn(const ExperimentKind& kind, const ProjectFile& project) {
    SetupReport report;
    try {
        report.issues = issuesOf(kind, project);
        if (!report.issues.empty())
            return report;
        const std::optional<MachineProfile> profile = profileFor(project, report.profileProblem);
        const Json full = kind.schema().complete(
            engine::withAbsolutePaths(kind.schema(), project.config, project.folder));
        report.cost = engine::trainingCost(full, profile ? &*profile : nullptr);
    } catch (const std::exception& error) {
        report.issues.push_back({"", error.what()});
    }
    return report;
}

} // namespace

engine::ProjectKind projectKind(const ExperimentKind& kind) {
    return {kind.id(), kind.version(), &kind.schema(), [&kind](int version, Json& config) {
                kind.upgrade(version, config);
            }};
}

FormWorker::FormWorker(QObject* parent)
    : QObject(parent) {
    pool_.setMaxThreadCount(1);
}

FormWorker::~FormWorker() {
    ++generation_;
    pool_.waitForDone();
}

std::uint64_t FormWorker::check(const ExperimentKind& kind, ProjectFile project) {
    const std::uint64_t generation = ++generation_;
    pool_.start([this, &kind, generation, project = std::move(project)] {
        if (generation != generation_)
            return;
        SetupReport report = reportOn(kind, project);
        report.generation = generation;
        QMetaObject::invokeMethod(
            this,
            [this, report = std::move(report)] {
                if (report.generation == generation_)
                    emit checked(report);
            },
            Qt::QueuedConnection);
    });
    return generation;
}

void FormWorker::save(const ExperimentKind& kind, ProjectFile project, const QString& path) {
    pool_.start([this, &kind, path, project = std::move(project)] {
        QString problem;
        try {
            engine::saveProject(project, projectKind(kind), path.toStdString());
        } catch (const std::exception& error) {
            problem = QString::fromUtf8(error.what());
        }
        QMetaObject::invokeMethod(
            this, [this, path, problem] { emit saved(path, problem); }, Qt::QueuedConnection);
    });
}

} // namespace inlay::widgets

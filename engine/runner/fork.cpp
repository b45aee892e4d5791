#include "engine/runner/fork.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "engine/runner/setting_outcome.h"

namespace inlay::engine {
namespace {

std::string checkpointSteps(const std::vector<CheckpointRecord>& checkpoints) {
    std::string text;
    for (auto c = checkpoints.rbegin(); c != checkpoints.rend(); ++c)
        text += (text.empty() ? "" : ", ") + std::to_string(c->step);
    return text;
}

/// Settings that the parent took before `step` are replayed by the child, except those that the
/// fork was given values for.
void takeOverSettings(RunStore& store, RunId parent, RunId child, std::int64_t step,
                      const std::vector<Assignment>& assignments) {
    for (const ControlRecord& control : store.controls(parent)) {
        const auto applied = appliedStep(control.outcome);
        if (control.verb != ControlVerb::Set || !applied || *applied >= step)
            continue;
        const Json key = parseJson(control.payload, "control row").at("key");
        if (std::any_of(assignments.begin(), assignments.end(),
                        [&](const Assignment& assignment) { return assignment.key == key; }))
            continue;
        const std::int64_t id = store.requestControl(child, ControlVerb::Set, control.payload);
        store.takeControl(id, control.outcome);
    }
}

} // namespace

ForkResult forkRun(RunStore& store, const RunRecord& parent, const ExperimentKind& kind,
                   std::optional<std::int64_t> atStep, const std::vector<Assignment>& assignments,
                   const LaunchOptions& options, LaunchMode mode) {
    ForkResult result;
    const std::string device = options.device.value_or(parent.device);
    if (options.device)
        result.issues = checkDevice(device);
    if (!result.issues.empty())
        return result;
    const std::vector<CheckpointRecord> checkpoints = store.checkpoints(parent.id);
    const auto base = std::find_if(
        checkpoints.begin(), checkpoints.end(), [&](const CheckpointRecord& checkpoint) {
            return (!atStep || checkpoint.step <= *atStep) && store.checkpointIsSound(checkpoint);
        });
    if (base == checkpoints.end()) {
        const std::string have = checkpoints.empty() ? "it has none"
                                                     : "its checkpoints are of the steps " +
                                                           checkpointSteps(checkpoints);
        result.issues.push_back(
            {"at", atStep ? fmt::format("run {} has no checkpoint at or before step {}; {}",
                                        parent.id, *atStep, have)
                          : fmt::format("run {} has no checkpoint to fork from", parent.id)});
        return result;
    }
    Assigned assigned =
        assign(kind.schema(), parseJson(parent.config, "the run's configuration"), assignments);
    result.issues = std::move(assigned.issues);
    const Json config = kind.schema().complete(assigned.config);
    if (result.issues.empty())
        result.issues = kind.check(config, options.device.value_or(parent.device));
    if (!result.issues.empty())
        return result;

    NewRun row;
    row.project = parent.project;
    row.name = options.name.empty() ? fmt::format("{} · fork at {}", parent.name, base->step)
                                    : options.name;
    row.kind = parent.kind;
    row.kindVersion = kind.version();
    row.seed = options.seed ? static_cast<std::uint64_t>(*options.seed) : parent.seed;
    row.device = device;
    row.threads = options.threads.value_or(parent.threads);
    row.config = config;
    row.tags = parent.tags;
    row.tags.insert(row.tags.end(), options.tags.begin(), options.tags.end());
    row.parentRun = parent.id;
    row.projectFile = parent.projectFile;
    row.gitCommit = parent.gitCommit;
    row.flags = kind.flags(config);
    if (mode == LaunchMode::OwnQueue)
        row.owner = ProcessIdentity::current();
    // A worker must not take the row before its checkpoint is there.
    store.transaction(
        [&] {
            const RunId child = store.insertRun(row);
            store.pinCheckpoint(*base, RunStore::Pin::Keep);
            const std::string source = store.absolutePath(base->path);
            store.writeCheckpoint(child, 0, base->step, [&source](const std::string& path) {
                std::filesystem::copy_file(source, path,
                                           std::filesystem::copy_options::overwrite_existing);
            });
            takeOverSettings(store, parent.id, child, base->step, assignments);
            result.run = child;
        },
        RunStore::Durability::Full);
    result.step = base->step;
    return result;
}

} // namespace inlay::engine

#include <memory>
#include <vector>

#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/output.h"
#include "app/cli/run_reference.h"
#include "engine/experiments/catalog.h"
#include "engine/schema/assignments.h"
#include "engine/schema/nearest.h"
#include "engine/store/run_store.h"

namespace inlay::app {
namespace {

using namespace engine;

// Verbs reach a run as rows; it honors them at its next step.
int control(const Common& common, const std::vector<std::string>& references, ControlVerb verb,
            const std::string& payload) {
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadWrite);
    store.markLostRuns();
    std::vector<RunRecord> runs;
    for (const std::string& reference : references) {
        std::string problem;
        const std::optional<RunRecord> record = findRun(store, reference, problem);
        if (!record)
            return badInput(problem, common.json);
        const bool stopsQueued = verb == ControlVerb::Stop && record->status == RunStatus::Queued;
        if (!isActive(record->status) && !stopsQueued)
            return badInput(
                fmt::format("Run {} is {}: only a running or paused run can be asked to "
                            "{}.",
                            record->id, nameOf(record->status), nameOf(verb)),
                common.json);
        runs.push_back(*record);
    }
    for (const RunRecord& run : runs) {
        if (run.status == RunStatus::Queued)
            store.setStatus(run.id, RunStatus::Stopped, "Stopped before it started.");
        else
            store.requestControl(run.id, verb, payload);
        if (common.json)
            printJson({{"run", run.id}, {"verb", std::string(nameOf(verb))}});
    }
    return kOk;
}

int set(const Common& common, const std::string& reference, const std::string& text) {
    const ParsedAssignments parsed = parseAssignments({text});
    if (!parsed.issues.empty())
        return badInput(parsed.issues, common.json);
    const Assignment& wanted = parsed.assignments.front();
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadWrite);
    std::string problem;
    const std::optional<RunRecord> record = findRun(store, reference, problem);
    if (!record)
        return badInput(problem, common.json);
    const ExperimentKind* kind = findKind(record->kind);
    const std::vector<std::string> keys = kind ? kind->settableKeys() : std::vector<std::string>();
    if (std::find(keys.begin(), keys.end(), wanted.key) == keys.end()) {
        std::string allowed;
        for (const std::string& key : keys)
            allowed += (allowed.empty() ? "" : ", ") + key;
        return badInput({{wanted.key, fmt::format("{} cannot be set while a run goes on; allowed "
                                                  "are {}.",
                                                  wanted.key, allowed)}},
                        common.json);
    }
    const Assigned assigned = assign(kind->schema(), Json::parse(record->config), {wanted});
    if (!assigned.issues.empty())
        return badInput(assigned.issues, common.json);
    return control(common, {reference}, ControlVerb::Set,
                   dumpJson({{"key", wanted.key}, {"value", wanted.value}}));
}

} // namespace

void addControlCommands(CLI::App& program, Common& common) {
    const struct {
        const char* name;
        ControlVerb verb;
        const char* help;
    } verbs[] = {{"stop", ControlVerb::Stop, "Stop runs at their next step; resume continues them"},
                 {"pause", ControlVerb::Pause, "Pause runs at their next step"},
                 {"continue", ControlVerb::Continue, "Let paused runs go on"}};
    for (const auto& entry : verbs) {
        auto references = std::make_shared<std::vector<std::string>>();
        CLI::App* command = program.add_subcommand(entry.name, entry.help);
        command->add_option("RUN", *references, "Run ids")->required()->type_name("");
        addStoreOption(*command, common);
        addJsonOption(*command, common);
        command->callback([&common, references, verb = entry.verb] {
            common.action = [&common, references, verb] {
                return control(common, *references, verb, {});
            };
        });
    }

    auto reference = std::make_shared<std::string>();
    auto text = std::make_shared<std::string>();
    CLI::App* setting = program.add_subcommand(
        "set", "Change a setting of a running run, e.g. `inlay set 3 learning_rate=1e-4`");
    setting->add_option("RUN", *reference, "Run id")->required()->type_name("");
    setting->add_option("KEY=VALUE", *text, "The setting")->required()->type_name("");
    addStoreOption(*setting, common);
    addJsonOption(*setting, common);
    setting->callback([&common, reference, text] {
        common.action = [&common, reference, text] {
            return set(common, *reference, *text);
        };
    });
}

} // namespace inlay::app

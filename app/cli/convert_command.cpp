#include <cstdio>
#include <memory>

#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/execute.h"
#include "app/cli/output.h"
#include "app/cli/progress_printer.h"
#include "app/cli/projects.h"
#include "app/cli/run_reference.h"
#include "engine/experiments/catalog.h"
#include "engine/experiments/train/convert.h"
#include "engine/runner/executor.h"

namespace inlay::app {
namespace {

using namespace engine;

struct ConvertArguments {
    std::string reference;
    std::vector<std::string> layers;
    std::string family;
    std::vector<std::string> keys; // KEY=VALUE of the family
    std::optional<std::int64_t> epochs;
    std::string scores;
    std::vector<std::string> sets;
    bool dryRun = false;
    LaunchOptions options;
};

std::string percent(const Json& value) {
    const auto number = numberFromJson(value);
    return number ? fmt::format("{:.1f} %", 100.0 * *number) : "–";
}

void printLayers(RunStore& store, RunId run, bool json) {
    TextTable table({"Layer", "Family", "Parameters", "Dense", "Error", "Of outputs", "Time"});
    for (const ResultRow& stored : store.resultRows(run, "conversion")) {
        const Json row = parseJson(stored.data, "a row of conversion");
        if (json) {
            Json line = {{"type", "row"}, {"table", "conversion"}};
            line.update(row);
            printJson(line);
            continue;
        }
        table.add({row.at("layer").get<std::string>(), row.at("family").get<std::string>(),
                   row.at("parameters").dump(), row.at("dense_parameters").dump(),
                   percent(row.at("error")), percent(row.at("weighted_error")),
                   durationText(numberFromJson(row.at("seconds")).value_or(0))});
        if (const auto note = row.at("note").get<std::string>(); !note.empty())
            printSentence(fmt::format("{}: {}.", row.at("layer").get<std::string>(), note));
    }
    if (!json)
        std::fputs(table.text().c_str(), stdout);
}

void printAccuracies(const Metrics& metrics) {
    const auto value = [&](const char* name) {
        for (const auto& [key, number] : metrics)
            if (key == name)
                return fmt::format("{:.2f} %", 100.0 * number);
        return std::string("–");
    };
    std::fputs(fmt::format("\nTest accuracy: {} before, {} after conversion, {} after "
                           "fine-tuning.\n",
                           value("conversion/accuracy_before"), value("conversion/accuracy_after"),
                           value("test/accuracy"))
                   .c_str(),
               stdout);
}

// Issues of the request name the options that they come from.
std::vector<Issue> readRequest(const ConvertArguments& arguments, train::ConvertRequest& request) {
    request.layers = arguments.layers;
    request.op = {{"kind", arguments.family}};
    request.epochs = arguments.epochs;
    ParsedAssignments keys = parseAssignments(arguments.keys);
    ParsedAssignments sets = parseAssignments(arguments.sets);
    for (const Assignment& key : keys.assignments)
        request.op[key.key] = key.value;
    request.assignments = std::move(sets.assignments);
    if (!arguments.scores.empty())
        request.assignments.push_back({"start_from.scores", arguments.scores});
    std::vector<Issue> issues = std::move(keys.issues);
    issues.insert(issues.end(), sets.issues.begin(), sets.issues.end());
    return issues;
}

int convert(const Common& common, const ConvertArguments& arguments) {
    train::ConvertRequest request;
    if (const std::vector<Issue> issues = readRequest(arguments, request); !issues.empty())
        return badInput(issues, common.json);
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadWrite);
    std::string problem;
    const std::optional<RunRecord> parent = findRun(store, arguments.reference, problem);
    if (!parent)
        return badInput(problem, common.json);
    const Launch launch = train::prepareConversion(store, *parent, request, arguments.options);
    if (!launch.issues.empty())
        return badInput(launch.issues, common.json);
    if (arguments.dryRun) {
        const NewRun& run = launch.runs.front();
        if (common.json)
            printJson({{"type", "row"}, {"name", run.name}, {"config", run.config}});
        printSentence(fmt::format("would run: {}; nothing was written.", run.name));
        return kOk;
    }
    const ExperimentKind& kind = *findKind(parent->kind);
    const RunId run = insertRunning(store, launch);
    printSentence(fmt::format("Run {} converts run {}.", run, parent->id));
    ExecuteResult result;
    {
        ProgressPrinter printer(common.json, launch.runs.front().name);
        result = executeRun(common.storePath(), run, kind, &printer);
    }
    printLayers(store, run, common.json);
    if (!result.message.empty())
        printSentence(result.message);
    if (common.json)
        printJson(resultJson(result));
    else if (result.status == RunStatus::Finished)
        printAccuracies(result.metrics);
    return exitCode(result.status);
}

} // namespace

void addConvertCommand(CLI::App& program, Common& common) {
    auto arguments = std::make_shared<ConvertArguments>();
    CLI::App* command = program.add_subcommand(
        "convert", "Fit structured layers to a trained run's dense ones, then fine-tune");
    command->add_option("RUN", arguments->reference, "Run id")->required()->type_name("");
    command
        ->add_option("--layers", arguments->layers,
                     "blocks, mlp, attention, head or all, or a pattern of layer names such as "
                     "blocks.*.mlp.*; patterns may be repeated")
        ->required()
        ->type_name("LAYERS")
        ->allow_extra_args(false);
    command->add_option("--to", arguments->family, "Operator family, e.g. stl")
        ->required()
        ->type_name("FAMILY");
    command
        ->add_option("--with", arguments->keys,
                     "A key of the family, e.g. rank=16; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command->add_option("--epochs", arguments->epochs, "Of fine-tuning; default: those of RUN")
        ->type_name("N");
    command
        ->add_option("--scores", arguments->scores,
                     "How 2:4 layers are pruned: magnitude, wanda or sparsegpt")
        ->type_name("SCORES");
    command
        ->add_option("--set", arguments->sets,
                     "Change a parameter of the fine-tuning; may be repeated")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command->add_flag("--dry-run", arguments->dryRun, "Check everything and write nothing");
    addNameOptions(*command, arguments->options.name, arguments->options.tags,
                   "Name of the new run");
    addComputeOptions(*command, arguments->options.device, arguments->options.threads);
    addSeedOption(*command, arguments->options.seed, "Replaces the seed of RUN");
    addStoreOption(*command, common);
    addJsonOption(*command, common);
    command->callback([&common, arguments] {
        common.action = [&common, arguments] {
            return convert(common, *arguments);
        };
    });
}

} // namespace inlay::app

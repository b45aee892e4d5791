#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "app/cli/output.h"
#include "app/cli/progress_printer.h"
#include "app/cli/projects.h"
#include "app/cli/rank_commands.h"
#include "app/cli/run_reference.h"
#include "app/cli/terminal_asker.h"
#include "engine/experiments/active_ranking/run_cards.h"
#include "engine/experiments/catalog.h"
#include "engine/runner/executor.h"
#include "engine/runner/launch.h"
#include "engine/schema/assignments.h"

namespace inlay::app {
namespace {

using namespace engine;

// Pairs in doubt that people are told of.
constexpr std::size_t kDoubtShown = 5;

struct RankActiveArguments {
    std::string items;
    std::vector<RunId> runs;
    std::string curve;
    std::string resumed;
    std::string annotator;
    std::optional<std::int64_t> count;
    std::optional<std::string> effort;
    std::optional<std::string> question;
    std::optional<double> repeatShare;
    std::optional<std::int64_t> seed;
    std::string name;
    std::vector<std::string> tags;
};

/// Only what a person has to know while they answer.
class WarningPrinter final : public RunObserver {
public:
    void onEvent(RunId, EventLevel level, const std::string& text) override {
        if (level != EventLevel::Info)
            printSentence(text);
    }
};

Launch launchOf(const RankActiveArguments& arguments, const ExperimentKind& kind) {
    std::vector<Assignment> sets = {{"oracle.kind", "person"}, {"oracle.items", arguments.items}};
    if (arguments.count)
        sets.push_back({"oracle.count", *arguments.count});
    if (arguments.effort)
        sets.push_back({"oracle.effort", *arguments.effort});
    if (arguments.question)
        sets.push_back({"oracle.question", *arguments.question});
    if (arguments.repeatShare)
        sets.push_back({"oracle.repeat_share", *arguments.repeatShare});
    ProjectFile project;
    project.folder = std::filesystem::current_path().string();
    project.kind = kind.id();
    project.version = kind.version();
    project.title = arguments.runs.empty()
                        ? std::filesystem::path(arguments.items).filename().string()
                        : "Runs by eye";
    Launch launch;
    launch.issues = assignToProject(project, kind.schema(), sets, project.folder);
    if (!launch.issues.empty())
        return launch;
    LaunchOptions options;
    options.seed = arguments.seed;
    options.name = arguments.name.empty() ? "By eye: " + project.title : arguments.name;
    options.tags = arguments.tags;
    return prepareLaunch(project, "", kind, options);
}

// The newest attempt's table, in its order.
std::vector<Json> rowsOf(RunStore& store, RunId run, const std::string& table) {
    const std::vector<ResultRow> rows = store.resultRows(run, table);
    int newest = 0;
    for (const ResultRow& row : rows)
        newest = std::max(newest, row.attempt);
    std::vector<Json> found;
    for (const ResultRow& row : rows) {
        Json data = parseJson(row.data, "a result row");
        if (row.attempt == newest && !data.empty())
            found.push_back(std::move(data));
    }
    return found;
}

void printRanking(const Common& common, RunId run) {
    RunStore store = RunStore::open(common.storePath(), OpenMode::ReadWrite);
    const std::vector<Json> ranking = rowsOf(store, run, "ranking");
    const std::vector<Json> doubt = rowsOf(store, run, "doubt");
    const std::vector<Json> annotators = rowsOf(store, run, "annotators");
    if (common.json) {
        const auto print = [&](const char* table, const std::vector<Json>& rows) {
            for (const Json& row : rows) {
                Json line = {{"type", "row"}, {"run", run}, {"table", table}};
                line.update(row);
                printJson(line);
            }
        };
        print("ranking", ranking);
        print("doubt", doubt);
        print("scores", rowsOf(store, run, "scores"));
        print("score_agreement", rowsOf(store, run, "score_agreement"));
        print("annotators", annotators);
        return;
    }
    TextTable table({"place", "item", "sure", "places (90 %)"});
    std::vector<std::string> names(ranking.size());
    for (const Json& row : ranking) {
        names.at(row.at("item").get<std::size_t>()) = row.at("name");
        table.add({std::to_string(row.at("position").get<int>()), row.at("name"),
                   fmt::format("{:.0f} %", 100 * row.at("confidence").get<double>()),
                   fmt::format("{} to {}", row.at("low").get<int>(), row.at("high").get<int>())});
    }
    std::fputs(table.text().c_str(), stdout);
    for (std::size_t i = 0; i < std::min(doubt.size(), kDoubtShown); ++i)
        printSentence(fmt::format("in doubt: {} above {} ({:.0f} % that it is the other way round)",
                                  names.at(doubt[i].at("above").get<std::size_t>()),
                                  names.at(doubt[i].at("below").get<std::size_t>()),
                                  100 * doubt[i].at("probability").get<double>()));
    if (doubt.size() > kDoubtShown)
        printSentence(fmt::format("{} more pairs are in doubt; --json lists them.",
                                  doubt.size() - kDoubtShown));
    if (annotators.empty())
        return;
    const auto share = [](const Json& value) {
        const auto number = numberFromJson(value);
        return number && std::isfinite(*number) ? fmt::format("{:.0f} %", 100 * *number) : "–";
    };
    TextTable people({"annotator", "answers", "agrees with the ranking", "with the others'"});
    for (const Json& row : annotators)
        people.add({row.at("annotator").get<std::string>(),
                    std::to_string(row.at("answers").get<int>()), share(row.at("consensus")),
                    share(row.at("leave_one_out"))});
    std::fputs(('\n' + people.text()).c_str(), stdout);
}

int execute(const Common& common, RunId run, const ExperimentKind& kind, const std::string& name,
            const std::string& annotator) {
    ExecuteResult result;
    {
        std::unique_ptr<RunObserver> observer;
        if (common.json)
            observer = std::make_unique<ProgressPrinter>(true, name);
        else
            observer = std::make_unique<WarningPrinter>();
        TerminalAsker asker(common.storePath(), run, common.json, annotator);
        result = executeRun(common.storePath(), run, kind, observer.get());
    }
    if (!result.message.empty())
        printSentence(result.message);
    printRanking(common, run);
    if (result.status == RunStatus::Stopped)
        printSentence(
            fmt::format("Stopped; `inlay rank active --resume {}` goes on where you left.", run));
    if (common.json)
        printJson(resultJson(result));
    return exitCode(result.status);
}

int begin(const Common& common, RankActiveArguments arguments, const ExperimentKind& kind) {
    if (!arguments.runs.empty()) {
        RunStore store = RunStore::open(common.storePath(), OpenMode::ReadWrite);
        arguments.items =
            active_ranking::writeRunCards(store, arguments.runs, findKind, arguments.curve)
                .string();
        if (arguments.name.empty())
            arguments.name = fmt::format("By eye: {} runs", arguments.runs.size());
    }
    const Launch launch = launchOf(arguments, kind);
    if (!launch.issues.empty())
        return badInput(launch.issues, common.json);
    const auto folder = std::filesystem::absolute(common.storePath()).parent_path();
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure)
        return badInput(fmt::format("{} could not be made: {}", folder.string(), failure.message()),
                        common.json);
    RunId run = 0;
    {
        RunStore store = RunStore::open(common.storePath(), OpenMode::Create);
        run = insertRunning(store, launch);
    }
    return execute(common, run, kind, launch.runs.front().name, arguments.annotator);
}

int resume(const Common& common, const std::string& reference, const std::string& annotator,
           const ExperimentKind& kind) {
    std::optional<RunRecord> record;
    {
        RunStore store = RunStore::open(common.storePath(), OpenMode::ReadWrite);
        store.markLostRuns();
        std::string problem;
        record = findRun(store, reference, problem);
        if (!record)
            return badInput(problem, common.json);
        if (record->kind != kind.id() ||
            parseJson(record->config, "a configuration").at("oracle").at("kind") != "person")
            return badInput(
                fmt::format("Run {} is no ranking by a person; `inlay resume {}` continues it.",
                            record->id, record->id),
                common.json);
        if (isActive(record->status)) {
            // Another process executes it; this one only asks.
            TerminalAsker(common.storePath(), record->id, common.json, annotator).wait();
            printRanking(common, record->id);
            return kOk;
        }
        if (record->status == RunStatus::Finished) {
            printRanking(common, record->id);
            if (common.json)
                printJson(resultJson(
                    {record->id, record->status, record->message, 0, store.metrics(record->id)}));
            return kOk;
        }
        ClaimFilter filter;
        filter.ids = {record->id};
        const bool isOurs = record->status == RunStatus::Queued
                                ? store.claimRun(filter, ProcessIdentity::current()).has_value()
                                : store.claimForResume(record->id, ProcessIdentity::current());
        if (!isOurs)
            return badInput(
                fmt::format("Run {} was started by another program just now.", record->id),
                common.json);
    }
    return execute(common, record->id, kind, record->name, annotator);
}

} // namespace

void addRankActiveCommand(CLI::App& rank, Common& common) {
    auto arguments = std::make_shared<RankActiveArguments>();
    CLI::App* active = rank.add_subcommand(
        "active", "Compare items two at a time, by key or by line, until they are ranked");
    active
        ->add_option(
            "ITEMS", arguments->items,
            "Text file with one item a line, folder of pictures, IDX file of images, or file "
            "of run cards (.json)")
        ->type_name("");
    active
        ->add_option("--run", arguments->runs,
                     "Compare recorded runs by their figures and a curve; repeat it for each")
        ->type_name("RUN")
        ->excludes("ITEMS")
        ->allow_extra_args(false);
    active
        ->add_option("--curve", arguments->curve,
                     "Series drawn on the cards of runs (the first that most have)")
        ->type_name("NAME")
        ->needs("--run");
    active->add_option("--annotator", arguments->annotator, "Who answers; kept with every answer")
        ->type_name("NAME");
    active
        ->add_option("--resume", arguments->resumed,
                     "Go on with a session: run id, or 6 or more digits of its uuid")
        ->type_name("RUN")
        ->excludes("ITEMS");
    active->add_option("--count", arguments->count, "Only the first so many items; 0 = all")
        ->type_name("N");
    active->add_option("--effort", arguments->effort, "quick, standard or thorough")
        ->type_name("EFFORT");
    active->add_option("--question", arguments->question, "What is asked")->type_name("TEXT");
    active
        ->add_option("--repeat-share", arguments->repeatShare,
                     "Share of silent repeats among the questions, 0 to 0.5")
        ->type_name("SHARE");
    addSeedOption(*active, arguments->seed, "Seed of the order of questions");
    addNameOptions(*active, arguments->name, arguments->tags, "Name of the run");
    addStoreOption(*active, common);
    addJsonOption(*active, common);
    active->callback([&common, arguments] {
        common.action = [&common, arguments] {
            const ExperimentKind& kind = *findKind("active_ranking");
            if (!arguments->resumed.empty())
                return resume(common, arguments->resumed, arguments->annotator, kind);
            if (arguments->items.empty() && arguments->runs.empty())
                return badInput("rank active needs a list of items, --run RUN twice or more, or "
                                "--resume RUN.",
                                common.json);
            return begin(common, *arguments, kind);
        };
    });
}

} // namespace inlay::app

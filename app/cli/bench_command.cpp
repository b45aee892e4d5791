#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "app/cli/command.h"
#include "app/cli/execute.h"
#include "app/cli/output.h"
#include "app/cli/progress_printer.h"
#include "app/cli/projects.h"
#include "engine/experiments/catalog.h"
#include "engine/runner/executor.h"
#include "engine/runner/launch.h"
#include "engine/schema/assignments.h"
#include "engine/store/run_store.h"

namespace inlay::app {
namespace {

using namespace engine;

struct BenchArguments {
    std::vector<std::string> families;
    std::vector<std::int64_t> sizes;
    std::optional<std::int64_t> rows;
    std::optional<std::int64_t> repeats;
    std::string pass;
    bool search = false;
    LaunchArguments launch;
};

const char* const kFamilies[] = {"stl",     "butterfly", "two_four", "low_rank", "block_diagonal",
                                 "monarch", "btt"};

/// What is measured without any filter: the sizes at which each family is usually asked about.
Json standardConfig() {
    return Json{{"sizes", {1024, 2048}},
                {"stl", {{"ranks", {16, 24, 32}}}},
                {"two_four", {{"sizes", {1536, 3072}}}},
                {"butterfly", {{"sizes", {1024, 4096}}, {"rows", 64}}},
                {"low_rank", {{"measure", false}}},
                {"block_diagonal", {{"measure", false}}},
                {"monarch", {{"measure", false}}},
                {"btt", {{"measure", false}}}};
}

Json configFrom(const BenchArguments& arguments) {
    Json config = standardConfig();
    if (!arguments.families.empty())
        for (const char* family : kFamilies)
            config[family]["measure"] =
                std::find(arguments.families.begin(), arguments.families.end(), family) !=
                arguments.families.end();
    if (!arguments.sizes.empty()) {
        config["sizes"] = arguments.sizes;
        for (const char* family : kFamilies)
            config[family].erase("sizes");
    }
    if (arguments.rows) {
        config["rows"] = *arguments.rows;
        for (const char* family : kFamilies)
            config[family].erase("rows");
    }
    if (arguments.repeats) {
        config["forward_repeats"] = *arguments.repeats;
        config["train_repeats"] = *arguments.repeats;
    }
    if (!arguments.pass.empty())
        config["passes"] = arguments.pass;
    if (arguments.search)
        config["search"] = true;
    return config;
}

std::string milliseconds(const Json& row, const char* key) {
    const auto value = numberFromJson(row.at(key));
    return value ? fmt::format("{:.4g} ms", *value * 1e3) : "–";
}

std::string percent(const Json& row, const char* key) {
    const auto value = numberFromJson(row.at(key));
    return value ? fmt::format("{:.0f} %", *value * 100) : "–";
}

void printRows(RunStore& store, RunId run, bool json) {
    TextTable table({"Layer", "Rows", "In", "Out", "Pass", "Measured", "Dense", "Speed-up",
                     "By count", "GFLOP/s", "Roofline", "Predicted"});
    for (const ResultRow& stored : store.resultRows(run, "bench")) {
        const Json row = parseJson(stored.data, "a row of bench");
        if (json) {
            Json line = {{"type", "row"}};
            line.update(row);
            printJson(line);
            continue;
        }
        const auto number = [&](const char* key) {
            return numberFromJson(row.at(key)).value_or(0);
        };
        table.add({row.at("label").get<std::string>(), row.at("rows").dump(), row.at("in").dump(),
                   row.at("out").dump(), row.at("pass").get<std::string>(),
                   milliseconds(row, "median_s"), milliseconds(row, "dense_median_s"),
                   fmt::format("{:.2f}×", number("speedup")),
                   fmt::format("{:.2f}×", number("dense_multiply_adds") / number("multiply_adds")),
                   fmt::format("{:.1f}", number("flops_per_s") * 1e-9),
                   percent(row, "roofline_share"), milliseconds(row, "predicted_s")});
    }
    TextTable breakEven({"Layer", "Break-even size"});
    bool searched = false;
    for (const ResultRow& stored : store.resultRows(run, "break_even")) {
        const Json row = parseJson(stored.data, "a row of break_even");
        searched = true;
        if (json) {
            Json line = {{"type", "row"}, {"pass", "break_even"}};
            line.update(row);
            printJson(line);
        }
        breakEven.add({row.at("label").get<std::string>(),
                       row.at("size").is_null()
                           ? fmt::format("none up to {}", row.at("searched_up_to").dump())
                           : row.at("size").dump()});
    }
    if (json)
        return;
    std::fputs(table.text().c_str(), stdout);
    if (searched)
        std::fputs(("\n" + breakEven.text()).c_str(), stdout);
}

int benchOperators(const Common& common, const BenchArguments& arguments) {
    const ExperimentKind& kind = *findKind("bench");
    ProjectFile project;
    project.folder = std::filesystem::current_path().string();
    project.kind = kind.id();
    project.version = kind.version();
    project.title = "Operator bench";
    project.threads = 1;
    project.config = configFrom(arguments);
    ParsedAssignments sets = parseAssignments(arguments.launch.sets);
    if (sets.issues.empty())
        sets.issues = assignToProject(project, kind.schema(), sets.assignments, project.folder);
    if (!sets.issues.empty())
        return badInput(sets.issues, common.json);
    const Launch launch =
        prepareLaunch(project, "", kind,
                      {arguments.launch.device, arguments.launch.threads, arguments.launch.seed,
                       arguments.launch.name, arguments.launch.tags});
    if (!launch.issues.empty())
        return badInput(launch.issues, common.json);
    RunStore store = openStoreForRuns(common);
    const RunId run = insertRunning(store, launch);
    ExecuteResult result;
    {
        ProgressPrinter printer(common.json, launch.runs.front().name);
        result = executeRun(common.storePath(), run, kind, &printer);
    }
    printRows(store, run, common.json);
    if (!result.message.empty())
        printSentence(result.message);
    if (common.json)
        printJson(resultJson(result));
    return exitCode(result.status);
}

} // namespace

void addBenchCommand(CLI::App& program, Common& common) {
    CLI::App* bench =
        program.add_subcommand("bench", "Time layers beside dense ones of the same shape");
    bench->require_subcommand(1);
    auto arguments = std::make_shared<BenchArguments>();
    CLI::App* operators = bench->add_subcommand(
        "operators",
        "Layers beside the dense one, forward and training step. By default STL at 1024 "
        "and 2048 cubed, 2:4 at 1536 and 3072 cubed and butterflies of 1024 and 4096 "
        "with 64 rows, one thread; other families by --family");
    operators
        ->add_option("--family", arguments->families,
                     "stl, butterfly, two_four, low_rank, block_diagonal, monarch or btt; may be "
                     "repeated")
        ->check(CLI::IsMember(
            {"stl", "butterfly", "two_four", "low_rank", "block_diagonal", "monarch", "btt"}))
        ->type_name("FAMILY")
        ->allow_extra_args(false);
    operators
        ->add_option("--size", arguments->sizes,
                     "Width of square layers for all families; may be repeated")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{32768}))
        ->type_name("N")
        ->allow_extra_args(false);
    operators->add_option("--rows", arguments->rows, "Rows for all families; 0 = as many as inputs")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 20))
        ->type_name("N");
    operators->add_option("--pass", arguments->pass, "forward, train or both")
        ->check(CLI::IsMember({"forward", "train", "both"}))
        ->type_name("PASS");
    operators
        ->add_option("--repeats", arguments->repeats,
                     "Timed calls of each pass, in turns with the dense layer; the speed-up is the "
                     "median of the ratios of neighbors")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1000}))
        ->type_name("N");
    operators->add_flag("--search", arguments->search, "Find the break-even sizes too");
    addLaunchOptions(*operators, arguments->launch);
    addStoreOption(*operators, common);
    addJsonOption(*operators, common);
    operators->callback([&common, arguments] {
        common.action = [&common, arguments] {
            return benchOperators(common, *arguments);
        };
    });
}

} // namespace inlay::app

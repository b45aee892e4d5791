#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "app/cli/cluster_commands.h"
#include "app/cli/command.h"
#include "app/cli/projects.h"
#include "app/cli/run_into_folder.h"
#include "engine/experiments/catalog.h"
#include "engine/schema/assignments.h"

namespace inlay::app {
namespace {

using namespace engine;
namespace fs = std::filesystem;

struct StreamArguments {
    std::string file;
    std::optional<std::int64_t> k;
    std::string memory;
    std::string algorithm;
    std::vector<std::int64_t> skipColumns;
    bool dropBadRows = false;
    std::string output;
    LaunchArguments launch;
};

int clusterStream(const Common& common, const StreamArguments& arguments) {
    const ExperimentKind& kind = *findKind("streaming_kmeans");
    ProjectFile project;
    project.folder = fs::current_path().string();
    project.kind = kind.id();
    project.version = kind.version();
    project.title = arguments.file == "-"
                        ? "Clusters of a pipe"
                        : "Clusters of " + fs::path(arguments.file).filename().string();
    Json source = {{"kind", "table"},
                   {"path", arguments.file == "-"
                                ? std::string("/dev/stdin")
                                : fs::absolute(arguments.file).lexically_normal().string()},
                   {"bad_rows", arguments.dropBadRows ? "drop" : "refuse"}};
    if (!arguments.skipColumns.empty())
        source["skip_columns"] = arguments.skipColumns;
    project.config = Json{{"source", source}};
    std::vector<Assignment> sets;
    if (arguments.k)
        sets.push_back({"k", *arguments.k});
    if (!arguments.memory.empty())
        sets.push_back({"memory", arguments.memory});
    if (!arguments.algorithm.empty())
        sets.push_back({"algorithm", arguments.algorithm});
    return runIntoFolder(common, kind, std::move(project), std::move(sets), arguments.launch,
                         arguments.output);
}

} // namespace

void addClusterStreamCommand(CLI::App& cluster, Common& common) {
    auto arguments = std::make_shared<StreamArguments>();
    CLI::App* stream = cluster.add_subcommand(
        "stream", "Find k centers of a table in one pass and bounded memory (streaming k-means)");
    stream
        ->add_option("FILE", arguments->file, "CSV, TSV, NPY or IDX, also gzipped; - reads a pipe")
        ->required()
        ->type_name("");
    stream->add_option("--k", arguments->k, "Centers")->type_name("N");
    stream
        ->add_option("--memory", arguments->memory,
                     "Points that may be held (20000), or bytes (64MB)")
        ->type_name("SIZE");
    stream
        ->add_option("--algorithm", arguments->algorithm,
                     "dc1, dc2, multi_level, lloyd, seeding, online or mini_batch")
        ->type_name("NAME");
    stream
        ->add_option("--skip-column", arguments->skipColumns,
                     "Number (from 1) of a column to leave out; may be repeated")
        ->type_name("N")
        ->allow_extra_args(false);
    stream->add_flag("--drop-bad-rows", arguments->dropBadRows,
                     "Leave out rows with NaN, infinities or empty cells");
    stream
        ->add_option("--output", arguments->output,
                     "Folder for centers.csv, centers.npy and the assignments")
        ->type_name("DIR");
    addLaunchOptions(*stream, arguments->launch);
    addStoreOption(*stream, common);
    addJsonOption(*stream, common);
    stream->callback([&common, arguments] {
        common.action = [&common, arguments] {
            return clusterStream(common, *arguments);
        };
    });
}

} // namespace inlay::app

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "app/cli/command.h"
#include "app/cli/projects.h"
#include "app/cli/run_into_folder.h"
#include "engine/experiments/catalog.h"
#include "engine/schema/assignments.h"

namespace inlay::app {
namespace {

using namespace engine;
namespace fs = std::filesystem;

struct EmbedArguments {
    std::string file;
    std::string projection = "tsne";
    std::optional<std::int64_t> dimension;
    std::optional<double> perplexity;
    std::optional<std::int64_t> neighbors;
    std::optional<std::int64_t> iterations;
    std::optional<std::int64_t> count;
    std::string labels;
    std::string labelColumn;
    std::string vectorColumn;
    std::string array;
    std::string badValues;
    bool standardize = false;
    std::string output;
    LaunchArguments launch;
};

/// What the options set, in the keys of the kind.
std::vector<Assignment> assignmentsOf(const EmbedArguments& arguments) {
    std::vector<Assignment> sets = {{"projection.kind", arguments.projection}};
    const auto text = [&](const char* key, const std::string& value) {
        if (!value.empty())
            sets.push_back({key, value});
    };
    const auto number = [&](const char* key, const auto& value) {
        if (value)
            sets.push_back({key, *value});
    };
    number("projection.dimension", arguments.dimension);
    number("projection.perplexity", arguments.perplexity);
    number("projection.neighbors", arguments.neighbors);
    number(arguments.projection == "umap" ? "projection.epochs" : "projection.iterations",
           arguments.iterations);
    number("count", arguments.count);
    if (!arguments.labels.empty())
        sets.push_back(
            {"source.labels", fs::absolute(arguments.labels).lexically_normal().string()});
    text("source.label_column", arguments.labelColumn);
    text("source.vector_column", arguments.vectorColumn);
    text("source.array", arguments.array);
    text("source.bad_values", arguments.badValues);
    if (arguments.standardize)
        sets.push_back({"scaling", "standardize"});
    return sets;
}

int embed(const Common& common, const EmbedArguments& arguments) {
    const ExperimentKind& kind = *findKind("embed");
    ProjectFile project;
    project.folder = fs::current_path().string();
    project.kind = kind.id();
    project.version = kind.version();
    project.title = "Picture of " + fs::path(arguments.file).filename().string();
    project.config = Json{
        {"source",
         {{"kind", "table"}, {"path", fs::absolute(arguments.file).lexically_normal().string()}}}};
    std::vector<Assignment> sets = assignmentsOf(arguments);
    return runIntoFolder(common, kind, std::move(project), std::move(sets), arguments.launch,
                         arguments.output);
}

} // namespace

void addEmbedCommand(CLI::App& program, Common& common) {
    auto arguments = std::make_shared<EmbedArguments>();
    CLI::App* command =
        program.add_subcommand("embed", "Lay the vectors of a table out in a picture, and say what "
                                        "of their neighborhoods it keeps");
    command
        ->add_option("FILE", arguments->file,
                     "CSV, TSV, NPY, NPZ or IDX; a column may hold vectors in brackets")
        ->required()
        ->type_name("");
    command->add_option("--project", arguments->projection, "pca, tsne or umap; default tsne")
        ->type_name("NAME");
    command->add_option("--dimension", arguments->dimension, "Of the picture: 2 or 3")
        ->type_name("N");
    command->add_option("--perplexity", arguments->perplexity, "Of t-SNE")->type_name("P");
    command->add_option("--neighbors", arguments->neighbors, "Of UMAP")->type_name("N");
    command->add_option("--iterations", arguments->iterations, "Of t-SNE, or epochs of UMAP")
        ->type_name("N");
    command->add_option("--count", arguments->count, "Points used, chosen at random")
        ->type_name("N");
    command
        ->add_option("--labels", arguments->labels,
                     "A label a row: IDX, NPY, lines of text, or the Projector's metadata.tsv")
        ->type_name("FILE");
    command->add_option("--label-column", arguments->labelColumn, "Title or number (from 1)")
        ->type_name("COLUMN");
    command->add_option("--vector-column", arguments->vectorColumn, "Title or number (from 1)")
        ->type_name("COLUMN");
    command->add_option("--array", arguments->array, "Of an NPZ file")->type_name("NAME");
    command
        ->add_option("--bad-values", arguments->badValues,
                     "What NaN and infinities do: stop, drop (rows) or zero")
        ->type_name("WHAT");
    command->add_flag("--standardize", arguments->standardize,
                      "Gives each column mean 0 and variance 1 first");
    command
        ->add_option("--output", arguments->output,
                     "Folder for layout.csv, layout.npy and the Projector's layout.tsv and "
                     "metadata.tsv")
        ->type_name("DIR");
    addLaunchOptions(*command, arguments->launch);
    addStoreOption(*command, common);
    addJsonOption(*command, common);
    command->callback([&common, arguments] {
        common.action = [&common, arguments] {
            return embed(common, *arguments);
        };
    });
}

} // namespace inlay::app

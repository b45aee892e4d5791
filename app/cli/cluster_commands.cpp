#include "app/cli/cluster_commands.h"

#include "app/cli/command.h"

namespace inlay::app {

void addClusterCommands(CLI::App& program, Common& common) {
    CLI::App* cluster =
        program.add_subcommand("cluster", "Cluster the points or the graph of a file, or a pipe");
    cluster->require_subcommand(1);
    addClusterStreamCommand(*cluster, common);
    addClusterGraphCommand(*cluster, common);
}

} // namespace inlay::app

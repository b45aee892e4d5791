#include "app/cli/rank_commands.h"

namespace inlay::app {

void addRankCommands(CLI::App& program, Common& common) {
    CLI::App* rank = program.add_subcommand(
        "rank", "Rank items: regret of online algorithms, scores of comparisons");
    rank->require_subcommand(1);
    addRankOnline(*rank, common);
    addRankFit(*rank, common);
    CLI::App* rank = program.add_subcommand("rank", "Rank items from preferences");
    rank->require_subcommand(1);
    addRankActiveCommand(*rank, common);
}

} // namespace inlay::app

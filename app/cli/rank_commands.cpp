#include "app/cli/rank_commands.h"

namespace inlay::app {

void addRankCommands(CLI::App& program, Common& common) {
    CLI::App* rank =
        program.add_subcommand("rank", "Rank items: by regret, by comparisons, or by asking you");
    rank->require_subcommand(1);
    addRankOnline(*rank, common);
    addRankFit(*rank, common);
    addRankConvert(*rank, common);
    addRankActiveCommand(*rank, common);
    addRankColumn(*rank, common);
}

} // namespace inlay::app

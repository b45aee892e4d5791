#include <memory>

#include <fmt/format.h>

#include "app/cli/output.h"
#include "app/cli/rank_commands.h"
#include "app/cli/run_reference.h"
#include "engine/experiments/active_ranking/place_column.h"

namespace inlay::app {
namespace {

struct ColumnArguments {
    std::string session;
    std::string name;
};

int rankColumn(const Common& common, const ColumnArguments& arguments) {
    engine::RunStore store =
        engine::RunStore::open(common.storePath(), engine::OpenMode::ReadWrite);
    std::string problem;
    const auto session = findRun(store, arguments.session, problem);
    if (!session)
        return badInput(problem, common.json);
    const auto column =
        engine::active_ranking::writePlaceColumn(store, session->id, arguments.name);
    for (const std::string& sentence : column.leftOut)
        printSentence(sentence + '.');
    if (!common.json) {
        printSentence(fmt::format("{} now {} a place as {}.",
                                  counted(column.places.size(), "run", "runs"),
                                  column.places.size() == 1 ? "has" : "have", column.metric));
        return kOk;
    }
    engine::Json places = engine::Json::array();
    for (const auto& place : column.places)
        places.push_back({{"run", place.run}, {"place", place.place}});
    printJson({{"metric", column.metric}, {"places", places}, {"left_out", column.leftOut}});
    return kOk;
}

} // namespace

void addRankColumn(CLI::App& rank, Common& common) {
    auto arguments = std::make_shared<ColumnArguments>();
    CLI::App* column = rank.add_subcommand(
        "column",
        "Give runs that were ranked by eye their place as a result, a column of the runs");
    column
        ->add_option("SESSION", arguments->session,
                     "The ranking: run id, or 6 or more digits of its uuid")
        ->required()
        ->type_name("");
    column
        ->add_option("--name", arguments->name,
                     "Name of the column behind by_eye/ (the session's id)")
        ->type_name("NAME");
    addStoreOption(*column, common);
    addJsonOption(*column, common);
    column->callback([&common, arguments] {
        common.action = [&common, arguments] {
            return rankColumn(common, *arguments);
        };
    });
}

} // namespace inlay::app

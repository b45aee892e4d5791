#include <memory>

#include "app/cli/output.h"
#include "app/cli/rank_commands.h"
#include "engine/interop/ranking_convert.h"

namespace inlay::app {
namespace {

struct ConvertArguments {
    std::string from;
    std::string to;
    std::string unranked = "ignore";
};

int rankConvert(const Common& common, const ConvertArguments& arguments) {
    const std::vector<std::string> warnings = engine::convertRanking(
        arguments.from, arguments.to,
        arguments.unranked == "below" ? engine::Unranked::Below : engine::Unranked::Incomparable);
    for (const std::string& warning : warnings)
        printSentence(warning);
    if (common.json)
        printJson({{"file", arguments.to}, {"warnings", warnings}});
    return kOk;
}

} // namespace

void addRankConvert(CLI::App& rank, Common& common) {
    auto arguments = std::make_shared<ConvertArguments>();
    CLI::App* convert = rank.add_subcommand(
        "convert", "Write rankings or comparisons in another format, named by the ending");
    convert
        ->add_option("FILE", arguments->from,
                     "CSV of comparisons, or PrefLib: .soc .soi .toc .toi .cat .wmd .pwg")
        ->required()
        ->type_name("");
    convert->add_option("OUT", arguments->to, "The file to write; its ending is the format")
        ->required()
        ->type_name("");
    convert
        ->add_option("--unranked", arguments->unranked,
                     "Alternatives that an order leaves out: ignore, or below (tied at the end)")
        ->check(CLI::IsMember({"ignore", "below"}))
        ->type_name("RULE");
    addJsonOption(*convert, common);
    convert->callback([&common, arguments] {
        common.action = [&common, arguments] {
            return rankConvert(common, *arguments);
        };
    });
}

} // namespace inlay::app

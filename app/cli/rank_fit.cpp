#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include "app/cli/output.h"
#include "app/cli/rank_commands.h"
#include "engine/analysis/ranking/bradley_terry.h"
#include "engine/analysis/ranking/rank_statistics.h"
#include "engine/base/error.h"
#include "engine/interop/comparison_file.h"
#include "engine/interop/csv.h"

namespace inlay::app {
namespace {

using namespace engine;

// A step of the fit takes n^3 operations and n^2 numbers.
constexpr std::size_t kMostItems = 5000;
constexpr std::size_t kMostNamed = 5;

struct FitArguments {
    std::string file;
    BradleyTerryOptions options;
    EloOptions elo;
    int bootstrap = 0;
    std::int64_t seed = 1;
    std::string unranked = "ignore";
    bool persistent = false;
    std::string folder;
};

struct Fitted {
    ComparisonTable table;
    std::int64_t voters = 0; // of a PrefLib file
    std::vector<std::string> warnings;
    PairCounts counts;
    BradleyTerryFit fit;
    std::optional<Intervals> bootstrap;
    std::vector<double> elo;
    std::vector<double> borda;
    std::vector<double> copeland;
    std::vector<std::size_t> order; // best first
};

void readTable(const FitArguments& arguments, Fitted& fitted) {
    ComparisonFile read = readComparisonFile(
        arguments.file, arguments.unranked == "below" ? Unranked::Below : Unranked::Incomparable);
    fitted.table = std::move(read.table);
    fitted.voters = read.voters;
    fitted.warnings = std::move(read.warnings);
}

std::string groupText(const std::vector<std::string>& items,
                      const std::vector<std::int32_t>& group) {
    std::string text;
    for (std::size_t i = 0; i < std::min(group.size(), kMostNamed); ++i)
        text += (i ? ", " : "") + items[static_cast<std::size_t>(group[i])];
    return group.size() > kMostNamed
               ? fmt::format("{} and {} more", text, group.size() - kMostNamed)
               : text;
}

// What makes scores of different groups hard to compare.
void warnOfGroups(Fitted& fitted) {
    const auto say = [&](const char* what, const ItemGroups& groups) {
        std::string text = fmt::format("{}: {} groups (", what, groups.size());
        for (std::size_t i = 0; i < std::min(groups.size(), kMostNamed); ++i)
            text += (i ? "; " : "") + groupText(fitted.table.items, groups[i]);
        fitted.warnings.push_back(text + (groups.size() > kMostNamed ? "; …)" : ")"));
    };
    const ItemGroups connected = connectedGroups(fitted.counts);
    if (connected.size() > 1) {
        say("the comparisons are not connected, scores of different groups cannot be compared",
            connected);
        return;
    }
    const ItemGroups strong = winConnectedGroups(fitted.counts);
    if (strong.size() > 1)
        say("the comparisons are not connected by wins, the penalty decides how far apart the "
            "groups are",
            strong);
}

Json rowOf(const Fitted& fitted, std::size_t rank) {
    const std::size_t item = fitted.order[rank];
    Json row = {{"type", "row"},
                {"rank", rank + 1},
                {"item", fitted.table.items[item]},
                {"score", fitted.fit.scores[item]},
                {"ci_lo", fitted.fit.low[item]},
                {"ci_hi", fitted.fit.high[item]},
                {"elo", fitted.elo[item]},
                {"borda", fitted.borda[item]},
                {"copeland", fitted.copeland[item]}};
    if (fitted.bootstrap) {
        row["bootstrap_lo"] = fitted.bootstrap->low[item];
        row["bootstrap_hi"] = fitted.bootstrap->high[item];
    }
    return row;
}

Json agreementJson(const Fitted& fitted) {
    Json agreement = Json::object();
    for (const auto& [name, scores] :
         {std::pair("elo", &fitted.elo), std::pair("borda", &fitted.borda),
          std::pair("copeland", &fitted.copeland)})
        agreement[name] = {{"kendall", jsonNumber(kendallTau(fitted.fit.scores, *scores))},
                           {"spearman", jsonNumber(spearmanRho(fitted.fit.scores, *scores))},
                           {"footrule", footrule(fitted.fit.scores, *scores)}};
    return agreement;
}

void writeText(const std::filesystem::path& path, const std::string& text) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    if (!file)
        throw Error(fmt::format("{} cannot be written.", path.string()));
}

// The ranking by score as one voter's order; equal scores are tied.
PreflibFile orderOf(const Fitted& fitted) {
    PreflibFile file;
    file.metadata = emptyPreflibMetadata();
    file.alternatives = fitted.table.items;
    PreflibOrder order;
    for (const std::size_t item : fitted.order) {
        const bool isTied =
            !order.groups.empty() &&
            fitted.fit.scores[static_cast<std::size_t>(order.groups.back().back())] ==
                fitted.fit.scores[item];
        if (!isTied)
            order.groups.emplace_back();
        order.groups.back().push_back(static_cast<std::int32_t>(item));
    }
    file.orders.push_back(std::move(order));
    file.type = file.contentType();
    setMetadata(file.metadata, "FILE NAME", fmt::format("ranking.{}", nameOf(file.type)));
    setMetadata(file.metadata, "MODIFICATION TYPE", "induced");
    return file;
}

// What a pairwise graph says of its voters; 0 where it cannot hold the comparisons.
std::int64_t wholeVoters(const Fitted& fitted) {
    std::int64_t sum = 0;
    for (const Comparison& row : fitted.table.rows) {
        if (row.outcome == Outcome::Tie || row.outcome == Outcome::Skip ||
            row.weight != std::floor(row.weight))
            return 0;
        sum += std::llround(row.weight);
    }
    return fitted.voters > 0 ? fitted.voters : sum;
}

void exportTo(const std::string& folder, const Fitted& fitted) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure)
        throw Error(fmt::format("{} could not be made: {}", folder, failure.message()));
    std::string ranking = "rank,item,score,ci_lo,ci_hi\n";
    for (std::size_t rank = 0; rank < fitted.order.size(); ++rank) {
        const std::size_t item = fitted.order[rank];
        ranking += fmt::format("{},{},{},{},{}\n", rank + 1, csvText(fitted.table.items[item]),
                               csvNumber(fitted.fit.scores[item]), csvNumber(fitted.fit.low[item]),
                               csvNumber(fitted.fit.high[item]));
    }
    const std::filesystem::path target(folder);
    writeText(target / "ranking.csv", ranking);
    writeText(target / "comparisons.csv", comparisonsCsv(fitted.table));
    const PreflibFile order = orderOf(fitted);
    writeText(target / fmt::format("ranking.{}", nameOf(order.type)), preflibText(order));
    if (const std::int64_t voters = wholeVoters(fitted); voters > 0)
        writeText(target / "comparisons.pwg", pairwiseText(fitted.table, voters));
}

void print(const Fitted& fitted, const FitArguments& arguments) {
    const std::string percent = fmt::format("{:g} %", 100 * arguments.options.confidence);
    std::vector<std::string> headers = {"Rank", "Item", "Score", percent + " from",
                                        "to",   "Elo",  "Borda", "Copeland"};
    if (fitted.bootstrap) {
        headers.emplace_back("Bootstrap from");
        headers.emplace_back("to");
    }
    TextTable table(std::move(headers));
    for (std::size_t rank = 0; rank < fitted.order.size(); ++rank) {
        const std::size_t i = fitted.order[rank];
        std::vector<std::string> cells = {std::to_string(rank + 1),
                                          fitted.table.items[i],
                                          fmt::format("{:.4f}", fitted.fit.scores[i]),
                                          fmt::format("{:.4f}", fitted.fit.low[i]),
                                          fmt::format("{:.4f}", fitted.fit.high[i]),
                                          fmt::format("{:.1f}", fitted.elo[i]),
                                          fmt::format("{:g}", fitted.borda[i]),
                                          fmt::format("{:g}", fitted.copeland[i])};
        if (fitted.bootstrap) {
            cells.push_back(fmt::format("{:.4f}", fitted.bootstrap->low[i]));
            cells.push_back(fmt::format("{:.4f}", fitted.bootstrap->high[i]));
        }
        table.add(std::move(cells));
    }
    std::fputs(table.text().c_str(), stdout);
    TextTable agreement({"Against the scores", "Kendall", "Spearman", "Footrule"});
    for (const auto& [name, scores] :
         {std::pair("Elo", &fitted.elo), std::pair("Borda", &fitted.borda),
          std::pair("Copeland", &fitted.copeland)})
        agreement.add({name, fmt::format("{:.4f}", kendallTau(fitted.fit.scores, *scores)),
                       fmt::format("{:.4f}", spearmanRho(fitted.fit.scores, *scores)),
                       fmt::format("{:g}", footrule(fitted.fit.scores, *scores))});
    std::fputs(("\n" + agreement.text()).c_str(), stdout);
}

int rankFit(const Common& common, const FitArguments& arguments) {
    Fitted fitted;
    readTable(arguments, fitted);
    if (fitted.table.items.size() > kMostItems)
        return badInput(fmt::format("{} has {} items, allowed are {}", arguments.file,
                                    fitted.table.items.size(), kMostItems),
                        common.json);
    if (arguments.persistent)
        if (const auto found = contradictions(fitted.table); !found.empty())
            return badInput(fmt::format("{} contradicts itself, which --persistent does not allow: "
                                        "{}",
                                        arguments.file, fmt::join(found, ", ")),
                            common.json);
    fitted.counts = countPairs(fitted.table);
    if (fitted.counts.pairs.empty())
        return badInput(fmt::format("{} compares nothing: every row is a skip", arguments.file),
                        common.json);
    warnOfGroups(fitted);
    fitted.fit = fitBradleyTerry(fitted.counts, arguments.options);
    if (!fitted.fit.converged)
        throw Error(fmt::format("the fit did not converge in {} steps; a larger --ridge helps",
                                fitted.fit.steps));
    if (arguments.bootstrap > 0)
        fitted.bootstrap =
            bootstrapBradleyTerry(fitted.counts, arguments.options, arguments.bootstrap,
                                  static_cast<std::uint64_t>(arguments.seed));
    fitted.elo = eloRatings(fitted.table, arguments.elo);
    fitted.borda = bordaCounts(fitted.counts);
    fitted.copeland = copelandScores(fitted.counts);
    fitted.order.resize(fitted.table.items.size());
    std::iota(fitted.order.begin(), fitted.order.end(), std::size_t{0});
    std::stable_sort(fitted.order.begin(), fitted.order.end(), [&](std::size_t a, std::size_t b) {
        return fitted.fit.scores[a] > fitted.fit.scores[b];
    });
    for (const std::string& warning : fitted.warnings)
        printSentence(warning);
    if (!arguments.folder.empty())
        exportTo(arguments.folder, fitted);
    if (!common.json) {
        print(fitted, arguments);
        return kOk;
    }
    for (std::size_t rank = 0; rank < fitted.order.size(); ++rank)
        printJson(rowOf(fitted, rank));
    printJson({{"items", fitted.table.items.size()},
               {"comparisons", fitted.table.rows.size()},
               {"ridge", arguments.options.ridge},
               {"confidence", arguments.options.confidence},
               {"log_likelihood", fitted.fit.logLikelihood},
               {"steps", fitted.fit.steps},
               {"agreement", agreementJson(fitted)},
               {"warnings", fitted.warnings}});
    return kOk;
}

} // namespace

void addRankFit(CLI::App& rank, Common& common) {
    auto arguments = std::make_shared<FitArguments>();
    CLI::App* fit = rank.add_subcommand(
        "fit", "Scores of compared items: Bradley-Terry with intervals, Elo, Borda, Copeland");
    fit->add_option("COMPARISONS", arguments->file,
                    "CSV (winner,loser or left,right,outcome or model_a,model_b,winner), "
                    "or PrefLib: .soc .soi .toc .toi .cat .pwg")
        ->required()
        ->type_name("");
    fit->add_option("--ridge", arguments->options.ridge,
                    "Penalty: ridge * sum of score^2 (1e-6; 0 where all are connected by wins)")
        ->check(CLI::Range(0.0, 1e6))
        ->type_name("R");
    fit->add_option("--confidence", arguments->options.confidence, "Of the intervals (0.95)")
        ->check(CLI::Range(0.01, 0.9999))
        ->type_name("P");
    fit->add_option("--bootstrap", arguments->bootstrap,
                    "Intervals from so many fits to comparisons drawn again")
        ->check(CLI::Range(0, 100000))
        ->type_name("N");
    fit->add_option("--seed", arguments->seed, "Of the bootstrap")
        ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 53))
        ->type_name("N");
    fit->add_option("--unranked", arguments->unranked,
                    "Alternatives that an order leaves out: ignore (no comparison) or below")
        ->check(CLI::IsMember({"ignore", "below"}))
        ->type_name("RULE");
    fit->add_flag("--persistent", arguments->persistent,
                  "Refuse comparisons that contradict each other");
    fit->add_option("--elo-k", arguments->elo.k, "Step of Elo (4)")
        ->check(CLI::Range(1e-6, 1000.0))
        ->type_name("K");
    fit->add_option(
           "--export", arguments->folder,
           "Write ranking.csv, ranking.soc (.toc with ties), comparisons.csv and, where weights "
           "are whole, comparisons.pwg there")
        ->type_name("DIR");
    addJsonOption(*fit, common);
    fit->callback([&common, arguments] {
        common.action = [&common, arguments] {
            return rankFit(common, *arguments);
        };
    });
}

} // namespace inlay::app

#include "engine/experiments/active_ranking/active_ranking_schema.h"

#include <algorithm>
#include <cmath>

#include "engine/experiments/active_ranking/noise_schema.h"

namespace inlay::engine::active_ranking {
namespace {

// A label matrix has items^2 bytes, and OPT^ is sought on it.
constexpr double kMostItems = 5000;

Schema<SimulatedOracle> simulatedSchema() {
    Schema<SimulatedOracle> schema;
    schema.field("items", &SimulatedOracle::items)
        .title("Items")
        .help("How many are ranked.")
        .range(2, kMostItems);
    schema.variant("noise", &SimulatedOracle::noise, noiseAlternatives())
        .title("Noise")
        .help("How labels differ from the hidden true order. A label stays what it is when it is "
              "asked for again.");
    return schema;
}

Schema<FileOracle> fileSchema() {
    Schema<FileOracle> schema;
    schema.field("comparisons", &FileOracle::comparisons)
        .title("Comparisons")
        .help("A CSV file with the columns winner,loser or left,right,outcome, or a PrefLib file "
              "(.soc .soi .toc .toi .cat .pwg). The label of a pair is the majority of its "
              "comparisons; a pair without one cannot be bought.")
        .path(PathKind::File)
        .required();
    schema.field("strict", &FileOracle::strict)
        .title("One answer a pair")
        .help("Refuses a file in which a pair was answered both ways.");
    return schema;
}

Schema<PersonOracle> personSchema() {
    Schema<PersonOracle> schema;
    schema.field("items", &PersonOracle::items)
        .title("Items")
        .help("A text file with one item a line, a folder of pictures, an IDX file of images, or a "
              "file of cards of recorded runs (.json).")
        .path(PathKind::FileOrDirectory)
        .required();
    schema.field("count", &PersonOracle::count)
        .title("First items")
        .help("Only the first so many items; 0 = all of them. At most 200; beyond 60 it takes "
              "hours.")
        .range(0, 200);
    schema.field("question", &PersonOracle::question)
        .title("Question")
        .help("Shown above the two items.");
    schema.field("effort", &PersonOracle::effort)
        .title("Effort")
        .help("How many questions there are.")
        .choices({{Effort::Quick, "quick", "Quick", "A sort only: about n log2 n - 1.25 n."},
                  {Effort::Standard, "standard", "Standard", "2 n ln n, at most all pairs."},
                  {Effort::Thorough, "thorough", "Thorough", "6 n ln n, at most all pairs."}});
    schema.field("repeat_share", &PersonOracle::repeatShare)
        .title("Silent repeats")
        .help("Share of the questions that ask an earlier pair again with sides swapped, to see "
              "how steady the answers are.")
        .range(0, 0.5);
    return schema;
}

Schema<BudgetByItems> byItemsSchema() {
    Schema<BudgetByItems> schema;
    schema.field("factor", &BudgetByItems::factor)
        .title("Times n ln n")
        .help("Labels bought = factor x n ln n, at most all pairs.")
        .range(0.5, 64);
    return schema;
}

Schema<BudgetAbsolute> absoluteSchema() {
    Schema<BudgetAbsolute> schema;
    schema.field("labels", &BudgetAbsolute::labels)
        .title("Labels")
        .help("More than there are pairs means all pairs.")
        .range(1, 12497500);
    return schema;
}

Schema<StrategySet> strategySchema() {
    Schema<StrategySet> schema;
    schema.field("active_ring", &StrategySet::activeRing)
        .title("ActiveRing")
        .help(
            "A sort, then pairs at dyadic distances of the current ranking, re-solved in rounds.");
    schema.field("uniform", &StrategySet::uniform)
        .title("Uniform pairs")
        .help("Pairs at random, then the ranking that contradicts the fewest labels.");
    schema.field("quick_sort", &StrategySet::quickSort)
        .title("QuickSort")
        .help("On its own; at most three times the smallest loss in expectation.");
    schema.field("merge_sort", &StrategySet::mergeSort)
        .title("MergeSort")
        .help("On its own; the fewest labels.");
    schema.field("sample_and_rank", &StrategySet::sampleAndRank)
        .title("SampleAndRank")
        .help("The published method, with constants that are ours: to 500 items, to show what it "
              "costs.");
    schema.check([](const StrategySet& set, std::vector<Issue>& issues) {
        if (chosenStrategies(set).empty())
            issues.push_back({"active_ring", "no strategy is chosen; at least one must be on"});
    });
    return schema;
}

Schema<RingOptions> ringSchema() {
    Schema<RingOptions> schema;
    schema.field("init", &RingOptions::init)
        .title("First ranking")
        .help("The sort that ActiveRing begins with.")
        .choices({{InitialSort::MergeSort, "merge_sort", "MergeSort", "Fewest labels."},
                  {InitialSort::QuickSort, "quick_sort", "QuickSort",
                   "Slightly better from 4 n ln n labels on."}});
    schema.field("rounds", &RingOptions::rounds)
        .title("Rounds")
        .help("How often the ranking is re-solved while the budget is spent.")
        .range(1, 100);
    schema.field("sweeps", &RingOptions::sweeps)
        .title("Sweeps")
        .help("Cap of a solve: passes over all items.")
        .range(1, 1000)
        .advanced();
    schema.field("weighted", &RingOptions::weighted)
        .title("Importance weights")
        .help(
            "Weighs a label by one over its probability, as in the theory: unbiased, and worse at "
            "budgets that matter.")
        .advanced();
    schema.field("stop_gain", &RingOptions::stopGain)
        .title("Stop below")
        .help("Ends when a round gains less than this share of the labels; 0 = never.")
        .range(0, 1)
        .advanced();
    return schema;
}

Schema<LiteralConfig> literalSchema() {
    Schema<LiteralConfig> schema;
    schema.field("epsilon", &LiteralConfig::epsilon)
        .title("Epsilon")
        .help("The regret aimed for, as a share of the smallest loss.")
        .range(0.05, 1);
    const auto constant = [&](const char* key, double LiteralConfig::*member, const char* help) {
        schema.field(key, member).title(key).help(help).range(1e-3, 1e3).logScale().advanced();
    };
    constant("c1", &LiteralConfig::c1, "Labels of the chaos test: c1 eps^-4 ln n.");
    constant("c2", &LiteralConfig::c2,
             "A block is chaotic from an estimated loss of c2 eps^2 N^2.");
    constant("c3", &LiteralConfig::c3, "Innermost ring: ceil(log2(c3 eps N / ln n)).");
    constant("c4", &LiteralConfig::c4, "Local improvement only above c4 eps^-3 ln^3 n items.");
    constant("c5", &LiteralConfig::c5, "Labels in a ring: c5 eps^-2 ln^2 n.");
    return schema;
}

Schema<ActiveRankingConfig> makeSchema() {
    Schema<ActiveRankingConfig> schema;
    schema
        .variant(
            "oracle", &ActiveRankingConfig::oracle,
            {alternative<SimulatedOracle>("simulated", "Simulated",
                                          "Labels drawn around a hidden true order.",
                                          simulatedSchema()),
             alternative<FileOracle>("file", "A file", "Comparisons that were made before.",
                                     fileSchema()),
             alternative<PersonOracle>("person", "A person",
                                       "You compare the items, two at a time.", personSchema())})
        .title("Answers")
        .help("Who says which item of a pair is preferred.");
    schema.group("strategies", &ActiveRankingConfig::strategies, strategySchema())
        .title("Strategies")
        .enabledWhen("oracle.kind", {"simulated", "file"});
    schema
        .variant("budget", &ActiveRankingConfig::budget,
                 {alternative<BudgetByItems>("n_log_n", "By items", "A multiple of n ln n.",
                                             byItemsSchema()),
                  alternative<BudgetAbsolute>("absolute", "Absolute", "A number of labels.",
                                              absoluteSchema())})
        .title("Budget")
        .help("Labels that ActiveRing and uniform sampling buy; sorts stop when they are done.")
        .enabledWhen("oracle.kind", {"simulated", "file"});
    schema.group("ring", &ActiveRankingConfig::ring, ringSchema())
        .title("ActiveRing")
        .enabledWhen("oracle.kind", {"simulated", "file"});
    schema.group("literal", &ActiveRankingConfig::literal, literalSchema())
        .title("SampleAndRank")
        .enabledWhen("oracle.kind", {"simulated", "file"});
    schema.field("replicates", &ActiveRankingConfig::replicates)
        .title("Replicates")
        .section("Run")
        .help("Independent draws of labels and choices, all in this run.")
        .range(1, 1000)
        .enabledWhen("oracle.kind", {"simulated", "file"});
    schema.field("reference_starts", &ActiveRankingConfig::referenceStarts)
        .title("Starts of the reference")
        .section("Run")
        .help("Local searches on all labels whose best loss stands for the smallest possible one.")
        .range(1, 1000)
        .enabledWhen("oracle.kind", {"simulated", "file"})
        .advanced();
    schema.check([](const ActiveRankingConfig& config, std::vector<Issue>& issues) {
        const auto* oracle = std::get_if<SimulatedOracle>(&config.oracle);
        if (!oracle)
            return;
        if (config.strategies.sampleAndRank && oracle->items > kMostLiteralItems)
            issues.push_back({"strategies.sample_and_rank", "sample_and_rank is on with " +
                                                                std::to_string(oracle->items) +
                                                                " items, it runs to 500 items"});
        const auto* cycles = std::get_if<CyclesNoise>(&oracle->noise);
        if (cycles && cycles->block > oracle->items)
            issues.push_back({"oracle.noise.block",
                              "block is " + std::to_string(cycles->block) + ", allowed is 3 to " +
                                  std::to_string(oracle->items) + " (the number of items)"});
    });
    return schema;
}

} // namespace

const Schema<ActiveRankingConfig>& activeRankingSchema() {
    static const Schema<ActiveRankingConfig> schema = makeSchema();
    return schema;
}

std::vector<StrategyId> chosenStrategies(const StrategySet& set) {
    std::vector<StrategyId> chosen;
    const auto add = [&](bool on, StrategyId id) {
        if (on)
            chosen.push_back(id);
    };
    add(set.activeRing, StrategyId::ActiveRing);
    add(set.uniform, StrategyId::Uniform);
    add(set.quickSort, StrategyId::QuickSort);
    add(set.mergeSort, StrategyId::MergeSort);
    add(set.sampleAndRank, StrategyId::SampleAndRank);
    return chosen;
}

std::int64_t labelsWanted(const BudgetConfig& budget, std::int64_t items) {
    if (const auto* absolute = std::get_if<BudgetAbsolute>(&budget))
        return absolute->labels;
    const auto n = static_cast<double>(items);
    return std::llround(std::get<BudgetByItems>(budget).factor * n * std::log(n));
}

std::int64_t budgetFor(const BudgetConfig& budget, std::int64_t items) {
    return std::clamp<std::int64_t>(labelsWanted(budget, items), 1, pairCount(items));
}

} // namespace inlay::engine::active_ranking

#include "engine/experiments/online_ranking/online_ranking_schema.h"

#include "engine/experiments/online_ranking/algorithms.h"

namespace inlay::engine::online_ranking {
namespace {

template <class Config>
Schema<Config> zipfSchema() {
    Schema<Config> schema;
    schema.field("exponent", &Config::exponent)
        .title("Exponent")
        .help("Item i is chosen with probability proportional to i^-exponent; 0 = all alike.")
        .range(0, 3);
    return schema;
}

Schema<BradleyTerryConfig> bradleyTerrySchema() {
    Schema<BradleyTerryConfig> schema;
    schema.field("spread", &BradleyTerryConfig::spread)
        .title("Spread")
        .help("Difference of the scores of the first and the last item; an item is chosen with "
              "probability proportional to e^score.")
        .range(0, 100);
    return schema;
}

Schema<SwitchConfig> switchSchema() {
    Schema<SwitchConfig> schema = zipfSchema<SwitchConfig>();
    schema.field("count", &SwitchConfig::count)
        .title("Switches")
        .help("How often the order is reversed; the run is cut into equal parts.")
        .range(1, 1000);
    return schema;
}

Schema<AdversaryConfig> adversarySchema() {
    Schema<AdversaryConfig> schema;
    schema.field("target", &AdversaryConfig::target)
        .title("Target")
        .help("What the adversary chooses.")
        .choices({{Target::LeastChosen, "least_chosen", "Least chosen",
                   "An item that was chosen least often: the same rounds for every algorithm."},
                  {Target::LowestRanked, "lowest_ranked", "Ranked lowest",
                   "The item that the algorithm expects at the bottom: rounds differ between "
                   "algorithms."}});
    return schema;
}

Schema<ReplayConfig> replaySchema() {
    Schema<ReplayConfig> schema;
    schema.field("path", &ReplayConfig::path)
        .title("File")
        .help("CSV with the columns round, item and maybe value, or a PrefLib file (.soc, .soi, "
              ".toc, .toi, .cat) whose orders are the rounds.")
        .path(PathKind::File)
        .required();
    schema.field("shuffle", &ReplayConfig::shuffle)
        .title("Shuffle")
        .help("Each replicate plays the rounds in an order of its own.");
    schema.field("rescale", &ReplayConfig::rescale)
        .title("Rescale to [0, 1]")
        .help("Divides values above 1 by the largest; regret and bound are those of the rescaled "
              "loss.");
    return schema;
}

std::vector<Alternative> environments() {
    return {
        alternative<ZipfConfig>("zipf", "Zipf", "A few items are chosen much more often.",
                                zipfSchema<ZipfConfig>()),
        alternative<UniformConfig>("uniform", "Uniform",
                                   "Every item is as likely: all algorithms have the same regret.",
                                   Schema<UniformConfig>()),
        alternative<BradleyTerryConfig>("bradley_terry", "Bradley-Terry",
                                        "Scores fall evenly from item to item.",
                                        bradleyTerrySchema()),
        alternative<SwitchConfig>("switch", "Switch", "Zipf whose order is reversed in between.",
                                  switchSchema()),
        alternative<DriftConfig>("drift", "Drift",
                                 "Zipf that turns into its reverse, a little each round.",
                                 zipfSchema<DriftConfig>()),
        alternative<AdversaryConfig>("adversary", "Adversary", "Chooses what hurts.",
                                     adversarySchema()),
        alternative<BlockConfig>("block", "Block", "Each item is chosen in one stretch of rounds.",
                                 Schema<BlockConfig>()),
        alternative<ReplayConfig>("file", "File", "Rounds that were recorded.", replaySchema()),
    };
}

Schema<AlgorithmsConfig> algorithmsSchema() {
    Schema<AlgorithmsConfig> schema;
    for (const Algorithm& algorithm : algorithms())
        schema.field(algorithm.key, algorithm.chosen).title(algorithm.title).help(algorithm.help);
    return schema;
}

Schema<OnlineRankConfig> onlineRankSchema() {
    Schema<OnlineRankConfig> schema;
    schema.field("sampler", &OnlineRankConfig::sampler)
        .title("Sampler")
        .help("How rankings are drawn. Both have the same law of every pair, hence the same "
              "expected loss.")
        .choices({{Sampler::PlackettLuce, "plackett_luce", "Plackett-Luce",
                   "Sorts weights with Gumbel noise: follow the perturbed leader with Gumbel noise "
                   "of scale 1/η, and the fastest."},
                  {Sampler::QuickSort, "quick_sort", "QuickSort",
                   "Random comparisons with a random pivot, as in the paper."}});
    schema.field("rate", &OnlineRankConfig::rate)
        .title("Manual η")
        .help("Rate of the algorithm with a manual η.")
        .range(1e-6, 10)
        .logScale();
    schema.field("multiplier", &OnlineRankConfig::multiplier)
        .title("Multiplier")
        .help("Multiplies the rate of the anytime, fixed and small-loss schedules. Above 1 helps "
              "where choices repeat, and hurts against an adversary.")
        .range(1.0 / 16, 16)
        .logScale();
    return schema;
}

Schema<FplConfig> fplSchema() {
    Schema<FplConfig> schema;
    schema.field("epsilon", &FplConfig::epsilon)
        .title("Perturbed leader's ε")
        .help("Noise is uniform on [0, 1/ε]; 0 = the value that minimizes the bound.")
        .range(0, 1000)
        .advanced();
    return schema;
}

Schema<PermELearnConfig> permELearnSchema() {
    Schema<PermELearnConfig> schema;
    schema.field("tolerance", &PermELearnConfig::tolerance)
        .title("Balance tolerance")
        .help("Largest distance of a row sum from 1.")
        .range(1e-12, 1e-3)
        .logScale()
        .advanced();
    schema.field("sweeps", &PermELearnConfig::sweeps)
        .title("Most sweeps")
        .help("Sweeps of columns and rows a round; when they do not suffice the run says so.")
        .range(1, 100000)
        .advanced();
    schema.field("multiplier", &PermELearnConfig::multiplier)
        .title("Multiplier")
        .help("Multiplies the rate; its bound holds for 1 only.")
        .range(1.0 / 16, 16)
        .logScale()
        .advanced();
    return schema;
}

Schema<CheckpointConfig> checkpointSchema() {
    Schema<CheckpointConfig> schema;
    schema.field("every_seconds", &CheckpointConfig::everySeconds)
        .title("Checkpoint every")
        .help("Time between checkpoints; 0 = only when the run is stopped. The cadence never "
              "influences results.")
        .unit("s")
        .range(0, 86400)
        .advanced();
    return schema;
}

Schema<OnlineRankingConfig> makeSchema() {
    using Config = OnlineRankingConfig;
    const std::initializer_list<Json> generated = {"zipf",  "uniform",   "bradley_terry", "switch",
                                                   "drift", "adversary", "block"};
    Schema<Config> schema;
    schema.variant("environment", &Config::environment, environments())
        .title("Environment")
        .help("Where the rounds come from.");
    schema.field("items", &Config::items)
        .title("Items n")
        .section("Rounds")
        .help("Things to be ranked. Expected losses are exact up to 100,000 items.")
        .range(2, 1'000'000)
        .enabledWhen("environment.kind", generated);
    schema.field("rounds", &Config::rounds)
        .title("Rounds T")
        .section("Rounds")
        .help("A ranking is drawn and judged in each.")
        .range(1, 100'000'000)
        .logScale()
        .enabledWhen("environment.kind", generated);
    schema.field("feedback", &Config::feedback)
        .title("Feedback")
        .section("Rounds")
        .help("What a round reveals, and with it the loss: the sum of score times position, "
              "counted from 0 at the top.")
        .choices({{FeedbackKind::Choice, "choice", "Choice",
                   "So many items are chosen: the loss is the sum of their positions."},
                  {FeedbackKind::Subset, "subset", "Up to so many",
                   "A random number of items, at least one, is chosen."},
                  {FeedbackKind::Pair, "pair", "Pair",
                   "One item beats another: scores 1 and 0, all others 1/2, so the loss is half "
                   "the difference of their positions, and a constant."},
                  {FeedbackKind::Ranking, "ranking", "Whole ranking",
                   "Scores fall evenly from 1 (first) to 0 (last)."},
                  {FeedbackKind::Spearman, "spearman", "Whole ranking, Spearman",
                   "The same rounds; losses are squared distances of positions."}})
        .enabledWhen("environment.kind", generated);
    schema.field("chosen", &Config::chosen)
        .title("Chosen per round k")
        .section("Rounds")
        .help("Items chosen in a round, 1 to n-1.")
        .range(1, 999'999)
        .enabledWhen("environment.kind", generated)
        .enabledWhen("feedback", {"choice", "subset"});
    schema.group("algorithms", &Config::algorithms, algorithmsSchema()).title("Algorithms");
    schema.group("online_rank", &Config::onlineRank, onlineRankSchema()).title("OnlineRank");
    schema.group("fpl", &Config::fpl, fplSchema()).title("Perturbed leader");
    schema.group("perm_elearn", &Config::permELearn, permELearnSchema()).title("PermELearn");
    schema.field("loss_curve", &Config::lossCurve)
        .title("Loss curve")
        .section("Measurement")
        .help("Which loss of a round is summed.")
        .choices(
            {{LossCurve::Expected, "expected", "Expected",
              "The exact mean over the algorithm's random choices."},
             {LossCurve::Sampled, "sampled", "Sampled", "That of one drawn ranking a round."}});
    schema.field("replicates", &Config::replicates)
        .title("Seeds")
        .section("Measurement")
        .help("Environments drawn anew; curves are their mean, with a band from the smallest to "
              "the largest.")
        .range(1, 1000);
    schema.field("points", &Config::points)
        .title("Points of a curve")
        .section("Measurement")
        .help("Rounds at which curves are recorded, evenly spaced on a log scale.")
        .range(2, 10000)
        .advanced();
    schema.group("checkpoint", &Config::checkpoint, checkpointSchema()).title("Checkpoints");
    return schema;
}

} // namespace

const Schema<OnlineRankingConfig>& onlineRankingSchema() {
    static const Schema<OnlineRankingConfig> schema = makeSchema();
    return schema;
}

} // namespace inlay::engine::online_ranking

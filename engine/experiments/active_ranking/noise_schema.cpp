#include "engine/experiments/active_ranking/noise_schema.h"

namespace inlay::engine::active_ranking {
namespace {

Schema<FlipNoise> flipSchema() {
    Schema<FlipNoise> schema;
    schema.field("probability", &FlipNoise::probability)
        .title("Flipped")
        .help("Probability that a label is the wrong way round.")
        .range(0, 0.5);
    return schema;
}

Schema<BtlNoise> btlSchema() {
    Schema<BtlNoise> schema;
    schema.field("steepness", &BtlNoise::steepness)
        .title("Steepness")
        .help("P(label is right) = sigma(steepness x distance in the true order / items).")
        .range(0, 200);
    return schema;
}

Schema<CyclesNoise> cyclesSchema() {
    Schema<CyclesNoise> schema;
    schema.field("block", &CyclesNoise::block)
        .title("Block")
        .help("Items in a cycle: each is preferred to the half of its block that follows it, and "
              "loses to the rest.")
        .unit("items")
        .range(3, 5000);
    return schema;
}

Schema<AdversarialNoise> adversarialSchema() {
    Schema<AdversarialNoise> schema;
    schema.field("share", &AdversarialNoise::share)
        .title("Reversed")
        .help("Share of the pairs further apart than half of the order that are reversed.")
        .range(0, 1);
    return schema;
}

Schema<ChaosNoise> chaosSchema() {
    Schema<ChaosNoise> schema;
    schema.field("share", &ChaosNoise::share)
        .title("Chaotic items")
        .help("Share of the items whose labels are coin flips.")
        .range(0, 1);
    return schema;
}

} // namespace

std::vector<Alternative> noiseAlternatives() {
    return {alternative<FlipNoise>("flip", "Flips", "Each label is wrong with one probability.",
                                   flipSchema()),
            alternative<BtlNoise>("btl", "Bradley-Terry-Luce",
                                  "Near items are confused, far ones hardly.", btlSchema()),
            alternative<CyclesNoise>("cycles", "Cycles",
                                     "Not transitive: blocks in which everyone loses to someone "
                                     "below.",
                                     cyclesSchema()),
            alternative<AdversarialNoise>("adversarial", "Adversarial",
                                          "Not transitive: only pairs far apart are reversed.",
                                          adversarialSchema()),
            alternative<ChaosNoise>("chaos", "Chaos", "A few items are random against everyone.",
                                    chaosSchema())};
}

} // namespace inlay::engine::active_ranking

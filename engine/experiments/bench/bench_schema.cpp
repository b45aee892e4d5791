#include "engine/experiments/bench/bench_schema.h"

namespace inlay::engine::bench {
namespace {

constexpr double kLargestSize = 32768;
constexpr std::size_t kMostSizes = 16;

template <class Family>
void addFamily(Schema<Family>& schema, const char* what) {
    schema.field("measure", &Family::measure)
        .title("Measure")
        .help(std::string("Times ") + what + " beside the dense layer.");
}

template <class Family>
void addShapes(Schema<Family>& schema) {
    // The members of a base class, as members of the family itself.
    schema.field("sizes", static_cast<std::vector<std::int64_t> Family::*>(&Family::sizes))
        .title("Sizes of its own")
        .help("Widths for this family instead of those of the run; empty = those of the run.")
        .range(1, kLargestSize)
        .length(0, kMostSizes)
        .enabledWhen("measure", {true})
        .advanced();
    schema.field("rows", static_cast<std::int64_t Family::*>(&Family::rows))
        .title("Rows of its own")
        .help("Rows for this family instead of those of the run; 0 = those of the run.")
        .range(0, 1 << 20)
        .enabledWhen("measure", {true})
        .advanced();
}

Schema<StlBench> stlBench() {
    Schema<StlBench> schema;
    addFamily(schema, "Strassen-Tile layers");
    schema.field("tile", &StlBench::tile)
        .title("Tile t")
        .help("Side of the tiles.")
        .range(1, 8)
        .enabledWhen("measure", {true});
    schema.field("ranks", &StlBench::ranks)
        .title("Ranks r")
        .help("Products per tile, one layer each; t\xc2\xb3 would be the exact product.")
        .range(1, 512)
        .length(1, kMostSizes)
        .enabledWhen("measure", {true});
    schema.field("weights", &StlBench::weights)
        .title("Weights")
        .help("What is trained: the encoded weights, or a matrix that is encoded every step.")
        .choices({{StlWeights::Encoded, "encoded", "Encoded", "r numbers a tile."},
                  {StlWeights::Tied, "tied", "Tied to a matrix", "t\xc2\xb2 numbers a tile."}})
        .enabledWhen("measure", {true});
    addShapes(schema);
    return schema;
}

Schema<ButterflyBench> butterflyBench() {
    Schema<ButterflyBench> schema;
    addFamily(schema, "butterfly layers");
    schema.field("form", &ButterflyBench::form)
        .title("Form")
        .help("One network, or the gadget of two around a small matrix.")
        .choices({{ButterflyForm::Square, "square", "Square", "log\xe2\x82\x82 n stages."},
                  {ButterflyForm::Gadget, "gadget", "Gadget", "Truncated, small core."}})
        .enabledWhen("measure", {true});
    addShapes(schema);
    return schema;
}

Schema<TwoFourBench> twoFourBench() {
    Schema<TwoFourBench> schema;
    addFamily(schema, "2:4 layers");
    schema.field("transposable", &TwoFourBench::transposable)
        .title("Transposable masks")
        .help("2:4 along rows and columns, so that the backward product is sparse too.")
        .enabledWhen("measure", {true});
    addShapes(schema);
    return schema;
}

/// A family of which one layer is measured for each of a list of numbers.
template <typename Family>
Schema<Family> countedBench(const char* what, const char* key,
                            std::vector<std::int64_t> Family::*counts, const char* title,
                            const char* help, std::int64_t most) {
    Schema<Family> schema;
    addFamily(schema, what);
    schema.field(key, counts)
        .title(title)
        .help(help)
        .range(1, most)
        .length(1, kMostSizes)
        .enabledWhen("measure", {true});
    addShapes(schema);
    return schema;
}

template <typename Family>
Schema<Family> ranksBench(const char* what, const char* help) {
    return countedBench(what, "ranks", &Family::ranks, "Ranks", help, kLargestSize);
}

template <typename Family>
Schema<Family> blocksBench(const char* what) {
    return countedBench(what, "blocks", &Family::blocks, "Blocks",
                        "Numbers of blocks, one layer each.", 4096);
}

Schema<BenchConfig> makeSchema() {
    Schema<BenchConfig> schema;
    schema.field("sizes", &BenchConfig::sizes)
        .title("Inputs")
        .section("Shape")
        .help("Widths of the layers' input; several give curves over the size.")
        .range(1, kLargestSize)
        .length(1, kMostSizes);
    schema.field("outputs", &BenchConfig::outputs)
        .title("Outputs")
        .section("Shape")
        .help("Width of the result; 0 = as the input.")
        .range(0, kLargestSize);
    schema.field("rows", &BenchConfig::rows)
        .title("Rows")
        .section("Shape")
        .help("Rows of the activation (batch x tokens); 0 = as many as inputs.")
        .range(0, 1 << 20);
    schema.field("passes", &BenchConfig::passes)
        .title("Passes")
        .section("Measurement")
        .help("What is timed.")
        .choices({{Passes::Forward, "forward", "Forward", "Weights prepared, activations not."},
                  {Passes::Train, "train", "Training step",
                   "Weights moved, forward, all gradients; no optimizer."},
                  {Passes::Both, "both", "Both", "One after the other."}});
    schema.field("forward_repeats", &BenchConfig::forwardRepeats)
        .title("Forward repeats")
        .section("Measurement")
        .help("Timed calls, each after one of the dense layer.")
        .range(1, 1000)
        .advanced();
    schema.field("train_repeats", &BenchConfig::trainRepeats)
        .title("Training repeats")
        .section("Measurement")
        .help("Timed steps, each after one of the dense layer.")
        .range(1, 1000)
        .advanced();
    schema.field("search", &BenchConfig::search)
        .title("Find the break-even size")
        .section("Measurement")
        .help("Looks for the smallest square layer that is not slower than dense, forward.");
    schema.field("search_up_to", &BenchConfig::searchUpTo)
        .title("Search up to")
        .section("Measurement")
        .help("Largest size the search tries.")
        .range(32, kLargestSize)
        .enabledWhen("search", {true})
        .advanced();
    schema.group("stl", &BenchConfig::stl, stlBench()).title("Strassen-Tile");
    schema.group("butterfly", &BenchConfig::butterfly, butterflyBench()).title("Butterfly");
    schema.group("two_four", &BenchConfig::twoFour, twoFourBench()).title("2:4");
    schema
        .group("low_rank", &BenchConfig::lowRank,
               ranksBench<LowRankBench>("low-rank layers", "Inner widths, one layer each."))
        .title("Low rank");
    schema
        .group("block_diagonal", &BenchConfig::blockDiagonal,
               blocksBench<BlockDiagonalBench>("block-diagonal layers"))
        .title("Block diagonal");
    schema.group("monarch", &BenchConfig::monarch, blocksBench<MonarchBench>("Monarch layers"))
        .title("Monarch");
    schema
        .group("btt", &BenchConfig::btt,
               ranksBench<BttBench>("block tensor-train layers",
                                    "Ranks of the blocks, one layer each."))
        .title("Block tensor-train");
    return schema;
}

} // namespace

const Schema<BenchConfig>& benchSchema() {
    static const Schema<BenchConfig> schema = makeSchema();
    return schema;
}

} // namespace inlay::engine::bench

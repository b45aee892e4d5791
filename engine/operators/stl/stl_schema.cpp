#include "engine/operators/operator_schemas.h"
#include "engine/operators/stl/stl_plan.h"

namespace inlay::engine {

Schema<StlConfig> stlSchema() {
    Schema<StlConfig> schema;
    schema.field("tile", &StlConfig::tile)
        .title("Tile")
        .help("Edge t of the square tiles of rows and widths.")
        .range(1, kLargestStlTile);
    schema.field("rank", &StlConfig::rank)
        .title("Rank")
        .help("Products r a pair of tiles takes, instead of tile cubed; r at most tile cubed.")
        .minimum(1);
    schema.field("weights", &StlConfig::weights)
        .title("Weights")
        .help("What is trained: the encoded numbers, r for each tile, or the matrix itself.")
        .choices({{StlWeights::Encoded, "encoded", "Encoded",
                   "Train the encoded weights: more parameters, no encoding of W."},
                  {StlWeights::Tied, "tied", "Tied",
                   "Train the matrix and encode it each step: as many parameters as dense."}});
    schema.field("start", &StlConfig::start)
        .title("Start")
        .help("Where encoders and decoder begin.")
        .choices({{StlStart::Random, "random", "Random", "Normal numbers, variance kept."},
                  {StlStart::Strassen, "strassen", "Strassen rows",
                   "Rows drawn from Strassen's exact product, a little noise; tile 2 or 4."},
                  {StlStart::Fitted, "fitted", "Fitted",
                   "A triple that a run of the kind amm fitted to the product."},
                  {StlStart::Exact, "exact", "Exact",
                   "An exact product: tile and rank 2 and 7, 3 and 23, or 4 and 49."}});
    schema.field("triple", &StlConfig::triple)
        .title("Triple")
        .help("File with the fitted encoders and decoder, of this tile and rank: the artifact of "
              "an amm run, or a trained network whose layers share one set of encoders.")
        .path(PathKind::File)
        .enabledWhen("start", {"fitted"});
    schema.field("grouping", &StlConfig::grouping)
        .title("Grouping")
        .help("Which rows share a tile and so influence each other. Groups of one row always "
              "leave each row alone unless grouped across.")
        .choices({{StlGrouping::Within, "within", "Within a sample",
                   "Consecutive rows of one sample; leaks the future of causal rows."},
                  {StlGrouping::Across, "across", "Across samples",
                   "The same row of several samples: predictions depend on the batch."},
                  {StlGrouping::Single, "single", "Single rows",
                   "Each row alone in its tile, at tile times the cost."}});
    schema.field("group", &StlConfig::group)
        .title("Shared encoders")
        .help("Layers with the same name here share encoders and decoder; empty: its own.")
        .advanced();
    schema.field("train_encoders", &StlConfig::trainEncoders)
        .title("Train encoders")
        .help("Off: encoders and decoder stay at their start.")
        .advanced();
    schema.field("encoder_learning_rate_factor", &StlConfig::encoderLearningRateFactor)
        .title("Encoder rate factor")
        .help("Factor on the learning rate of encoders and decoder.")
        .minimum(0)
        .enabledWhen("train_encoders", {true})
        .advanced();
    schema.field("rebalance_every", &StlConfig::rebalanceEvery)
        .title("Rebalance every")
        .help("Evens out the sizes of encoder, weights and decoder, slice by slice, without "
              "changing the map; 0 = never.")
        .unit("steps")
        .minimum(0)
        .enabledWhen("train_encoders", {true})
        .advanced();
    schema.check([](const StlConfig& config, std::vector<Issue>& issues) {
        for (Issue& issue : stlIssues(config))
            issues.push_back(std::move(issue));
    });
    return schema;
}

} // namespace inlay::engine

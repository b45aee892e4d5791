#include "engine/experiments/amm/amm_schema.h"

namespace inlay::engine::amm {
namespace {

Schema<AmmConfig> makeSchema() {
    Schema<AmmConfig> schema;
    schema.field("tile", &AmmConfig::tile)
        .title("Tile t")
        .section("Product")
        .help("Side of the tiles; Strassen's triple exists for 2 and 4.")
        .range(2, 6);
    schema.field("ranks", &AmmConfig::ranks)
        .title("Ranks r")
        .section("Product")
        .help("Products per tile; t\xc2\xb3 would be the exact product.")
        .range(1, 216)
        .length(1, 16);
    schema.field("theory", &AmmConfig::theory)
        .title("From Strassen")
        .section("Starts")
        .help("A random subset of the rows of Strassen's triple with a little noise, then Adam.");
    schema.field("random", &AmmConfig::random)
        .title("Random")
        .section("Starts")
        .help("Normal encoders and decoder, then Adam.");
    schema.field("alternating", &AmmConfig::alternating)
        .title("Random, alternating")
        .section("Starts")
        .help("Normal encoders and decoder, then alternating least squares.");
    schema.field("naive", &AmmConfig::naive)
        .title("Subset of the products")
        .section("Starts")
        .help("Some of the t\xc2\xb3 scalar products with a little noise, then Adam: a trap that "
              "does not move.");
    schema.field("polynomial", &AmmConfig::polynomial)
        .title("Polynomials (experimental)")
        .section("Starts")
        .help("Tiles as polynomials, encoders that evaluate them at a random subset of points, the "
              "decoder by least squares, a little noise, then Adam.");
    schema.field("cyclic", &AmmConfig::cyclic)
        .title("Cyclic group (experimental)")
        .section("Starts")
        .help("Cohn and Umans over the cyclic group of t\xc2\xb3 elements: Fourier coefficients of "
              "a random subset of characters, the decoder by least squares, a little noise, then "
              "Adam.");
    schema.field("replicates", &AmmConfig::replicates)
        .title("Replicates")
        .section("Fit")
        .help("Fits from each start, with random numbers of their own.")
        .range(1, 64);
    schema.field("steps", &AmmConfig::steps)
        .title("Steps")
        .section("Fit")
        .help("Adam steps; a step of alternating least squares solves for all three factors, and "
              "one is made for ten of these.")
        .range(10, 1000000);
    schema.field("learning_rate", &AmmConfig::learningRate)
        .title("Learning rate")
        .section("Fit")
        .help("Adam's, at the start of a cosine to zero.")
        .above(0)
        .maximum(10)
        .logScale();
    return schema;
}

} // namespace

const Schema<AmmConfig>& ammSchema() {
    static const Schema<AmmConfig> schema = makeSchema();
    return schema;
}

} // namespace inlay::engine::amm

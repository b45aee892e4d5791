#include "engine/experiments/autoencoder/autoencoder_schema.h"

namespace inlay::engine::autoencoder {
namespace {

void addEncoder(Schema<AutoencoderConfig>& schema) {
    schema.field("ranks", &AutoencoderConfig::ranks)
        .title("Ranks k")
        .section("Network")
        .help("Width of the code: one network after the other.")
        .range(1, kMostMatrixSide)
        .length(1, 64);
    schema.field("epsilon", &AutoencoderConfig::epsilon)
        .title("Epsilon")
        .section("Network")
        .help("Of l = k log2 k + k / epsilon kept outputs of the butterfly, for which the loss "
              "with it fixed is at most 1 + epsilon times the best with probability 1/2 or more "
              "(Sarlos).")
        .above(0)
        .maximum(100);
    schema.field("kept", &AutoencoderConfig::kept)
        .title("Kept outputs l")
        .section("Network")
        .help("Outputs of the butterfly that are kept for every rank; 0 = by epsilon.")
        .range(0, kMostMatrixSide);
    schema.field("start", &AutoencoderConfig::start)
        .title("Start of the butterfly")
        .section("Network")
        .choices({{ButterflyStart::Fjlt, "fjlt", "FJLT", "Random signs, then Hadamard."},
                  {ButterflyStart::Ortho, "ortho", "Orthogonal",
                   "Random rotations and "
                   "reflections."},
                  {ButterflyStart::Randn, "randn", "Normal", "Normal weights."},
                  {ButterflyStart::Identity, "identity", "Identity",
                   "A random choice of "
                   "coordinates."}});
    schema.field("order", &AutoencoderConfig::order)
        .title("Stage order")
        .section("Network")
        .help("Order in which stages of different stride are applied.")
        .choices({{ButterflyStageOrder::Increasing, "increasing", "Increasing",
                   "Near pairs "
                   "first."},
                  {ButterflyStageOrder::Decreasing, "decreasing", "Decreasing",
                   "Far pairs "
                   "first."}})
        .advanced();
}

void addTraining(Schema<AutoencoderConfig>& schema) {
    schema.field("phase1_steps", &AutoencoderConfig::phase1Steps)
        .title("Steps of phase 1")
        .section("Training")
        .help("With the butterfly as drawn: only decoder D and encoder E are trained.")
        .range(1, 1'000'000);
    schema.field("phase2_steps", &AutoencoderConfig::phase2Steps)
        .title("Steps of phase 2")
        .section("Training")
        .help("From there on everything is trained.")
        .range(1, 1'000'000);
    schema.field("together", &AutoencoderConfig::together)
        .title("Control")
        .section("Training")
        .help("Trains everything from the same start for as many steps as both phases.");
    schema.field("learning_rate", &AutoencoderConfig::learningRate)
        .title("Learning rate")
        .section("Training")
        .help("Adam's, at the start of each phase; the paper's code has 0.001.")
        .above(0)
        .maximum(10)
        .logScale();
    schema.field("schedule", &AutoencoderConfig::schedule)
        .title("Schedule")
        .section("Training")
        .choices({{ScheduleKind::Constant, "constant", "Constant", "As in the paper's code."},
                  {ScheduleKind::Cosine, "cosine", "Cosine",
                   "Rises over a twentieth of each phase, then falls to zero."}});
    schema.field("checkpoint_seconds", &AutoencoderConfig::checkpointSeconds)
        .title("Checkpoint every")
        .section("Training")
        .help("0 = off.")
        .unit("s")
        .range(0, 86400)
        .advanced();
}

Schema<AutoencoderConfig> makeSchema() {
    Schema<AutoencoderConfig> schema;
    schema.variant("matrix", &AutoencoderConfig::matrix, matrixSourceAlternatives())
        .title("Matrix")
        .help("X: its columns are the samples that are encoded and decoded.");
    schema.field("center", &AutoencoderConfig::center)
        .title("Subtract the mean")
        .section("Data")
        .help("Of all samples.");
    schema.field("shuffle", &AutoencoderConfig::shuffle)
        .title("Shuffle coordinates")
        .section("Data")
        .help("A random order, so that no spatial structure can be used.");
    schema.field("data_seed", &AutoencoderConfig::dataSeed)
        .title("Seed of the data")
        .section("Data")
        .help("Decides the matrix and the order of its coordinates, and nothing else.")
        .advanced();
    addEncoder(schema);
    addTraining(schema);
    return schema;
}

} // namespace

const Schema<AutoencoderConfig>& autoencoderSchema() {
    static const Schema<AutoencoderConfig> schema = makeSchema();
    return schema;
}

} // namespace inlay::engine::autoencoder

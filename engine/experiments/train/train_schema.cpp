#include "engine/experiments/train/train_schema.h"

#include "engine/networks/network_schema.h"
#include "engine/optimizers/optimizer_schema.h"

namespace inlay::engine::train {
namespace {

Schema<AugmentConfig> augmentSchema() {
    Schema<AugmentConfig> schema;
    schema.field("shift", &AugmentConfig::shift)
        .title("Random shift")
        .help("Each training image is moved by up to this many pixels both ways, anew each epoch.")
        .unit("px")
        .range(0, 64);
    return schema;
}

Schema<EarlyStopConfig> earlyStopSchema() {
    Schema<EarlyStopConfig> schema;
    schema.field("patience", &EarlyStopConfig::patience)
        .title("Stop early after")
        .help("Ends the run when the validation loss has not improved for this many epochs; 0 = "
              "never.")
        .unit("epochs")
        .range(0, 10000)
        .advanced();
    return schema;
}

Schema<CheckpointConfig> checkpointSchema() {
    Schema<CheckpointConfig> schema;
    schema.field("every_seconds", &CheckpointConfig::everySeconds)
        .title("Checkpoint every")
        .help("Time between checkpoints; 0 = off. The cadence never influences results.")
        .unit("s")
        .range(0, 86400)
        .advanced();
    schema.field("every_epochs", &CheckpointConfig::everyEpochs)
        .title("Checkpoint each")
        .help("A checkpoint at the end of every so many epochs; 0 = off.")
        .unit("epochs")
        .range(0, 10000)
        .advanced();
    return schema;
}

Schema<StartFromConfig> startFromSchema() {
    Schema<StartFromConfig> schema;
    schema.field("model", &StartFromConfig::model)
        .title("Trained network")
        .help("model.safetensors of a finished run with the same network but for the operators; "
              "its dense layers are fitted where this run has another family. Empty: start values "
              "are drawn. `inlay convert RUN` fills it in.")
        .path(PathKind::File)
        .advanced();
    schema.field("weighted", &StartFromConfig::weighted)
        .title("Fit to the inputs")
        .help("Weigh errors by what each layer sees of the training data, instead of fitting the "
              "matrix alone.")
        .advanced();
    schema.field("samples", &StartFromConfig::samples)
        .title("Samples for the fit")
        .help("Training samples that the second moments of the layers' inputs are taken from.")
        .range(1, 1000000)
        .enabledWhen("weighted", {true})
        .advanced();
    schema.field("sweeps", &StartFromConfig::sweeps)
        .title("Fitting passes")
        .help("Most passes over the factors of families without a closed form: STL, butterfly, "
              "Monarch, block tensor-train.")
        .range(1, 1000)
        .advanced();
    schema.field("scores", &StartFromConfig::scores)
        .title("Pruning")
        .help("What decides which two of four weights a 2:4 layer keeps.")
        .choices({{PruneScores::Magnitude, "magnitude", "Magnitude", "The two largest."},
                  {PruneScores::Wanda, "wanda", "Wanda",
                   "The largest products of weight and size of the input."},
                  {PruneScores::SparseGpt, "sparsegpt", "SparseGPT",
                   "The cheapest by the inverse moments; what is pruned moves to later inputs."}})
        .advanced();
    return schema;
}

Schema<TrainConfig> makeSchema() {
    Schema<TrainConfig> schema;
    schema.variant("dataset", &TrainConfig::dataset, datasetAlternatives())
        .title("Data")
        .help("What is learned.");
    schema.group("network", &TrainConfig::network, networkSchema()).title("Network");
    schema.group("start_from", &TrainConfig::startFrom, startFromSchema()).title("Start from");
    schema.field("epochs", &TrainConfig::epochs)
        .title("Epochs")
        .section("Training")
        .help("Passes over the training data.")
        .range(1, 100000);
    schema.field("batch_size", &TrainConfig::batchSize)
        .title("Batch size")
        .section("Training")
        .help("Samples in one step.")
        .range(1, 65536);
    schema.field("learning_rate", &TrainConfig::learningRate)
        .title("Learning rate")
        .section("Training")
        .help("Peak of the schedule.")
        .above(0)
        .maximum(kLargestLearningRate)
        .logScale();
    schema.variant("optimizer", &TrainConfig::optimizer, optimizerAlternatives())
        .title("Optimizer")
        .help("How parameters follow their gradients.");
    schema.field("precision", &TrainConfig::precision)
        .title("Precision")
        .section("Training")
        .help("How the network computes; parameters and losses are f32 always.")
        .choices({{Precision::F32, "f32", "f32", "Everything in single precision."},
                  {Precision::Tf32, "tf32", "TF32",
                   "Products round their operands to 10 bits of mantissa; cuda only."},
                  {Precision::Bf16, "bf16", "Mixed bf16",
                   "Activations and operands in bf16, sums in f32; cuda only."}})
        .advanced();
    schema.group("schedule", &TrainConfig::schedule, scheduleSchema()).title("Schedule");
    schema.group("augment", &TrainConfig::augment, augmentSchema()).title("Augmentation");
    schema.field("log_every", &TrainConfig::logEvery)
        .title("Record every")
        .section("Training")
        .help("Steps between recorded points; 0 = by device (1 on cpu, 20 on cuda).")
        .unit("steps")
        .range(0, 1000000)
        .advanced();
    schema.field("keep", &TrainConfig::keep)
        .title("Keep")
        .section("Training")
        .help("Which parameters are tested and kept at the end.")
        .choices({{Keep::Last, "last", "Last", "Those after the last step."},
                  {Keep::BestValidation, "best_validation", "Best validation",
                   "Those of the epoch with the lowest validation loss."}})
        .advanced();
    schema.group("early_stop", &TrainConfig::earlyStop, earlyStopSchema()).title("Early stop");
    schema.group("checkpoint", &TrainConfig::checkpoint, checkpointSchema()).title("Checkpoints");
    return schema;
}

} // namespace

const Schema<TrainConfig>& trainSchema() {
    static const Schema<TrainConfig> schema = makeSchema();
    return schema;
}

} // namespace inlay::engine::train

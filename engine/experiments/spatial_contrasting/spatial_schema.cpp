#include "engine/experiments/spatial_contrasting/spatial_schema.h"

#include "engine/networks/network_schema.h"
#include "engine/optimizers/optimizer_schema.h"

namespace inlay::engine::spatial_contrasting {
namespace {

constexpr double kLargestLearningRate = 10.0;

Schema<ContrastConfig> contrastSchema() {
    Schema<ContrastConfig> schema;
    schema.field("views", &ContrastConfig::views)
        .title("Views")
        .help("Which two things of an image shall lie close together.")
        .choices({{ViewSource::FeatureWindow, "feature_window", "Windows of a map",
                   "Two windows of one feature map."},
                  {ViewSource::ImagePatch, "image_patch", "Image patches",
                   "The maps of two patches of the image."},
                  {ViewSource::Augmentation, "augmentation", "Shifted copies",
                   "The maps of two randomly shifted copies."}});
    schema.field("layer", &ContrastConfig::layer)
        .title("Layer")
        .help("Name of the layer whose map is compared, e.g. blocks.1; empty = the last map of at "
              "least 2 x 2.");
    schema.field("window", &ContrastConfig::window)
        .title("Window")
        .help(
            "Side of a window (of a patch); 0 = half the side of the map (of the image). As large "
            "as the map both views are the same.")
        .unit("px")
        .range(0, 1024)
        .enabledWhen("views", {"feature_window", "image_patch"});
    schema.field("shift", &ContrastConfig::shift)
        .title("Shift")
        .help("Pixels by which a copy is moved at most, both ways.")
        .unit("px")
        .range(1, 64)
        .enabledWhen("views", {"augmentation"});
    schema.field("similarity", &ContrastConfig::similarity)
        .title("Similarity")
        .help("What the softmax over the batch compares.")
        .choices({{Similarity::NegativeDistance, "distance", "−distance", "−|a − b|"},
                  {Similarity::NegativeSquared, "squared", "−squared distance", "−|a − b|²"},
                  {Similarity::Cosine, "cosine", "Cosine", "a · b of rows of length 1"}});
    schema.field("temperature", &ContrastConfig::temperature)
        .title("Temperature")
        .help("Divides the similarity; 0.5 is usual with the cosine.")
        .above(0)
        .maximum(100);
    schema.field("symmetric", &ContrastConfig::symmetric)
        .title("Symmetric")
        .help("Averages the criterion over both roles of the two views.");
    return schema;
}

Schema<FineTuneConfig> fineTuneSchema() {
    Schema<FineTuneConfig> schema;
    schema.field("labels_per_class", &FineTuneConfig::labelsPerClass)
        .title("Labels a class")
        .help("Labeled training samples of each class; 0 = all.")
        .range(0, 1000000);
    schema.field("epochs", &FineTuneConfig::epochs)
        .title("Epochs")
        .help("Passes over the labeled samples.")
        .range(1, 100000);
    schema.field("batch_size", &FineTuneConfig::batchSize)
        .title("Batch size")
        .help("Labeled samples in one step.")
        .range(1, 65536);
    schema.field("learning_rate", &FineTuneConfig::learningRate)
        .title("Rate, pre-trained")
        .help("Peak rate of the pre-trained network; falls along half a cosine.")
        .above(0)
        .maximum(kLargestLearningRate)
        .logScale();
    schema.field("scratch_learning_rate", &FineTuneConfig::scratchLearningRate)
        .title("Rate, from scratch")
        .help("Peak rate of the same network without pre-training.")
        .above(0)
        .maximum(kLargestLearningRate)
        .logScale();
    schema.field("shift", &FineTuneConfig::shift)
        .title("Random shift")
        .help("Labeled images are moved by up to this many pixels both ways.")
        .unit("px")
        .range(0, 64);
    schema.field("mirror", &FineTuneConfig::mirror)
        .title("Mirror")
        .help("Every other labeled image, at random, is seen from behind, as in the paper; not for "
              "digits.");
    schema.field("replicates", &FineTuneConfig::replicates)
        .title("Replicates")
        .help("Other labeled samples and other start values each time; the pre-training is one.")
        .range(1, 100);
    return schema;
}

Schema<SpatialSnapshotConfig> snapshotSchema() {
    Schema<SpatialSnapshotConfig> schema;
    schema.field("points", &SpatialSnapshotConfig::points)
        .title("Points")
        .help("Test images whose features are kept at each snapshot: ten in the first epoch, then "
              "one an epoch.")
        .range(2, 5000);
    return schema;
}

Schema<SpatialCheckpointConfig> checkpointSchema() {
    Schema<SpatialCheckpointConfig> schema;
    schema.field("every_seconds", &SpatialCheckpointConfig::everySeconds)
        .title("Checkpoint every")
        .help("Time between checkpoints of the pre-training; 0 = off.")
        .unit("s")
        .range(0, 86400)
        .advanced();
    return schema;
}

Schema<SpatialConfig> makeSchema() {
    Schema<SpatialConfig> schema;
    schema.variant("dataset", &SpatialConfig::dataset, datasetAlternatives())
        .title("Data")
        .help("Images; their labels count in the second half only.");
    schema.group("network", &SpatialConfig::network, networkSchema()).title("Network");
    schema.group("contrast", &SpatialConfig::contrast, contrastSchema()).title("Criterion");
    schema.field("epochs", &SpatialConfig::epochs)
        .title("Epochs")
        .section("Pre-training")
        .help("Passes over the training images without their labels.")
        .range(0, 100000);
    schema.field("batch_size", &SpatialConfig::batchSize)
        .title("Batch size")
        .section("Pre-training")
        .help("Images in one step: each has the others as negatives.")
        .range(2, 4096);
    schema.field("learning_rate", &SpatialConfig::learningRate)
        .title("Learning rate")
        .section("Pre-training")
        .help("At the start.")
        .above(0)
        .maximum(kLargestLearningRate)
        .logScale();
    schema.field("patience", &SpatialConfig::patience)
        .title("Patience")
        .section("Pre-training")
        .help("After so many epochs without a lower loss the rate falls to a tenth; 0 = never.")
        .unit("epochs")
        .range(0, 10000);
    schema.variant("optimizer", &SpatialConfig::optimizer, optimizerAlternatives())
        .title("Optimizer")
        .help("How parameters follow their gradients, in both halves.");
    schema.group("fine_tune", &SpatialConfig::fineTune, fineTuneSchema()).title("Fine-tuning");
    schema.group("snapshot", &SpatialConfig::snapshot, snapshotSchema()).title("Snapshots");
    schema.group("checkpoint", &SpatialConfig::checkpoint, checkpointSchema()).title("Checkpoints");
    return schema;
}

} // namespace

const Schema<SpatialConfig>& spatialSchema() {
    static const Schema<SpatialConfig> schema = makeSchema();
    return schema;
}

} // namespace inlay::engine::spatial_contrasting

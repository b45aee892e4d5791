#include "engine/experiments/metric_learning/metric_schema.h"

#include "engine/networks/network_schema.h"
#include "engine/optimizers/optimizer_schema.h"

namespace inlay::engine::metric_learning {
namespace {

template <class Config>
Schema<Config> temperatureSchema() {
    Schema<Config> schema;
    schema.field("temperature", &Config::temperature)
        .title("Temperature")
        .help("Divides the difference of the distances; below 1 the loss becomes steeper. On the "
              "unit sphere 0.1 to 1 keeps it from a floor of 0.014.")
        .above(0)
        .maximum(100);
    return schema;
}

template <class Config>
Schema<Config> marginSchema() {
    Schema<Config> schema;
    schema.field("margin", &Config::margin)
        .title("Margin")
        .help("How much farther the negative has to be before it costs nothing.")
        .range(0, 10);
    return schema;
}

Schema<InfoNceConfig> infoNceSchema() {
    Schema<InfoNceConfig> schema;
    schema.field("similarity", &InfoNceConfig::similarity)
        .title("Similarity")
        .help("What the softmax compares.")
        .choices({{Similarity::NegativeDistance, "distance", "−distance", "−|a − b|"},
                  {Similarity::NegativeSquared, "squared", "−squared distance", "−|a − b|²"},
                  {Similarity::Cosine, "cosine", "Cosine",
                   "a · b of rows of length 1; turns embedding.normalize on."}});
    schema.field("temperature", &InfoNceConfig::temperature)
        .title("Temperature")
        .help("Divides the similarity; 0.5 is usual with the cosine.")
        .above(0)
        .maximum(100);
    return schema;
}

std::vector<Alternative> lossAlternatives() {
    return {alternative<MseRatioConfig>(
                "mse_ratio", "Ratio, squared",
                "Squared share of the positive distance in a softmax of both (triplet network).",
                temperatureSchema<MseRatioConfig>()),
            alternative<NllRatioConfig>("nll_ratio", "Ratio, log-likelihood",
                                        "Log-likelihood of the same softmax.",
                                        temperatureSchema<NllRatioConfig>()),
            alternative<HingeConfig>("hinge", "Hinge",
                                     "What the negative lacks of being a margin farther away.",
                                     marginSchema<HingeConfig>()),
            alternative<ContrastiveConfig>(
                "contrastive", "Contrastive (Siamese)",
                "Squared distance of pairs of one class; what others lack of a margin, squared.",
                marginSchema<ContrastiveConfig>()),
            alternative<InfoNceConfig>("info_nce", "InfoNCE",
                                       "A pair of one class against all others of the batch.",
                                       infoNceSchema())};
}

Schema<TripletConfig> tripletSchema() {
    Schema<TripletConfig> schema;
    schema.field("source", &TripletConfig::source)
        .title("Triplets")
        .help("Which anchor, positive and negative are compared.")
        .choices({{TripletSource::InBatch, "in_batch", "In the batch",
                   "Every pair of one class with one negative at random."},
                  {TripletSource::InBatchAll, "in_batch_all", "All of the batch",
                   "Every triplet that the batch has."},
                  {TripletSource::SemiHard, "semi_hard", "Semi-hard",
                   "The nearest negative beyond the positive; at random where none is within the "
                   "margin."},
                  {TripletSource::DistanceWeighted, "distance_weighted", "Distance weighted",
                   "A negative drawn with probability 1 / distance."},
                  {TripletSource::PaperList, "paper_list", "List of the paper",
                   "Triplets of the whole training set, drawn anew each epoch: three images each."},
                  {TripletSource::Comparisons, "comparisons", "File of comparisons",
                   "Rows \"a is closer to b than to c\", without labels."}});
    schema.field("per_epoch", &TripletConfig::perEpoch)
        .title("Triplets an epoch")
        .help("Length of the list.")
        .range(1, 1e9)
        .enabledWhen("source", {"paper_list"});
    schema.field("margin", &TripletConfig::margin)
        .title("Within")
        .help("A semi-hard negative is at most this much farther than the positive.")
        .range(0, 100)
        .enabledWhen("source", {"semi_hard"});
    schema.field("path", &TripletConfig::path)
        .title("Comparisons")
        .help("CSV with the columns anchor, closer, farther: numbers of training samples in the "
              "order of their file, from 0.")
        .path(PathKind::File)
        .enabledWhen("source", {"comparisons"});
    return schema;
}

Schema<EmbeddingConfig> embeddingSchema() {
    Schema<EmbeddingConfig> schema;
    schema.field("dimension", &EmbeddingConfig::dimension)
        .title("Dimension")
        .help("Numbers of an embedded point; 0 = what the last map of a convolutional network "
              "has, 64 of other networks. 2 or 3 can be looked at without a projection.")
        .range(0, 1024);
    schema.field("normalize", &EmbeddingConfig::normalize)
        .title("Unit length")
        .help("Puts the points on the unit sphere.");
    return schema;
}

Schema<BalanceConfig> balanceSchema() {
    Schema<BalanceConfig> schema;
    schema.field("classes", &BalanceConfig::classes)
        .title("Classes a batch")
        .help("Takes the same number of items of so many classes; 0 = batches at random.")
        .range(0, 4096);
    schema.field("items", &BalanceConfig::items)
        .title("Items a class")
        .help("Of each of those classes.")
        .range(2, 4096);
    return schema;
}

Schema<SnapshotConfig> snapshotSchema() {
    Schema<SnapshotConfig> schema;
    schema.field("points", &SnapshotConfig::points)
        .title("Points")
        .help("Test samples whose embedding is kept at each snapshot.")
        .range(2, 5000);
    schema.field("training_points", &SnapshotConfig::trainingPoints)
        .title("Training points")
        .help("Training samples shown beside them, to see what the network has learned by heart; "
              "figures of retrieval look at test samples only.")
        .range(0, 5000);
    schema.field("every_epochs", &SnapshotConfig::everyEpochs)
        .title("Snapshot each")
        .help("After the first epoch, which has ten of them.")
        .unit("epochs")
        .range(1, 10000);
    return schema;
}

Schema<MetricAugmentConfig> augmentSchema() {
    Schema<MetricAugmentConfig> schema;
    schema.field("shift", &MetricAugmentConfig::shift)
        .title("Random shift")
        .help("Each training image is moved by up to this many pixels both ways, anew each epoch.")
        .unit("px")
        .range(0, 64);
    schema.field("mirror", &MetricAugmentConfig::mirror)
        .title("Mirror")
        .help("Every other training image, at random, is seen from behind; not for digits.");
    return schema;
}

Schema<MetricCheckpointConfig> checkpointSchema() {
    Schema<MetricCheckpointConfig> schema;
    schema.field("every_seconds", &MetricCheckpointConfig::everySeconds)
        .title("Checkpoint every")
        .help("Time between checkpoints; 0 = off. The cadence never influences results.")
        .unit("s")
        .range(0, 86400)
        .advanced();
    schema.field("every_epochs", &MetricCheckpointConfig::everyEpochs)
        .title("Checkpoint each")
        .help("A checkpoint at the end of every so many epochs; 0 = off.")
        .unit("epochs")
        .range(0, 10000)
        .advanced();
    return schema;
}

Schema<MetricConfig> makeSchema() {
    Schema<MetricConfig> schema;
    schema.variant("dataset", &MetricConfig::dataset, datasetAlternatives())
        .title("Data")
        .help("What is embedded.");
    schema.group("network", &MetricConfig::network, networkSchema()).title("Network");
    schema.group("embedding", &MetricConfig::embedding, embeddingSchema()).title("Embedding");
    schema.variant("loss", &MetricConfig::loss, lossAlternatives())
        .title("Loss")
        .help("What makes points of one class gather.");
    schema.group("triplets", &MetricConfig::triplets, tripletSchema()).title("Triplets");
    schema.group("balanced", &MetricConfig::balanced, balanceSchema()).title("Balanced batches");
    schema.field("epochs", &MetricConfig::epochs)
        .title("Epochs")
        .section("Training")
        .help("Passes over the training data (or over the list of triplets).")
        .range(1, 100000);
    schema.field("batch_size", &MetricConfig::batchSize)
        .title("Batch size")
        .section("Training")
        .help("Samples in one step; with a list, triplets.")
        .range(3, 4096);
    schema.field("learning_rate", &MetricConfig::learningRate)
        .title("Learning rate")
        .section("Training")
        .help("Peak of the schedule.")
        .above(0)
        .maximum(kLargestLearningRate)
        .logScale();
    schema.variant("optimizer", &MetricConfig::optimizer, optimizerAlternatives())
        .title("Optimizer")
        .help("How parameters follow their gradients.");
    schema.group("schedule", &MetricConfig::schedule, scheduleSchema(true)).title("Schedule");
    schema.group("augment", &MetricConfig::augment, augmentSchema()).title("Augmentation");
    schema.group("snapshot", &MetricConfig::snapshot, snapshotSchema()).title("Snapshots");
    schema.field("linear_probe", &MetricConfig::linearProbe)
        .title("Linear probe")
        .section("Training")
        .help("Trains a linear classifier on the embedding at the end.")
        .advanced();
    schema.group("checkpoint", &MetricConfig::checkpoint, checkpointSchema()).title("Checkpoints");
    return schema;
}

} // namespace

const Schema<MetricConfig>& metricSchema() {
    static const Schema<MetricConfig> schema = makeSchema();
    return schema;
}

} // namespace inlay::engine::metric_learning

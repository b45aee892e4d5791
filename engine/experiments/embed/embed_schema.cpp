#include "engine/experiments/embed/embed_schema.h"

#include <fmt/format.h>

namespace inlay::engine::embed {
namespace {

Schema<DatasetSource> datasetSchema() {
    Schema<DatasetSource> schema;
    schema.variant("dataset", &DatasetSource::dataset, datasetAlternatives())
        .title("Data")
        .help("Whose samples are the points.");
    schema.field("part", &DatasetSource::part)
        .title("Part")
        .help("Which samples.")
        .choices({{DatasetPart::Training, "training", "Training", "Without those for validation."},
                  {DatasetPart::Test, "test", "Test", "The test samples."},
                  {DatasetPart::Both, "both", "Both",
                   "Training samples, then test samples; the picture can be colored by it."}});
    return schema;
}

Schema<TableSource> tableSchema() {
    Schema<TableSource> schema;
    schema.field("path", &TableSource::path)
        .title("File")
        .help("CSV, TSV, NPY, NPZ or IDX, also gzipped (not NPZ); told apart by their first bytes. "
              "A column may hold vectors in brackets.")
        .path(PathKind::File)
        .required();
    schema.field("labels", &TableSource::labels)
        .title("Labels")
        .help("A second file with a label a row: IDX, NPY, lines of text, or the Projector's "
              "metadata.tsv. Empty = a column of the table, if there is one.")
        .path(PathKind::File);
    schema.field("label_column", &TableSource::labelColumn)
        .title("Label column")
        .help("Title or number (from 1). Empty = the one titled label, class, target, category or "
              "species, or the only column of text.");
    schema.field("vector_column", &TableSource::vectorColumn)
        .title("Vector column")
        .help("Title or number of a column of bracketed vectors; empty = the first there is.")
        .advanced();
    schema.field("array", &TableSource::array)
        .title("Array")
        .help("Of an NPZ file; empty = the first of two dimensions or more.")
        .advanced();
    schema.field("bad_values", &TableSource::badValues)
        .title("NaN and infinities")
        .help("What happens where a number is missing or not finite.")
        .choices({{BadValues::Stop, "stop", "Stop", "The run is not started."},
                  {BadValues::Drop, "drop", "Drop", "Such rows are left out and counted."},
                  {BadValues::Zero, "zero", "Zero", "Such numbers become 0 and are counted."}});
    return schema;
}

template <class Config>
void addDimension(Schema<Config>& schema) {
    schema.field("dimension", &Config::dimension)
        .title("Dimensions")
        .help("Of the picture.")
        .range(2, 3);
}

Schema<PcaConfig> pcaSchema() {
    Schema<PcaConfig> schema;
    addDimension(schema);
    return schema;
}

Schema<TsneConfig> tsneSchema() {
    Schema<TsneConfig> schema;
    addDimension(schema);
    schema.field("perplexity", &TsneConfig::perplexity)
        .title("Perplexity")
        .help("How many neighbors a point cares for; reduced to (points - 1) / 3 where there are "
              "too few points.")
        .range(2, 100);
    schema.field("iterations", &TsneConfig::iterations).title("Iterations").range(1, 100'000);
    schema.field("exaggeration", &TsneConfig::exaggeration)
        .title("Early exaggeration")
        .help("Factor on the pull of neighbors while clusters form.")
        .range(1, 100)
        .advanced();
    schema.field("exaggerated_iterations", &TsneConfig::exaggeratedIterations)
        .title("Exaggerated iterations")
        .range(0, 100'000)
        .advanced();
    schema.field("learning_rate", &TsneConfig::learningRate)
        .title("Learning rate")
        .help("0 = max(points / exaggeration / 4, 50).")
        .range(0, 1e6)
        .advanced();
    schema.field("method", &TsneConfig::method)
        .title("Repulsion")
        .help("How the push of all pairs is summed.")
        .choices({{TsneMethod::Auto, "auto", "Auto",
                   "Exact up to 10,000 points and in three dimensions, the grid above."},
                  {TsneMethod::Exact, "exact", "Exact", "Every pair."},
                  {TsneMethod::Grid, "grid", "Grid",
                   "Interpolated on a grid and convolved by FFT; two dimensions only."}})
        .advanced();
    schema.field("accept_long", &TsneConfig::acceptLong)
        .title("Accept long runs")
        .help("Lets every pair of more than 50,000 points be computed.")
        .advanced();
    schema.check([](const TsneConfig& config, std::vector<Issue>& issues) {
        if (config.method == TsneMethod::Grid && config.dimension != 2)
            issues.push_back({"method", "method is grid, which has two dimensions; allowed with "
                                        "dimension = 3 are auto and exact"});
    });
    return schema;
}

Schema<UmapConfig> umapSchema() {
    Schema<UmapConfig> schema;
    addDimension(schema);
    schema.field("neighbors", &UmapConfig::neighbors)
        .title("Neighbors")
        .help("Of each point, with itself: few show detail, many the whole.")
        .range(2, 200);
    schema.field("min_distance", &UmapConfig::minDistance)
        .title("Minimum distance")
        .help("How close points may lie in the picture.")
        .range(0, 10);
    schema.field("spread", &UmapConfig::spread)
        .title("Spread")
        .help("Scale of the picture; at least the minimum distance.")
        .above(0)
        .maximum(10)
        .advanced();
    schema.field("epochs", &UmapConfig::epochs)
        .title("Epochs")
        .help("0 = 500 up to 10,000 points, 200 above.")
        .range(0, 100'000)
        .advanced();
    schema.field("learning_rate", &UmapConfig::learningRate)
        .title("Learning rate")
        .help("At the start; falls to 0.")
        .above(0)
        .maximum(100)
        .advanced();
    schema.field("negatives", &UmapConfig::negatives)
        .title("Negative samples")
        .help("Points that push for each that pulls.")
        .range(0, 100)
        .advanced();
    schema.check([](const UmapConfig& config, std::vector<Issue>& issues) {
        if (config.minDistance > config.spread)
            issues.push_back(
                {"min_distance", fmt::format("min_distance is {:g}, allowed is 0 to spread ({:g})",
                                             config.minDistance, config.spread)});
    });
    return schema;
}

Schema<QualityConfig> qualitySchema() {
    Schema<QualityConfig> schema;
    schema.field("neighbors", &QualityConfig::neighbors)
        .title("Neighbors of trustworthiness")
        .help("k of trustworthiness and continuity; clamped to less than half of the points.")
        .range(1, 1000)
        .advanced();
    schema.field("kept", &QualityConfig::kept)
        .title("Neighbors that may be kept")
        .help("k of the share of neighbors that the picture keeps.")
        .range(1, 1000)
        .advanced();
    schema.field("most_points", &QualityConfig::mostPoints)
        .title("Points judged")
        .help("Larger sets are judged on a sample of this size.")
        .range(4, 100'000)
        .advanced();
    return schema;
}

Schema<EmbedCheckpointConfig> checkpointSchema() {
    Schema<EmbedCheckpointConfig> schema;
    schema.field("every_seconds", &EmbedCheckpointConfig::everySeconds)
        .title("Checkpoint every")
        .help("Time between checkpoints of the layout; 0 = off. The cadence never influences "
              "results.")
        .unit("s")
        .range(0, 86400)
        .advanced();
    return schema;
}

Schema<EmbedConfig> makeSchema() {
    Schema<EmbedConfig> schema;
    schema
        .variant(
            "source", &EmbedConfig::source,
            {alternative<TableSource>("table", "Table",
                                      "Vectors of a file, with or without labels.", tableSchema()),
             alternative<DatasetSource>("dataset", "Dataset",
                                        "Samples of a dataset, such as images of digits.",
                                        datasetSchema())})
        .title("Points")
        .help("What is projected.");
    schema.field("count", &EmbedConfig::count)
        .title("Points used")
        .help("A random choice of so many, by the run's seed; 0 = all.")
        .unit("points")
        .minimum(0);
    schema.field("scaling", &EmbedConfig::scaling)
        .title("Scaling")
        .help("What is done to the columns first.")
        .choices(
            {{Scaling::None, "none", "None", "Distances are those of the numbers as they are."},
             {Scaling::Standardize, "standardize", "Standardize",
              "Each column gets mean 0 and variance 1, so that its unit does not matter."}});
    schema.field("reduce", &EmbedConfig::reduce)
        .title("Reduce to")
        .help("Principal components that t-SNE and UMAP read where there are more dimensions; "
              "0 = all dimensions.")
        .unit("dimensions")
        .range(0, 10'000)
        .advanced();
    schema
        .variant(
            "projection", &EmbedConfig::projection,
            {alternative<TsneConfig>("tsne", "t-SNE", "Keeps near points near.", tsneSchema()),
             alternative<UmapConfig>("umap", "UMAP",
                                     "Keeps near points near, and clusters tighter.", umapSchema()),
             alternative<PcaConfig>("pca", "PCA", "The directions of largest variance.",
                                    pcaSchema())})
        .title("Projection")
        .help("How points come into the plane.");
    schema.group("quality", &EmbedConfig::quality, qualitySchema()).title("Quality");
    schema.group("checkpoint", &EmbedConfig::checkpoint, checkpointSchema()).title("Checkpoints");
    return schema;
}

} // namespace

std::int64_t layoutDimension(const ProjectionConfig& projection) {
    return std::visit([](const auto& config) { return config.dimension; }, projection);
}

const Schema<EmbedConfig>& embedSchema() {
    static const Schema<EmbedConfig> schema = makeSchema();
    return schema;
}

} // namespace inlay::engine::embed

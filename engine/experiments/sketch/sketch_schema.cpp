#include "engine/experiments/sketch/sketch_schema.h"

namespace inlay::engine::sketch {
namespace {

Schema<SharedSubspace> sharedSchema() {
    Schema<SharedSubspace> schema;
    schema.field("coordinates", &SharedSubspace::coordinates)
        .title("Rows n")
        .help("Coordinates that a sketch combines.")
        .range(2, kMostSide);
    schema.field("columns", &SharedSubspace::columns).title("Columns d").range(2, kMostSide);
    schema.field("rank", &SharedSubspace::rank)
        .title("Shared directions")
        .help("All matrices are made of the same ones, the i-th as strong as i^-1/2.")
        .range(1, kMostSide);
    schema.field("noise", &SharedSubspace::noise)
        .title("Noise")
        .help("Standard deviation of what is added to every number.")
        .range(0, 1e6);
    return schema;
}

Schema<ImageSet> imageSchema() {
    Schema<ImageSet> schema;
    schema.field("path", &ImageSet::path)
        .title("File")
        .help("IDX file of images, each a matrix; empty: procedural digits of 28 x 28.")
        .path(PathKind::File);
    return schema;
}

Schema<FileSet> fileSchema() {
    Schema<FileSet> schema;
    schema.field("path", &FileSet::path)
        .title("File")
        .help("NPY or IDX of three dimensions (matrices x rows x columns), or a table.")
        .path(PathKind::File)
        .required();
    schema.field("rows_each", &FileSet::rowsEach)
        .title("Rows of a matrix")
        .help("Cuts a table (CSV, TSV, NPY, NPZ) into matrices; 0 = the file has three "
              "dimensions.")
        .range(0, kMostSide);
    return schema;
}

Schema<MatrixSetConfig> matricesSchema() {
    Schema<MatrixSetConfig> schema;
    schema.inlineVariant(&MatrixSetConfig::source, matrixSetAlternatives())
        .title("Matrices")
        .help("What is sketched.");
    schema.field("training", &MatrixSetConfig::training)
        .title("Training matrices")
        .range(1, 100'000);
    schema.field("testing", &MatrixSetConfig::testing)
        .title("Test matrices")
        .help("All errors are of these.")
        .range(1, 100'000);
    schema.field("top_singular_value", &MatrixSetConfig::topSingularValue)
        .title("Top singular value")
        .help("Every matrix is scaled to it; 10 in the paper's code. Errors scale with it.")
        .above(0)
        .maximum(1e6);
    schema.field("shuffle", &MatrixSetConfig::shuffle)
        .title("Shuffle rows")
        .help("One random order for all matrices, so that no spatial structure can be used.");
    schema.field("seed", &MatrixSetConfig::seed)
        .title("Seed of the data")
        .help("Decides the matrices and the order of their rows, and nothing else.")
        .advanced();
    return schema;
}

void addSketches(Schema<SketchConfig>& schema) {
    schema.field("rank", &SketchConfig::rank)
        .title("Rank k")
        .section("Sketch")
        .help("Of the approximations.")
        .range(1, kMostSide);
    schema.field("kept", &SketchConfig::kept)
        .title("Rows l")
        .section("Sketch")
        .help("Of the sketches B (l x n), one after the other; at least k.")
        .range(1, kMostSide)
        .length(1, 32);
    schema.field("butterfly", &SketchConfig::butterfly)
        .title("Butterfly")
        .section("Sketch")
        .help("Learn a truncated butterfly.");
    schema.field("start", &SketchConfig::start)
        .title("Start of the butterfly")
        .section("Sketch")
        .choices(
            {{ButterflyStart::Fjlt, "fjlt", "FJLT", "Random signs, then Hadamard."},
             {ButterflyStart::Ortho, "ortho", "Orthogonal", "Random rotations and reflections."},
             {ButterflyStart::Randn, "randn", "Normal", "Normal weights."},
             {ButterflyStart::Identity, "identity", "Identity", "A random choice of coordinates."}})
        .enabledWhen("butterfly", {true});
    schema.field("sparse", &SketchConfig::sparse)
        .title("Sparse, nonzeros a column")
        .section("Sketch")
        .help(
            "Learn sketches with so many numbers in each column at fixed random places; 1 is that "
            "of Indyk et al. 2019, l is dense.")
        .range(1, kMostSide)
        .length(0, 16);
    schema.field("random_draws", &SketchConfig::randomDraws)
        .title("Random sketches")
        .section("Sketch")
        .help(
            "Draws of Clarkson and Woodruff's and of Gaussian sketches that the learned ones stand "
            "beside.")
        .range(1, 10'000);
}

void addTraining(Schema<SketchConfig>& schema) {
    schema.field("steps", &SketchConfig::steps)
        .title("Steps")
        .section("Training")
        .help("Of Adam, for each learned sketch; 50,000 in the paper's code.")
        .range(1, 10'000'000)
        .logScale();
    schema.field("batch", &SketchConfig::batch)
        .title("Matrices a step")
        .section("Training")
        .help("1 in the paper's code.")
        .range(1, 100'000);
    schema.field("learning_rate", &SketchConfig::learningRate)
        .title("Learning rate")
        .section("Training")
        .help("Of the butterfly, at the top of a cosine.")
        .above(0)
        .maximum(10)
        .logScale();
    schema.field("sparse_learning_rate", &SketchConfig::sparseLearningRate)
        .title("Learning rate, sparse")
        .section("Training")
        .help("Of sparse sketches, whose numbers are larger.")
        .above(0)
        .maximum(10)
        .logScale();
    schema.field("norm", &SketchConfig::norm)
        .title("Loss")
        .section("Training")
        .help("What training makes small; both are measured.")
        .choices({{Norm::Squared, "squared", "Squared norm", "As in the paper."},
                  {Norm::Plain, "plain", "Norm", "As in the paper's code."}});
    schema.field("length_draws", &SketchConfig::lengthDraws)
        .title("Draws of lengths")
        .section("Johnson-Lindenstrauss")
        .help("Squared lengths of one unit vector under so many butterflies as drawn, beside their "
              "exact mean and variance.")
        .range(2, 100'000);
    schema.field("checkpoint_seconds", &SketchConfig::checkpointSeconds)
        .title("Checkpoint every")
        .section("Training")
        .help("0 = off.")
        .unit("s")
        .range(0, 86400)
        .advanced();
}

Schema<SketchConfig> makeSchema() {
    Schema<SketchConfig> schema;
    schema.group("matrices", &SketchConfig::matrices, matricesSchema()).title("Matrices");
    addSketches(schema);
    addTraining(schema);
    return schema;
}

} // namespace

std::vector<Alternative> matrixSetAlternatives() {
    return {alternative<SharedSubspace>("shared_subspace", "Shared subspace",
                                        "Low rank in common directions, plus noise.",
                                        sharedSchema()),
            alternative<ImageSet>("images", "Images", "Each image is a matrix.", imageSchema()),
            alternative<FileSet>("file", "File", "Matrices from a file.", fileSchema())};
}

const Schema<SketchConfig>& sketchSchema() {
    static const Schema<SketchConfig> schema = makeSchema();
    return schema;
}

} // namespace inlay::engine::sketch

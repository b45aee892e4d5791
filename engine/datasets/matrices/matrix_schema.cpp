#include "engine/datasets/matrices/matrix_source.h"
#include "engine/schema/schema.h"

namespace inlay::engine {
namespace {

template <class Config>
void addSizes(Schema<Config>& schema) {
    schema.field("coordinates", &Config::coordinates)
        .title("Coordinates n")
        .help("Numbers a sample has.")
        .range(2, kMostMatrixSide)
        .logScale();
    schema.field("samples", &Config::samples)
        .title("Samples d")
        .help("Columns of the matrix.")
        .range(2, kMostMatrixSide)
        .logScale();
}

Schema<GaussianMatrix> gaussianSchema() {
    Schema<GaussianMatrix> schema;
    addSizes(schema);
    schema.field("rank", &GaussianMatrix::rank)
        .title("Rank")
        .help("Directions that the samples combine; 32 and 64 in the paper.")
        .range(1, kMostMatrixSide);
    return schema;
}

Schema<SpectrumMatrix> spectrumSchema() {
    Schema<SpectrumMatrix> schema;
    addSizes(schema);
    schema.field("decay", &SpectrumMatrix::decay)
        .title("Decay")
        .help("How singular values fall.")
        .choices({{SpectrumDecay::Power, "power", "Power", "i^-rate"},
                  {SpectrumDecay::Geometric, "geometric", "Geometric", "rate^i"}});
    schema.field("rate", &SpectrumMatrix::rate)
        .title("Rate")
        .help("Exponent, or ratio of neighbors.")
        .above(0)
        .maximum(10);
    return schema;
}

Schema<ImageMatrix> imageSchema() {
    Schema<ImageMatrix> schema;
    schema.field("path", &ImageMatrix::path)
        .title("File")
        .help("IDX file of 28 x 28 images, also gzipped; empty: procedural digits.")
        .path(PathKind::File);
    schema.field("samples", &ImageMatrix::samples)
        .title("Images d")
        .help("The first so many; padded to 32 x 32 by noise of variance 0.01.")
        .range(2, kMostMatrixSide)
        .logScale();
    return schema;
}

Schema<FileMatrix> fileSchema() {
    Schema<FileMatrix> schema;
    schema.field("path", &FileMatrix::path)
        .title("File")
        .help("CSV, TSV, NPY, NPZ or IDX, also gzipped; told apart by their first bytes.")
        .path(PathKind::File)
        .required();
    schema.field("samples_are", &FileMatrix::samplesAre)
        .title("Samples are")
        .help("What of the table is one sample.")
        .choices({{SamplesAre::Rows, "rows", "Rows", "A row is a sample, as tables have them."},
                  {SamplesAre::Columns, "columns", "Columns", "The table is X itself."}});
    return schema;
}

} // namespace

std::vector<Alternative> matrixSourceAlternatives() {
    return {alternative<GaussianMatrix>("gaussian", "Gaussian",
                                        "Samples of a random subspace: the paper's Gaussian 1 and "
                                        "2.",
                                        gaussianSchema()),
            alternative<SpectrumMatrix>("spectrum", "Spectrum",
                                        "Random singular vectors, singular values that fall.",
                                        spectrumSchema()),
            alternative<ImageMatrix>("images", "Images", "Digits padded to 32 x 32, column first.",
                                     imageSchema()),
            alternative<FileMatrix>("file", "File", "A table of numbers.", fileSchema())};
}

} // namespace inlay::engine

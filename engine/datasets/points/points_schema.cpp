#include "engine/datasets/points/point_source.h"
#include "engine/schema/schema.h"

namespace inlay::engine {
namespace {

template <class Config>
void addSeed(Schema<Config>& schema) {
    schema.field("seed", &Config::seed)
        .title("Seed of the data")
        .help("Decides which points are made and their order, and nothing else.")
        .advanced();
}

Schema<Norm25Config> norm25Schema() {
    Schema<Norm25Config> schema;
    schema.field("points", &Norm25Config::points)
        .title("Points a center")
        .help("Around each of the 25 centers; 400 in the paper.")
        .range(1, 10'000'000);
    addSeed(schema);
    return schema;
}

Schema<MixtureConfig> mixtureSchema() {
    Schema<MixtureConfig> schema;
    schema.field("clusters", &MixtureConfig::clusters)
        .title("Clusters")
        .help("Spherical normal clouds, equally likely.")
        .range(1, 100'000);
    schema.field("dims", &MixtureConfig::dims).title("Dimensions").range(1, 4096);
    schema.field("count", &MixtureConfig::count)
        .title("Points")
        .help("Made while they are read; none is kept.")
        .range(1, 1e10)
        .logScale();
    schema.field("layout", &MixtureConfig::layout)
        .title("Centers")
        .help("Where the centers lie.")
        .choices({{CenterLayout::Uniform, "uniform", "Uniform", "In a cube of side spread."},
                  {CenterLayout::Normal, "normal", "Normal",
                   "Normal with standard deviation spread along every axis."}});
    schema.field("spread", &MixtureConfig::spread)
        .title("Spread of the centers")
        .help("Side of the cube, or standard deviation.")
        .range(0, 1e12);
    schema.field("noise", &MixtureConfig::noise)
        .title("Noise")
        .help("Standard deviation of a cloud along every axis.")
        .range(0, 1e12);
    schema.field("drift", &MixtureConfig::drift)
        .title("Drift")
        .help("How far each center moves, in a direction of its own, from the first point of the "
              "stream to the last.")
        .range(0, 1e12);
    addSeed(schema);
    return schema;
}

Schema<TableConfig> tableSchema() {
    Schema<TableConfig> schema;
    schema.field("path", &TableConfig::path)
        .title("File")
        .help("CSV, TSV, NPY or IDX, also gzipped; told apart by their first bytes. /dev/stdin "
              "reads a pipe.")
        .path(PathKind::File)
        .required();
    schema.field("bad_rows", &TableConfig::badRows)
        .title("Rows with NaN")
        .help("What happens to rows that hold NaN, an infinity or an empty cell.")
        .choices({{BadRows::Refuse, "refuse", "Refuse", "The run is not started."},
                  {BadRows::Drop, "drop", "Drop", "They are left out and counted."}});
    schema.field("skip_columns", &TableConfig::skipColumns)
        .title("Columns left out")
        .help("Numbers of columns, from 1, such as labels; they need not hold numbers.")
        .range(1, 1e6)
        .length(0, 100'000)
        .advanced();
    return schema;
}

} // namespace

std::vector<Alternative> pointSourceAlternatives() {
    return {alternative<Norm25Config>("norm25", "norm25",
                                      "25 vertices of a 15-dimensional cube of side 500 with unit "
                                      "noise: the set of the NIPS 2009 paper.",
                                      norm25Schema()),
            alternative<MixtureConfig>("mixture", "Mixture",
                                       "Normal clouds around random centers, still or drifting.",
                                       mixtureSchema()),
            alternative<TableConfig>(
                "table", "Table", "Rows of a file or of a pipe, read as a stream.", tableSchema())};
}

} // namespace inlay::engine

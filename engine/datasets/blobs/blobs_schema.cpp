#include "engine/datasets/schemas.h"

namespace inlay::engine {

Schema<BlobsConfig> blobsSchema() {
    Schema<BlobsConfig> schema;
    schema.field("classes", &BlobsConfig::classes)
        .title("Classes")
        .help("One Gaussian cluster each.")
        .range(2, 1000);
    schema.field("dims", &BlobsConfig::dims)
        .title("Features")
        .help("Dimensions of the space the clusters lie in.")
        .range(1, 4096);
    schema.field("spread", &BlobsConfig::spread)
        .title("Spread")
        .help("Standard deviation of a cluster along every axis; the centers lie in the cube from "
              "-1 to 1.")
        .range(0, 10)
        .step(0.05);
    addSplitFields(schema);
    return schema;
}

} // namespace inlay::engine

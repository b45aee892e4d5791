#include "engine/datasets/schemas.h"

namespace inlay::engine {

Schema<Stl10Config> stl10Schema() {
    Schema<Stl10Config> schema;
    schema.field("path", &Stl10Config::path)
        .title("Folder")
        .help("Holds train_X.bin, train_y.bin, test_X.bin and test_y.bin.")
        .path(PathKind::Directory)
        .required();
    addSplitFields(schema);
    return schema;
}

} // namespace inlay::engine

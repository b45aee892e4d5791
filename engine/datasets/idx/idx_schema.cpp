#include "engine/datasets/schemas.h"

namespace inlay::engine {

Schema<IdxConfig> idxSchema() {
    Schema<IdxConfig> schema;
    schema.field("path", &IdxConfig::path)
        .title("Folder")
        .help("Holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
              "t10k-labels-idx1-ubyte, each plain or as .gz.")
        .path(PathKind::Directory)
        .required();
    schema.field("classes", &IdxConfig::classes)
        .title("Classes")
        .help("Labels are 0 to one less than this.")
        .range(2, 256);
    addSplitFields(schema);
    return schema;
}

} // namespace inlay::engine

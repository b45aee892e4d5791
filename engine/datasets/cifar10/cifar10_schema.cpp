#include "engine/datasets/schemas.h"

namespace inlay::engine {

Schema<Cifar10Config> cifar10Schema() {
    Schema<Cifar10Config> schema;
    schema.field("path", &Cifar10Config::path)
        .title("Folder")
        .help("Holds data_batch_1.bin to data_batch_5.bin and test_batch.bin.")
        .path(PathKind::Directory)
        .required();
    addSplitFields(schema);
    return schema;
}

} // namespace inlay::engine

#include "engine/operators/operator_schemas.h"

namespace inlay::engine {

Schema<BlockDiagonalConfig> blockDiagonalSchema() {
    Schema<BlockDiagonalConfig> schema;
    schema.field("blocks", &BlockDiagonalConfig::blocks)
        .title("Blocks")
        .help("Number of separate blocks; it must divide both widths of the layer.")
        .minimum(1);
    return schema;
}

} // namespace inlay::engine

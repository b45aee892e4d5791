#include "engine/operators/operator_schemas.h"

namespace inlay::engine {

Schema<MonarchConfig> monarchSchema() {
    Schema<MonarchConfig> schema;
    schema.field("blocks", &MonarchConfig::blocks)
        .title("Blocks")
        .help("Blocks of each of the two matrices; the number must divide both widths of the "
              "layer.")
        .minimum(1);
    return schema;
}

} // namespace inlay::engine

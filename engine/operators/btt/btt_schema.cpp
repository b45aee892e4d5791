#include "engine/operators/operator_schemas.h"

namespace inlay::engine {

Schema<BttConfig> bttSchema() {
    Schema<BttConfig> schema;
    schema.field("rank", &BttConfig::rank)
        .title("Rank")
        .help("Rank of every block of the matrix; the widths are cut into their two most even "
              "factors.")
        .minimum(1);
    schema.field("core_rates", &BttConfig::coreRates)
        .title("Rates by core")
        .help("Multiplies the rate of each core by (inputs of the layer / inputs of the core) / 2, "
              "so that a rate tuned on a dense layer serves; meant for AdamW.")
        .advanced();
    return schema;
}

} // namespace inlay::engine

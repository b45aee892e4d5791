#include "engine/operators/operator_schemas.h"

namespace inlay::engine {

Schema<LowRankConfig> lowRankSchema() {
    Schema<LowRankConfig> schema;
    schema.field("rank", &LowRankConfig::rank)
        .title("Rank")
        .help("Width of the narrow layer between the two factors; at most the smaller width of "
              "the layer.")
        .minimum(1);
    return schema;
}

} // namespace inlay::engine

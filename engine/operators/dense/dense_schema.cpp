#include "engine/operators/operator_schemas.h"

namespace inlay::engine {

Schema<DenseConfig> denseSchema() {
    return {};
}

} // namespace inlay::engine

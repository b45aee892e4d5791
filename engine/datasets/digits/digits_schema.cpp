#include "engine/datasets/schemas.h"

namespace inlay::engine {

Schema<DigitsConfig> digitsSchema() {
    Schema<DigitsConfig> schema;
    addSplitFields(schema);
    schema.field("deformation", &DigitsConfig::deformation)
        .title("Deformation")
        .help("Strength of everything that bends a digit: 0 draws the plain templates, 1 is like "
              "handwriting.")
        .range(0, 2)
        .step(0.1)
        .advanced();
    schema.field("noise", &DigitsConfig::noise)
        .title("Pixel noise")
        .help("Standard deviation, in gray levels of 255.")
        .range(0, 100)
        .advanced();
    return schema;
}

} // namespace inlay::engine

#include "engine/datasets/schemas.h"

namespace inlay::engine {

Schema<CharactersConfig> charactersSchema() {
    Schema<CharactersConfig> schema;
    schema.field("path", &CharactersConfig::path)
        .title("Text file")
        .help("Any text; a byte is a character. Its last tenth is for the test; "
              "where there is validation, a tenth of the rest before it for that, and no window "
              "reaches over a border.")
        .path(PathKind::File)
        .required();
    schema.field("window", &CharactersConfig::window)
        .title("Window")
        .help("Characters that are seen; the next one is the class.")
        .range(1, 256);
    addSplitFields(schema);
    return schema;
}

} // namespace inlay::engine

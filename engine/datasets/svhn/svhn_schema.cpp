#include "engine/datasets/schemas.h"

namespace inlay::engine {

Schema<SvhnConfig> svhnSchema() {
    Schema<SvhnConfig> schema;
    schema.field("path", &SvhnConfig::path)
        .title("Folder")
        .help("Holds train_32x32.mat and test_32x32.mat.")
        .path(PathKind::Directory)
        .required();
    schema.field("extra", &SvhnConfig::extra)
        .title("Extra images")
        .help("What happens to the easier images of extra_32x32.mat.")
        .choices({{SvhnExtra::Ignore, "ignore", "Ignore", "They are not read."},
                  {SvhnExtra::Append, "append", "Append", "They follow the training images."}});
    addSplitFields(schema);
    return schema;
}

} // namespace inlay::engine

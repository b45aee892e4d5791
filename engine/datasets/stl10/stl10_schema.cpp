#include "engine/datasets/schemas.h"

namespace inlay::engine {

Schema<Stl10Config> stl10Schema() {
    Schema<Stl10Config> schema;
    schema.field("path", &Stl10Config::path)
        .title("Folder")
        .help("Holds train_X.bin, train_y.bin, test_X.bin and test_y.bin.")
        .path(PathKind::Directory)
        .required();
    schema.field("fold", &Stl10Config::fold)
        .title("Fold")
        .help("Of the training images those of this fold (1 to 10, by fold_indices.txt), as the "
              "published protocol has it; 0 = all of them.")
        .range(0, 10);
    schema.field("unlabeled", &Stl10Config::unlabeled)
        .title("Unlabeled images")
        .help("The first so many images of unlabeled_X.bin are trained on too, without labels: for "
              "kinds that can do without. 27,648 bytes of memory each; 0 = none.")
        .unit("images")
        .range(0, 10'000'000);
    addSplitFields(schema);
    return schema;
}

} // namespace inlay::engine

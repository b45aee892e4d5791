#include "engine/datasets/schemas.h"

namespace inlay::engine {

Schema<Cifar100Config> cifar100Schema() {
    Schema<Cifar100Config> schema;
    schema.field("path", &Cifar100Config::path)
        .title("Folder")
        .help("Holds train.bin and test.bin.")
        .path(PathKind::Directory)
        .required();
    schema.field("labels", &Cifar100Config::labels)
        .title("Labels")
        .help("Which of the two labels of an image counts.")
        .choices({{Cifar100Labels::Fine, "fine", "Fine", "A hundred classes."},
                  {Cifar100Labels::Coarse, "coarse", "Coarse", "Twenty groups of five."}});
    addSplitFields(schema);
    return schema;
}

} // namespace inlay::engine

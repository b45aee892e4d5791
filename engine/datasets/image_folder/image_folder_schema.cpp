#include "engine/datasets/schemas.h"

namespace inlay::engine {

Schema<ImageFolderConfig> imageFolderSchema() {
    Schema<ImageFolderConfig> schema;
    schema.field("path", &ImageFolderConfig::path)
        .title("Folder")
        .help("Holds a folder of images for each class, or folders train and test of such folders.")
        .path(PathKind::Directory)
        .required();
    schema.field("test_share", &ImageFolderConfig::testShare)
        .title("Share for the test")
        .help("Of the images of each class, where there are no folders train and test: the last "
              "by name.")
        .range(0.01, 0.9);
    addSplitFields(schema);
    return schema;
}

} // namespace inlay::engine

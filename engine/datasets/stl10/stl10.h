#pragma once

#include <string>

#include "engine/datasets/image_sources.h"

namespace inlay::engine {

/// The binary version of STL-10: train_X.bin, train_y.bin, test_X.bin, test_y.bin and, for the
/// names of the classes, class_names.txt; fold_indices.txt for the folds and unlabeled_X.bin for
/// images without labels.
struct Stl10Config : SplitConfig {
    std::string path;
    /// The published protocol: of the training images those of this fold, 1 to 10; 0 = all.
    std::int64_t fold = 0;
    /// The first so many of the unlabeled images lie behind the training images, with label -1.
    std::int64_t unlabeled = 0;
};

/// By the lengths of the files. Throws Error when one is missing or is not what it should be.
ImageSourceSize measureSource(const Stl10Config& config);
/// Reads everything. Throws Error when something is wrong.
ImageSource readSource(const Stl10Config& config);

} // namespace inlay::engine

#pragma once

#include <string>

#include "engine/datasets/image_sources.h"

namespace inlay::engine {

/// The binary version of STL-10: train_X.bin, train_y.bin, test_X.bin, test_y.bin and, for the
/// names of the classes, class_names.txt.
struct Stl10Config : SplitConfig {
    std::string path;
};

/// By the lengths of the files. Throws Error when one is missing or is not what it should be.
ImageSourceSize measureSource(const Stl10Config& config);
/// Reads everything. Throws Error when something is wrong.
ImageSource readSource(const Stl10Config& config);

} // namespace inlay::engine

#pragma once

#include <string>

#include "engine/datasets/image_sources.h"

namespace inlay::engine {

/// A folder with a folder of images for each class, or with such folders below `train` and `test`.
/// Classes are the names of the folders in byte order; images are PNG, JPEG, PGM or PPM of one
/// size, all gray or all in color.
struct ImageFolderConfig : SplitConfig {
    std::string path;
    /// Of images without a `test` folder: this share of each class, its last by name, is the test
    /// part.
    double testShare = 0.2;
};

/// By the names and the first image. Throws Error when there are no classes or images.
ImageSourceSize measureSource(const ImageFolderConfig& config);
/// Reads everything. Throws Error when something is wrong.
ImageSource readSource(const ImageFolderConfig& config);

} // namespace inlay::engine

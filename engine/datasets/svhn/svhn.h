#pragma once

#include <string>

#include "engine/datasets/image_sources.h"

namespace inlay::engine {

enum class SvhnExtra { Ignore, Append };

/// The cropped digits of SVHN: train_32x32.mat, test_32x32.mat and perhaps extra_32x32.mat.
struct SvhnConfig : SplitConfig {
    std::string path;
    SvhnExtra extra = SvhnExtra::Ignore;
};

/// By the sizes of the variables. Throws Error when a file is missing or is not what it should be.
ImageSourceSize measureSource(const SvhnConfig& config);
/// Reads everything. Throws Error when something is wrong.
ImageSource readSource(const SvhnConfig& config);

} // namespace inlay::engine
